package processor

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// A long run and an end that cannot be written do not keep jobs from free slots.
func TestOneEndThatWaitsLeavesTheFreeSlotsToOthers(t *testing.T) {
	t.Parallel()
	var long, stuck int64
	bubble(t, func(c *Config) {
		c.Files, c.Work = nil, func(ctx context.Context, c job.Claim) error {
			d := time.Millisecond
			if c.Fence == long {
				d = time.Hour
			}
			pause(ctx, d)
			return ctx.Err()
		}
	}, func(p *Processor, q *scripted) {
		q.set(func() {
			q.complete = func(ctx context.Context, c job.Completion) error {
				if c.Claim.Fence == stuck { // somebody holds the row
					<-ctx.Done()
					return ctx.Err()
				}
				return nil
			}
		})
		q.add(200) // runs are short
		p.Wake()
		rest(2 * time.Second)
		q.set(func() { long, stuck = q.fence+1, q.fence+2 })
		q.add(2)
		p.Wake()
		rest(time.Second)
		q.add(10)
		p.Wake()
		rest(20 * time.Second)
		if left := q.left(); left != 0 {
			t.Errorf("%d jobs are pending after 20 s, though three of four slots are free", left)
		}
		p.runs.interrupt(job.ErrLeaseLost)
	})
}

type lateQueue struct {
	*scripted
	arm bool
}

// Claim is answered by nobody for 5 s, and takes effect a second later: the
// server was writing its commit to a slow disk.
func (q *lateQueue) Claim(ctx context.Context, id string, slots int, above int64) ([]job.Claim, error) {
	q.mu.Lock()
	armed := q.arm && len(q.pending) > 0
	if armed {
		q.arm = false
		got := q.pending
		q.pending = nil
		q.mu.Unlock()
		<-ctx.Done()
		time.AfterFunc(time.Second, func() {
			q.set(func() {
				for _, c := range got {
					q.taken[c.Fence] = true
				}
			})
		})
		return nil, ctx.Err()
	}
	q.mu.Unlock()
	return q.scripted.Claim(ctx, id, slots, above)
}

func TestAClaimThatTakesEffectAfterItsTimeIsHandedBack(t *testing.T) {
	t.Parallel()
	for _, busy := range []bool{false, true} {
		var late *lateQueue
		bubble(t, func(c *Config) {
			c.Slots = 1
			late = &lateQueue{scripted: c.Queue.(*scripted)}
			c.Queue = late
			c.Files, c.Work = nil, func(ctx context.Context, c job.Claim) error { pause(ctx, time.Hour); return ctx.Err() }
		}, func(p *Processor, q *scripted) {
			q.set(func() { late.arm = true })
			q.add(1)
			p.Wake()
			rest(5200 * time.Millisecond)
			if busy {
				q.add(1) // another one comes, and keeps the only slot for an hour
				p.Wake()
				synctest.Wait()
			}
			rest(5 * time.Minute)
			if _, released := q.count(); released != 1 {
				t.Errorf("busy %v: five minutes after the claim took effect %d jobs were handed back, want 1; %d are processing", busy, released, q.held())
			}
			p.runs.interrupt(job.ErrLeaseLost)
		})
	}
}

// What waits for its time and is held by somebody's open transaction is looked
// for with pauses.
func TestALockedJobWhoseTimeHasComeIsNotPromotedInAStorm(t *testing.T) {
	t.Parallel()
	var q2 *lockedQueue
	bubble(t, func(c *Config) {
		q2 = &lockedQueue{scripted: c.Queue.(*scripted)}
		c.Queue = q2
	}, func(p *Processor, q *scripted) {
		before := len(q.promotes)
		q.set(func() { q2.locked = true })
		rest(12 * time.Second)
		if made := len(q.promotes) - before; made > 1300 {
			t.Errorf("%d promotions in 12 s", made)
		}
	})
}

type lockedQueue struct {
	*scripted
	locked bool
}

func (q *lockedQueue) Promote(ctx context.Context) (job.Promotion, error) {
	p, err := q.scripted.Promote(ctx)
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.locked {
		p.Next = time.Millisecond
	}
	return p, err
}
