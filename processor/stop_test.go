package processor

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

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

// TestStopHandsBackAfterTheGrace: no claim after the stop, everything handed
// back at the end of the grace, well within 25 s.
func TestStopHandsBackAfterTheGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := &scripted{begin: time.Now(), taken: map[int64]bool{}}
		p := New(Config{Queue: q, Files: waiting{}, Slots: 3, Log: slog.New(slog.DiscardHandler)})
		q.add(10)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		synctest.Wait()
		begin := time.Now()
		stop()
		claims, _ := q.count()
		if err := <-done; err != nil {
			t.Errorf("stop: %v", err)
		}
		after, released := q.count()
		if after != claims {
			t.Error("claimed after the stop")
		}
		if released != 3 {
			t.Errorf("%d claims handed back, want 3", released)
		}
		if took := time.Since(begin); took < 20*time.Second || took > 25*time.Second {
			t.Errorf("the stop took %v, want the grace of 20 s and little more", took)
		}
	})
}
