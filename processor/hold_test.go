package processor

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// most is the largest that count was within d.
func most(d time.Duration, count func() int) (most int) {
	for range d / time.Millisecond {
		most = max(most, count())
		time.Sleep(time.Millisecond)
	}
	return most
}

func TestLongRunsAreHeldOnePerSlot(t *testing.T) {
	t.Parallel()
	bubble(t, lasting(30*time.Millisecond), func(p *Processor, q *scripted) {
		q.add(1000)
		p.Wake()
		active := func() int { _, n := p.runs.count(); return n }
		if most := most(3*time.Second, active); most != 4 {
			t.Errorf("%d jobs waited or worked at once, want one per slot", most)
		}
		q.set(func() { q.pending = nil })
	})
}

// TestShortRunsAreHeldInNumbers: as many as begin within 20 ms, at most 100, and
// at most twice as many again that are being completed.
func TestShortRunsAreHeldInNumbers(t *testing.T) {
	t.Parallel()
	for took, want := range map[time.Duration][2]int{
		15 * time.Millisecond: {5, 15},
		2 * time.Millisecond:  {40, 88},
		0:                     {100, 300},
	} {
		bubble(t, lasting(took), func(p *Processor, q *scripted) {
			commit := func(context.Context, job.Completion) error { time.Sleep(5 * time.Millisecond); return nil }
			q.set(func() { q.complete = commit })
			q.add(1500)
			p.Wake()
			if most := most(300*time.Millisecond, q.held); most < want[0] || most > want[1] {
				t.Errorf("with runs of %v, %d jobs were held at once, want %d to %d", took, most, want[0], want[1])
			}
			synctest.Wait()
			if largest := slices.Max(q.batches); took == 0 && largest < 50 {
				t.Errorf("at most %d runs were completed together", largest)
			}
			q.set(func() { q.pending = nil })
		})
	}
}

// TestALineThatDoesNotMoveIsHandedBack: runs were short, and then one after the
// other is not.
func TestALineThatDoesNotMoveIsHandedBack(t *testing.T) {
	t.Parallel()
	var long atomic.Bool
	bubble(t, func(c *Config) {
		c.Files, c.Work = nil, func(ctx context.Context, _ job.Claim) error {
			if long.Load() {
				<-ctx.Done()
			}
			return ctx.Err()
		}
	}, func(p *Processor, q *scripted) {
		q.add(200)
		p.Wake()
		rest(100 * time.Millisecond)
		long.Store(true)
		q.add(40)
		p.Wake()
		synctest.Wait()
		if n := q.held(); n <= 4 {
			t.Fatalf("%d jobs are held, want some in line", n)
		}
		rest(time.Second)
		if n := q.held(); n != 4 {
			t.Errorf("%d jobs are held, want those at work: the others could run elsewhere", n)
		}
		if running := len(p.slots); running != 4 {
			t.Errorf("%d runs are at work, want 4", running)
		}
		p.runs.interrupt(job.ErrLeaseLost)
		q.set(func() { q.pending = nil })
	})
}
