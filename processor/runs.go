package processor

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// Why a run was stopped before its time, beside [job.ErrLeaseLost].
var (
	errStopping = errors.New("processor: stopping")
	errSilence  = errors.New("processor: the database was out of reach for too long")
)

// run is one claim at work.
type run struct {
	job.Claim
	ctx    context.Context // ends, with its cause, when the work is to stop
	cancel context.CancelCauseFunc

	mu       sync.Mutex
	progress job.Progress
	closing  bool // its end is being written: no more reports
}

// advance records how far the run is.
func (r *run) advance(fraction float64, stage string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress = job.Progress{Fraction: min(max(fraction, 0), 1), Stage: stage}
}

// stage returns what the run was last at.
func (r *run) stage() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.progress.Stage
}

// close says that the end of the run is being written. It returns false when
// somebody else writes it already.
func (r *run) close() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := !r.closing
	r.closing = true
	return first
}

// tick returns the report of the run, false once it is closing.
func (r *run) tick() (job.Tick, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return job.Tick{ID: r.ID, Fence: r.Fence, Progress: r.progress}, !r.closing
}

// runs are the claims at work, by fence. A slot is taken until the goroutine
// of the run has ended.
type runs struct {
	freed chan<- struct{}

	mu    sync.Mutex
	all   map[int64]*run
	empty chan struct{} // closed while there is none
}

func newRuns(freed chan<- struct{}) *runs {
	r := &runs{freed: freed, all: map[int64]*run{}, empty: make(chan struct{})}
	close(r.empty)
	return r
}

// add starts to keep count of a claim. A run of the same job that is still
// here has been reset meanwhile, and is told so.
func (rs *runs) add(ctx context.Context, c job.Claim) *run {
	r := &run{Claim: c}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for _, other := range rs.all {
		if other.ID == c.ID {
			other.cancel(job.ErrLeaseLost)
		}
	}
	if len(rs.all) == 0 {
		rs.empty = make(chan struct{})
	}
	rs.all[c.Fence] = r
	return r
}

func (rs *runs) remove(r *run) {
	r.cancel(context.Canceled)
	rs.mu.Lock()
	defer rs.mu.Unlock()
	delete(rs.all, r.Fence)
	if len(rs.all) == 0 {
		close(rs.empty)
	}
	signal(rs.freed)
}

func (rs *runs) count() int {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return len(rs.all)
}

// claims returns what is held.
func (rs *runs) claims() []job.Claim {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	var held []job.Claim
	for _, r := range rs.all {
		held = append(held, r.Claim)
	}
	return held
}

// ticks returns a report of each run at work, and the runs by job. A job has
// one run at work at most: the older ones know that they lost it.
func (rs *runs) ticks() ([]job.Tick, map[job.ID]*run) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	var ticks []job.Tick
	byJob := map[job.ID]*run{}
	for _, r := range rs.all {
		if t, open := r.tick(); open && r.ctx.Err() == nil {
			ticks = append(ticks, t)
			byJob[r.ID] = r
		}
	}
	return ticks, byJob
}

// interrupt ends the work of all runs.
func (rs *runs) interrupt(cause error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for _, r := range rs.all {
		r.cancel(cause)
	}
}

// stop ends the work of all runs whose end is not being written yet, and
// returns their claims: handing them back is up to the caller.
func (rs *runs) stop() []job.Claim {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	var left []job.Claim
	for _, r := range rs.all {
		if r.close() {
			left = append(left, r.Claim)
		}
		r.cancel(errStopping)
	}
	return left
}

// wait blocks until no run is left, and reports false after limit.
func (rs *runs) wait(ctx context.Context, limit time.Duration) bool {
	rs.mu.Lock()
	empty := rs.empty
	rs.mu.Unlock()
	select {
	case <-empty:
		return true
	default:
	}
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case <-empty:
		return true
	case <-timed.Done():
		return false
	}
}
