package processor

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/internal/job"
)

// The tests of package processor are about time: they run on the clock of a
// [synctest] bubble, against a queue that says what the test tells it to. The
// tests in processor_test run against Postgres and the storage server.

// scripted is a queue without a database.
type scripted struct {
	mu        sync.Mutex
	begin     time.Time
	claims    []asked // the claims that were made
	promotes  []time.Duration
	pending   []job.Claim    // what the next claims bring, from their turn on
	suspects  []job.Claim    // what claims of suspects bring
	promotion job.Promotion  // what the next promotion finds
	crowded   bool           // another processor makes room for suspects
	cut       bool           // the database is out of reach
	lose      bool           // claims take effect, but their answer is lost
	taken     map[int64]bool // processing
	released  []int64
	lost      []job.ID
	fence     int64
	batches   []int                                       // sizes of the completions
	complete  func(context.Context, job.Completion) error // nil: all well
	prunes    []int                                       // what the next calls remove
}

// asked is one claim, as it was asked for.
type asked struct {
	at    time.Duration
	slots int
	above int64
}

var errCut = errors.New("connection refused")

func (q *scripted) Heartbeat(context.Context, job.Processor) error { return q.answer() }
func (q *scripted) Deregister(context.Context, string) error       { return q.answer() }
func (q *scripted) Rescue(context.Context) (int, error)            { return 0, q.answer() }

func (q *scripted) Expire(context.Context, int) (int, error)      { return 0, q.answer() }
func (q *scripted) Sweep(context.Context) ([]job.Leftover, error) { return nil, q.answer() }
func (q *scripted) Swept(context.Context, []job.Leftover) error   { return q.answer() }
func (q *scripted) Depth(context.Context, int) (int, error)       { return 0, q.answer() }
func (q *scripted) Doubts(context.Context, int) ([]job.ID, error) { return nil, q.answer() }
func (q *scripted) Assured(context.Context, []job.ID) error       { return q.answer() }
func (q *scripted) Doubt(context.Context, job.ID) error           { return q.answer() }
func (q *scripted) WithRuns(context.Context, job.ID, func(context.Context, job.Standing) error) error {
	return q.answer()
}

func (q *scripted) PruneEvents(context.Context, time.Duration) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.prunes) == 0 {
		return 0, nil
	}
	n := q.prunes[0]
	q.prunes = q.prunes[1:]
	return n, nil
}

func (q *scripted) answer() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.cut {
		return errCut
	}
	return nil
}

func (q *scripted) Claim(_ context.Context, _ string, slots int, above int64) ([]job.Claim, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.claims = append(q.claims, asked{time.Since(q.begin), slots, above})
	if q.cut {
		return nil, errCut
	}
	var got, before []job.Claim
	n := 0
	for ; n < len(q.pending) && len(got) < slots; n++ {
		if c := q.pending[n]; c.Turn >= above {
			got = append(got, c)
			q.taken[c.Fence] = true
		} else {
			before = append(before, c)
		}
	}
	q.pending = append(before, q.pending[n:]...)
	if q.lose {
		q.lose = false
		return nil, errCut
	}
	return got, nil
}

func (q *scripted) ClaimSuspect(context.Context, string) ([]job.Claim, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(1, len(q.suspects))
	got := q.suspects[:n]
	q.suspects = q.suspects[n:]
	for _, c := range got {
		q.taken[c.Fence] = true
	}
	return got, nil
}

func (q *scripted) MakeRoom(context.Context, string) (bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return !q.crowded, nil
}

func (q *scripted) Promote(context.Context) (job.Promotion, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.promotes = append(q.promotes, time.Since(q.begin))
	if q.cut {
		return job.Promotion{}, errCut
	}
	p := q.promotion
	p.Suspects = p.Suspects || len(q.suspects) > 0
	q.promotion = job.Promotion{}
	return p, nil
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

func (q *scripted) Complete(ctx context.Context, cs []job.Completion, publish func(context.Context, job.Claim) error) []error {
	q.mu.Lock()
	q.batches = append(q.batches, len(cs))
	complete := q.complete
	q.mu.Unlock()
	errs := make([]error, len(cs))
	var all sync.WaitGroup
	for i, c := range cs {
		all.Go(func() {
			if complete != nil {
				errs[i] = complete(ctx, c)
			}
			if errs[i] == nil && publish != nil {
				errs[i] = publish(ctx, c.Claim)
			}
		})
	}
	all.Wait()
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, c := range cs {
		if errs[i] == nil {
			delete(q.taken, c.Claim.Fence)
		}
	}
	return errs
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

// add lets jobs wait, each with a turn of its own, and returns the last turn.
func (q *scripted) add(n int) int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	for range n {
		q.pending = append(q.pending, q.make())
	}
	return q.fence
}

func (q *scripted) make() job.Claim {
	q.fence++
	return job.Claim{ID: job.NewID(), RunID: job.RunID{UUID: uuid.New()}, Fence: q.fence, Turn: q.fence, Attempt: 1, MaxAttempts: 3}
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

// since returns the claims made after the first n.
func (q *scripted) since(n int) []asked {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.claims[n:])
}

// held is how many jobs are processing.
func (q *scripted) held() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.taken)
}

// left is how many jobs and suspects are pending.
func (q *scripted) left() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.pending) + len(q.suspects)
}
