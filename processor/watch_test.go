package processor

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// book is a log to read while it is written.
type book struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *book) count(words string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Count(b.text.String(), words)
}

// TestARunThatIgnoresItsEndIsNamedInTheLog, once.
func TestARunThatIgnoresItsEndIsNamedInTheLog(t *testing.T) {
	t.Parallel()
	var log book
	bubble(t, func(c *Config) {
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
		c.Files, c.Work = nil, func(context.Context, job.Claim) error { time.Sleep(12 * time.Second); return nil }
	}, func(p *Processor, q *scripted) {
		q.add(1)
		p.Wake()
		synctest.Wait()
		p.theRun().cancel(job.ErrLeaseLost)
		rest(4900 * time.Millisecond)
		told := func() int { return log.count("goes on although") }
		if told() != 0 {
			t.Error("the log complains too early")
		}
		rest(6 * time.Second)
		if n := told(); n != 1 {
			t.Errorf("the log names the run %d times, want once", n)
		}
		rest(2 * time.Second)
	})
}
