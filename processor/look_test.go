package processor

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// marked lets a processor claim and end ten jobs, and waits until its mark is
// the last of their turns.
func marked(p *Processor, q *scripted) (low int64) {
	low = q.add(10)
	p.Wake()
	rest(4 * time.Second)
	return low
}

// late lets a job wait whose transaction was open for so long that its turn is
// before the mark.
func (q *scripted) late(turn int64) {
	q.set(func() {
		c := q.make()
		c.Turn = turn
		q.pending = append(q.pending, c)
	})
}

func TestAClaimBeginsAtTheMark(t *testing.T) {
	t.Parallel()
	bubble(t, lasting(time.Millisecond), func(p *Processor, q *scripted) {
		low := marked(p, q)
		before, _ := q.count()
		q.add(1)
		p.Wake()
		synctest.Wait()
		if made := q.since(before); len(made) == 0 || made[0].above != low {
			t.Errorf("the claims after a wake-up were %v, want the first to begin at %d", made, low)
		}
		before, _ = q.count()
		rest(6 * time.Second)
		for _, c := range q.since(before) {
			if c.above != 0 {
				t.Errorf("a poll claimed from turn %d on, want all", c.above)
			}
		}
	})
}

// TestAFullPassFindsWhatLiesBeforeTheMark: soon after the wake-up, at most once
// per 500 ms, and the last is never lost.
func TestAFullPassFindsWhatLiesBeforeTheMark(t *testing.T) {
	t.Parallel()
	bubble(t, lasting(time.Millisecond), func(p *Processor, q *scripted) {
		marked(p, q)
		before, _ := q.count()
		for i := range int64(20) { // a second
			q.late(1 + i%5)
			p.Wake()
			rest(50 * time.Millisecond)
		}
		rest(450 * time.Millisecond)
		if left := q.left(); left != 0 {
			t.Errorf("%d jobs before the mark were not found half a second after the last wake-up", left)
		}
		var passes []time.Duration
		for _, c := range q.since(before) {
			if c.above == 0 {
				passes = append(passes, c.at)
			}
		}
		if len(passes) < 2 || len(passes) > 5 { // one may be a poll, which puts the others off
			t.Errorf("full passes were made at %v, want one per 500 ms", passes)
		}
	})
}

// TestAFullPassGoesOnWhileItIsFull: what did not fit into the first is before
// the mark as well.
func TestAFullPassGoesOnWhileItIsFull(t *testing.T) {
	t.Parallel()
	long := lasting(50 * time.Millisecond)
	bubble(t, long, func(p *Processor, q *scripted) {
		marked(p, q)
		for range 10 {
			q.late(3)
		}
		p.Wake()
		rest(700 * time.Millisecond) // until a full pass may be made, and three times four slots
		if left := q.left(); left != 0 {
			t.Errorf("%d jobs before the mark are left", left)
		}
	})
}

func TestAJobStartsWhenItsTimeHasCome(t *testing.T) {
	t.Parallel()
	bubble(t, lasting(time.Millisecond), func(p *Processor, q *scripted) {
		q.set(func() { q.promotion = job.Promotion{Next: 1700 * time.Millisecond} })
		signal(p.later) // a run was put off
		rest(100 * time.Millisecond)
		n := len(q.promotes)
		learned := q.promotes[n-1]
		q.add(1)
		q.set(func() { q.promotion = job.Promotion{Promoted: 1} })
		rest(1700 * time.Millisecond)
		if len(q.promotes) <= n || q.promotes[n] != learned+1700*time.Millisecond {
			t.Fatalf("promoted at %v, want again 1.7 s after %v", q.promotes[n-1:], learned)
		}
		if left := q.left(); left != 0 {
			t.Error("what was promoted was not claimed, though nothing else woke the processor")
		}
	})
}

// TestManyRetriesDoNotPromoteInAStorm: each tells the claims to look again.
func TestManyRetriesDoNotPromoteInAStorm(t *testing.T) {
	t.Parallel()
	bubble(t, nil, func(p *Processor, q *scripted) {
		before := len(q.promotes)
		for range 100 { // a second
			signal(p.later)
			rest(10 * time.Millisecond)
		}
		synctest.Wait()
		if made := len(q.promotes) - before; made < 5 || made > 12 {
			t.Errorf("%d promotions within a second, want about ten", made)
		}
	})
}
