package processor

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

func TestAWakeUpLeadsToAClaimAtOnce(t *testing.T) {
	t.Parallel()
	bubble(t, nil, func(p *Processor, q *scripted) {
		before, _ := q.count()
		p.Wake()
		synctest.Wait()
		if after, _ := q.count(); after != before+1 {
			t.Errorf("a wake-up led to %d claims at once, want 1", after-before)
		}
	})
}

// TestABurstOfWakeUps holds both edges: few claims while they come back empty,
// and one after the last wake-up, whenever that was.
func TestABurstOfWakeUps(t *testing.T) {
	t.Parallel()
	bubble(t, nil, func(p *Processor, q *scripted) {
		before, _ := q.count()
		for range 1000 { // 100 ms
			p.Wake()
			time.Sleep(100 * time.Microsecond)
		}
		p.Wake()
		last := time.Since(q.begin)
		time.Sleep(50 * time.Millisecond)
		after, _ := q.count()
		if made := after - before; made > 14 {
			t.Errorf("%d claims within 100 ms, want one per 10 ms, and one look at all", made)
		}
		if q.claims[len(q.claims)-1].at < last {
			t.Error("no claim followed the last wake-up")
		}
	})
}

func TestAFullClaimIsFollowedAtOnce(t *testing.T) {
	t.Parallel()
	bubble(t, func(c *Config) { c.Slots = 2 }, func(p *Processor, q *scripted) {
		q.add(5)
		p.Wake()
		synctest.Wait()
		if n, _ := p.runs.count(); n != 2 {
			t.Fatalf("%d runs at work, want as many as slots", n)
		}
		p.runs.interrupt(job.ErrLeaseLost) // two slots are free, nobody wakes
		synctest.Wait()
		if left := q.left(); left != 1 {
			t.Errorf("%d jobs left, want 1: the freed slots were not used", left)
		}
	})
}

func TestPollsSlowerWhileWakeUpsAreProven(t *testing.T) {
	t.Parallel()
	for listening, want := range map[bool]int{true: 13, false: 61} { // claims in a minute, and the first
		bubble(t, func(c *Config) { c.Listening = func() bool { return listening } }, func(_ *Processor, q *scripted) {
			time.Sleep(time.Minute)
			if got, _ := q.count(); got < want*9/10 || got > want*11/10+1 {
				t.Errorf("listening %v: %d claims in a minute, want about %d", listening, got, want)
			}
		})
	}
}

// TestSilenceStopsTheOwnWork: 25 s without a heartbeat that arrived, and the
// work stops; when the database is back, the claim is handed back.
func TestSilenceStopsTheOwnWork(t *testing.T) {
	t.Parallel()
	bubble(t, nil, func(p *Processor, q *scripted) {
		q.add(1)
		p.Wake()
		synctest.Wait()
		q.set(func() { q.cut = true })
		r := p.theRun()
		begin := time.Now()
		<-r.ctx.Done()
		if after := time.Since(begin); after > 25*time.Second || after < 13*time.Second {
			t.Errorf("stopped %v after the cut, want 25 s after the last heartbeat", after)
		}
		if cause := context.Cause(r.ctx); cause != errSilence {
			t.Errorf("stopped because %v", cause)
		}
		claims, released := q.count()
		time.Sleep(time.Minute)
		if again, _ := q.count(); again != claims || released != 0 {
			t.Error("claimed while out of reach")
		}
		q.set(func() { q.cut = false })
		time.Sleep(10 * time.Second)
		if _, released := q.count(); released != 1 {
			t.Errorf("%d claims handed back when the database was there again, want 1", released)
		}
	})
}

// TestAClaimWithoutAnswerIsHandedBack: the database knows of claims that the
// processor does not.
func TestAClaimWithoutAnswerIsHandedBack(t *testing.T) {
	t.Parallel()
	bubble(t, nil, func(p *Processor, q *scripted) {
		q.add(1)
		p.Wake()
		synctest.Wait()
		q.set(func() { q.lose = true })
		q.add(2)
		p.Wake()
		time.Sleep(10 * time.Second)
		if _, released := q.count(); released != 2 {
			t.Errorf("%d claims handed back, want the 2 that nobody knew", released)
		}
		if n, _ := p.runs.count(); n != 1 {
			t.Errorf("%d runs at work, want the 1 that was known", n)
		}
	})
}

func TestAReportStopsALostRun(t *testing.T) {
	t.Parallel()
	for name, nudge := range map[string]struct {
		signal func(*Processor)
		within time.Duration
	}{
		"with a control wake-up": {(*Processor).Control, 0},
		"when that was lost":     {func(*Processor) {}, 600 * time.Millisecond},
	} {
		bubble(t, nil, func(p *Processor, q *scripted) {
			q.add(1)
			p.Wake()
			synctest.Wait()
			r := p.theRun()
			q.set(func() { q.lost = []job.ID{r.ID} })
			begin := time.Now()
			nudge.signal(p)
			<-r.ctx.Done()
			if after := time.Since(begin); after > nudge.within {
				t.Errorf("%s: stopped after %v, want %v at most", name, after, nudge.within)
			}
			if cause := context.Cause(r.ctx); cause != job.ErrLeaseLost {
				t.Errorf("%s: stopped because %v", name, cause)
			}
		})
	}
}
