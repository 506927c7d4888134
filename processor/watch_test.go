package processor

import (
	"context"
	"errors"
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

// TestWhatHasNotStartedIsHandedBackWhenStopping, at once and with one
// statement, while what has started may finish.
func TestWhatHasNotStartedIsHandedBackWhenStopping(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]bool{"at the first try": false, "when the database is back": true} {
		synctest.Test(t, func(t *testing.T) {
			q := &scripted{begin: time.Now(), taken: map[int64]bool{}}
			c := Config{Queue: q, Slots: 2, Log: slog.New(slog.DiscardHandler)}
			lasting(5 * time.Second)(&c)
			p := New(c)
			for range 50 {
				p.tempo.observe(0) // runs were short
			}
			q.add(30)
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- p.Run(ctx) }()
			synctest.Wait()
			if n := q.held(); n != 30 {
				t.Fatalf("%d jobs are held, want all", n)
			}
			q.set(func() { q.cut = refuse })
			stop()
			synctest.Wait()
			if refuse {
				q.set(func() { q.cut = false })
				rest(2 * time.Second)
			}
			if _, released := q.count(); released != 28 {
				t.Errorf("%s: %d jobs were handed back, want the 28 that had not started", name, released)
			}
			if err := <-done; err != nil {
				t.Errorf("stop: %v", err)
			}
			if left, released := q.held(), len(q.released); left != 0 || released != 28 {
				t.Errorf("%s: %d jobs were handed back and %d not ended, want the started ones completed", name, released, left)
			}
		})
	}
}

// TestOldEventsAreRemovedUntilNoneAreLeft: as long as a call comes back full.
func TestOldEventsAreRemovedUntilNoneAreLeft(t *testing.T) {
	t.Parallel()
	bubble(t, lasting(0), func(p *Processor, q *scripted) {
		q.set(func() { q.prunes = []int{fullPrune, fullPrune, 7, fullPrune} })
		if err := p.prune(context.Background()); err != nil || len(q.prunes) != 1 {
			t.Errorf("%d calls are left (%v), want 1: the third was the last of them", len(q.prunes), err)
		}
		p.KeepEvents = -1
		if err := p.prune(context.Background()); err != nil || len(q.prunes) != 1 {
			t.Error("events that are to be kept for ever were removed")
		}
	})
}

var errRefused = errors.New("the row is refused")

// TestTroubleOfOneEndsNoOther: runs that were completed together are completed
// alone when that failed.
func TestTroubleOfOneEndsNoOther(t *testing.T) {
	t.Parallel()
	bubble(t, lasting(0), func(p *Processor, q *scripted) {
		last := q.add(60)
		calls := map[int64]int{}
		q.set(func() {
			q.complete = func(ctx context.Context, c job.Completion) error {
				q.mu.Lock()
				defer q.mu.Unlock()
				calls[c.Claim.Fence]++
				if c.Claim.Fence == last {
					return errRefused
				}
				return nil
			}
		})
		p.Wake()
		rest(time.Minute)
		if n := calls[last]; n != mostCompletions {
			t.Errorf("the refused completion was tried %d times, want %d", n, mostCompletions)
		}
		if left, released := q.held(), len(q.released); left != 0 || released != 1 {
			t.Errorf("%d runs have not ended and %d failed, want 0 and the refused one", left, released)
		}
	})
}
