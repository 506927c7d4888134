package processor

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pgcast/pgcast/internal/engine"
	"github.com/pgcast/pgcast/internal/job"
)

// waiting are files whose input never comes, so that a run lasts until it is
// told to stop.
type waiting struct{ Files }

func (waiting) Input(ctx context.Context, _ job.Claim) (io.ReadCloser, error) {
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

// bubble runs test with a processor on a clock of its own.
func bubble(t *testing.T, change func(*Config), test func(*Processor, *scripted)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		q := &scripted{begin: time.Now(), taken: map[int64]bool{}}
		c := Config{Queue: q, Files: waiting{}, Slots: 4, Log: slog.New(slog.DiscardHandler), Listening: func() bool { return true }}
		c.Engine = func(context.Context, job.Spec, io.ReadSeeker, func(float64, string)) (*engine.Output, error) {
			return nil, nil
		}
		if change != nil {
			change(&c)
		}
		p := New(c)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		defer func() {
			stop()
			if err := <-done; err != nil {
				t.Errorf("stop: %v", err)
			}
		}()
		rest(time.Second) // the first claim is over
		test(p, q)
	})
}

// rest lets d pass, and everything that follows from it.
func rest(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// lasting is work that takes d of the bubble's clock.
func lasting(d time.Duration) func(*Config) {
	return func(c *Config) {
		c.Files, c.Work = nil, func(ctx context.Context, _ job.Claim) error {
			pause(ctx, d)
			return ctx.Err()
		}
	}
}

func (p *Processor) theRun() *run {
	for _, r := range p.runs.held() {
		return r
	}
	return nil
}
