package processor

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/internal/engine"
	"github.com/pgcast/pgcast/internal/job"
)

// The tests of this file are about time: they run on the clock of a
// [synctest] bubble, against a queue that says what the test tells it to. The
// tests in processor_test run against Postgres and the storage server.

// scripted is a queue without a database.
type scripted struct {
	mu       sync.Mutex
	begin    time.Time
	claims   []time.Duration // when claims were made
	pending  []job.Claim     // what the next claims bring
	cut      bool            // the database is out of reach
	lose     bool            // claims take effect, but their answer is lost
	taken    map[int64]bool  // processing
	released []int64
	lost     []job.ID
	fence    int64
}

var errCut = errors.New("connection refused")

func (q *scripted) Heartbeat(context.Context, job.Processor) error { return q.answer() }
func (q *scripted) Deregister(context.Context, string) error       { return q.answer() }
func (q *scripted) Rescue(context.Context) (int, error)            { return 0, q.answer() }

func (q *scripted) ClaimSuspect(context.Context, string) ([]job.Claim, error) { return nil, q.answer() }
func (q *scripted) Promote(context.Context) (job.Promotion, error) {
	return job.Promotion{}, q.answer()
}
func (q *scripted) PruneEvents(context.Context, time.Duration) (int, error)  { return 0, q.answer() }
func (q *scripted) Expire(context.Context, int) (int, error)                 { return 0, q.answer() }
func (q *scripted) Sweep(context.Context) ([]job.Leftover, error)            { return nil, q.answer() }
func (q *scripted) Swept(context.Context, []job.Leftover) error              { return q.answer() }
func (q *scripted) Recent(context.Context, time.Duration) ([]job.Run, error) { return nil, q.answer() }

func (q *scripted) answer() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.cut {
		return errCut
	}
	return nil
}

func (q *scripted) Claim(_ context.Context, _ string, slots int, _ int64) ([]job.Claim, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.claims = append(q.claims, time.Since(q.begin))
	if q.cut {
		return nil, errCut
	}
	n := min(slots, len(q.pending))
	got := q.pending[:n]
	q.pending = q.pending[n:]
	for _, c := range got {
		q.taken[c.Fence] = true
	}
	if q.lose {
		q.lose = false
		return nil, errCut
	}
	return got, nil
}

func (q *scripted) Reconcile(_ context.Context, _ string, held []job.Claim) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	keep := map[int64]bool{}
	for _, c := range held {
		keep[c.Fence] = true
	}
	n := 0
	for fence := range q.taken {
		if !keep[fence] {
			delete(q.taken, fence)
			q.released = append(q.released, fence)
			n++
		}
	}
	return n, nil
}

func (q *scripted) Report(context.Context, []job.Tick) ([]job.ID, error) {
	err := q.answer()
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.lost, err
}

func (q *scripted) Complete(_ context.Context, cs []job.Completion, _ func(context.Context, job.Claim) error) []error {
	return slices.Repeat([]error{errors.New("not scripted")}, len(cs))
}

func (q *scripted) Fail(ctx context.Context, c job.Claim, _ job.Failure) error {
	return q.Release(ctx, []job.Claim{c})
}

func (q *scripted) Release(_ context.Context, claims []job.Claim) error {
	if err := q.answer(); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, c := range claims {
		delete(q.taken, c.Fence)
		q.released = append(q.released, c.Fence)
	}
	return nil
}

func (q *scripted) add(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for range n {
		q.fence++
		q.pending = append(q.pending, job.Claim{ID: job.NewID(), RunID: job.RunID{UUID: uuid.New()}, Fence: q.fence, Attempt: 1, MaxAttempts: 3})
	}
}

func (q *scripted) set(change func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	change()
}

func (q *scripted) count() (claims, released int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.claims), len(q.released)
}

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
		time.Sleep(time.Second) // the first claim is over
		test(p, q)
		stop()
		if err := <-done; err != nil {
			t.Errorf("stop: %v", err)
		}
	})
}

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
		if made := after - before; made > 12 {
			t.Errorf("%d claims within 100 ms, want one per 10 ms at most", made)
		}
		if q.claims[len(q.claims)-1] < last {
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
		if left := len(q.pending); left != 1 {
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

func (p *Processor) theRun() *run {
	p.runs.mu.Lock()
	defer p.runs.mu.Unlock()
	for _, r := range p.runs.all {
		return r
	}
	return nil
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
