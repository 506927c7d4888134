package processor

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/logtest"
)

// TestARunThatIgnoresItsEndIsNamedInTheLog, once.
func TestARunThatIgnoresItsEndIsNamedInTheLog(t *testing.T) {
	t.Parallel()
	var log logtest.Log
	bubble(t, func(c *Config) {
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
		c.Files, c.Work = nil, func(context.Context, job.Claim) error { time.Sleep(12 * time.Second); return nil }
	}, func(p *Processor, q *scripted) {
		q.add(1)
		p.Wake()
		synctest.Wait()
		p.theRun().cancel(job.ErrLeaseLost)
		rest(4900 * time.Millisecond)
		told := func() int { return log.Count("goes on although") }
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
