package processor

import (
	"context"
	"sync"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// runs are the claims held, by fence.
type runs struct {
	freed chan<- struct{} // told when one is done with its work, or gone

	mu     sync.Mutex
	all    map[int64]*run
	byJob  map[job.ID]*run // the newest of each job
	active int             // waiting or working
	over   int             // their end is written, and they are about to go
	ended  time.Time       // when the last one was done with its work
	empty  chan struct{}   // closed while there is none
}

func newRuns(freed chan<- struct{}) *runs {
	rs := &runs{freed: freed, all: map[int64]*run{}, byJob: map[job.ID]*run{}, empty: make(chan struct{})}
	close(rs.empty)
	return rs
}

// add starts to keep count of claims. A run of the same job that is still here
// has been reset meanwhile, and is told so.
func (rs *runs) add(ctx context.Context, claims []job.Claim) []*run {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if len(rs.all) == 0 && len(claims) > 0 {
		rs.empty = make(chan struct{})
	}
	added := make([]*run, len(claims))
	now := time.Now()
	for i, c := range claims {
		r := &run{Claim: c, since: now}
		r.ctx, r.cancel = context.WithCancelCause(ctx)
		if other := rs.byJob[c.ID]; other != nil {
			other.cancel(job.ErrLeaseLost)
		}
		rs.all[c.Fence], rs.byJob[c.ID] = r, r
		rs.active++
		added[i] = r
	}
	return added
}

// begin moves a run from the line to its work.
func (rs *runs) begin(r *run) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r.phase = atWork
}

// end says that the work of r is done, or will not begin.
func (rs *runs) end(r *run) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r.phase = ending
	rs.active--
	rs.ended = time.Now()
	signal(rs.freed)
}

// lastEnd is when the last run was done with its work.
func (rs *runs) lastEnd() time.Time {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return rs.ended
}

// settled says that the ends of several runs are written: they no longer count
// as held. It says so of all at once, so that the next claim is as large.
func (rs *runs) settled(done []*run) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for _, r := range done {
		if !r.over {
			r.over = true
			rs.over++
		}
	}
	signal(rs.freed)
}

// remove ends the count of r.
func (rs *runs) remove(r *run) {
	r.cancel(context.Canceled)
	rs.mu.Lock()
	defer rs.mu.Unlock()
	delete(rs.all, r.Fence)
	if rs.byJob[r.ID] == r {
		delete(rs.byJob, r.ID)
	}
	if r.over {
		rs.over--
	} else {
		signal(rs.freed)
	}
	if len(rs.all) == 0 {
		close(rs.empty)
		signal(rs.freed)
	}
}

// count returns how many claims are held, and how many of them wait or work.
func (rs *runs) count() (held, active int) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return len(rs.all) - rs.over, rs.active
}

// ticks returns a report of each run that has not ended, and the runs by job. A
// job has one such run at most: the older ones know that they lost it.
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

// unstarted returns the runs that have waited for a slot for at least d.
func (rs *runs) unstarted(d time.Duration) []*run {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	var found []*run
	for _, r := range rs.all {
		if r.phase == inLine && time.Since(r.since) >= d {
			found = append(found, r)
		}
	}
	return found
}

// held returns all runs.
func (rs *runs) held() []*run {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	var found []*run
	for _, r := range rs.all {
		found = append(found, r)
	}
	return found
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
