package processor

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

func TestAnIdleProcessorTakesASuspectAtOnce(t *testing.T) {
	t.Parallel()
	bubble(t, lasting(3*time.Second), func(p *Processor, q *scripted) {
		q.set(func() { q.suspects = []job.Claim{q.make(), q.make()} })
		p.Wake()
		rest(500 * time.Millisecond)
		q.add(3)
		p.Wake()
		synctest.Wait()
		if n := q.held(); n != 1 {
			t.Fatalf("%d jobs are held beside the suspect", n-1)
		}
		rest(3 * time.Second) // the second suspect follows
		if n, left := q.held(), q.left(); n != 1 || left != 3 {
			t.Errorf("%d jobs are held while %d jobs are pending, want the second suspect alone, and the 3", n, left)
		}
		rest(3 * time.Second)
		if n := q.held(); n != 3 {
			t.Errorf("%d jobs are held after the suspects, want the 3 that waited", n)
		}
	})
}

// TestABusyProcessorMakesRoomForASuspect: not at once, for the others would do
// the same, but within 10 s and a poll.
func TestABusyProcessorMakesRoomForASuspect(t *testing.T) {
	t.Parallel()
	bubble(t, lasting(40*time.Millisecond), func(p *Processor, q *scripted) {
		q.add(2000) // 20 s
		p.Wake()
		rest(time.Second)
		q.set(func() { q.suspects = []job.Claim{q.make()} })
		suspect := q.suspects[0].Fence
		for begin := time.Now(); ; time.Sleep(time.Millisecond) {
			if time.Since(begin) > 17*time.Second {
				t.Fatal("no room was made for the suspect")
			}
			q.mu.Lock()
			runs, others := q.taken[suspect], len(q.taken)-1
			q.mu.Unlock()
			if runs {
				if others != 0 {
					t.Errorf("%d other jobs are held beside the suspect", others)
				}
				break
			}
		}
		rest(100 * time.Millisecond)
		if n := q.held(); n != 4 {
			t.Errorf("%d jobs are held after the suspect, want one per slot again", n)
		}
		q.set(func() { q.pending = nil })
	})
}

// TestOneProcessorMakesRoomForASuspect: the others claim as before, until their
// turn comes.
func TestOneProcessorMakesRoomForASuspect(t *testing.T) {
	t.Parallel()
	bubble(t, lasting(400*time.Millisecond), func(p *Processor, q *scripted) {
		q.add(600) // 60 s
		p.Wake()
		rest(time.Second)
		q.set(func() { q.suspects, q.crowded = []job.Claim{q.make()}, true })
		before := q.left()
		rest(30 * time.Second)
		if done := before - q.left(); done != 300 {
			t.Errorf("%d jobs were claimed within 30 s while another processor made room, want all slots at work: 300", done)
		}
		q.set(func() {
			if len(q.suspects) == 0 {
				t.Error("the suspect was taken from the processor that makes room for it")
			}
			q.crowded = false
		})
		rest(17 * time.Second)
		q.set(func() { q.pending = nil })
		rest(time.Second)
		if n := q.left(); n != 0 {
			t.Errorf("%d suspects are left when nobody else makes room", n)
		}
	})
}

// TestMakingRoomEndsWhenAnotherDoes: this processor was frozen meanwhile, say.
func TestMakingRoomEndsWhenAnotherDoes(t *testing.T) {
	t.Parallel()
	bubble(t, func(c *Config) {
		c.Files, c.Work = nil, func(ctx context.Context, _ job.Claim) error { <-ctx.Done(); return ctx.Err() }
	}, func(p *Processor, q *scripted) {
		q.add(1)
		p.Wake()
		q.set(func() { q.suspects = []job.Claim{q.make()} })
		rest(17 * time.Second)
		q.add(1)
		p.Wake()
		synctest.Wait()
		if n := q.held(); n != 1 {
			t.Fatalf("%d jobs are held, want no more than before the suspect came", n)
		}
		q.set(func() { q.crowded = true })
		rest(6 * time.Second) // a poll
		if n := q.held(); n != 2 {
			t.Errorf("%d jobs are held while another processor makes room, want 2", n)
		}
		p.runs.interrupt(job.ErrLeaseLost)
	})
}

// TestASuspectThatAnotherTookLetsClaimsGoOn, though this processor was about to
// make room for it.
func TestASuspectThatAnotherTookLetsClaimsGoOn(t *testing.T) {
	t.Parallel()
	bubble(t, func(c *Config) {
		c.Files, c.Work = nil, func(ctx context.Context, _ job.Claim) error { <-ctx.Done(); return ctx.Err() }
	}, func(p *Processor, q *scripted) {
		q.add(1)
		p.Wake()
		q.set(func() { q.suspects = []job.Claim{q.make()} })
		rest(17 * time.Second)
		q.add(1)
		p.Wake()
		synctest.Wait()
		if n := q.held(); n != 1 {
			t.Fatalf("%d jobs are held, want no more than before the suspect came", n)
		}
		q.set(func() { q.suspects = nil })
		rest(6 * time.Second) // a poll
		if n := q.held(); n != 2 {
			t.Errorf("%d jobs are held when the suspect was gone, want 2", n)
		}
		p.runs.interrupt(job.ErrLeaseLost)
	})
}
