package hub

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// Bounds of what is kept in memory for clients that come back.
const (
	ringFor   = 5 * time.Minute
	ringSteps = 100_000
	ringBytes = 64 << 20
)

// stepOverhead is what a step occupies beside its texts, about.
const stepOverhead = 200

// ring holds the newest stretch of the trail. It is whole: it has every step
// that shows at the end of it and did not at its beginning.
type ring struct {
	mu      sync.RWMutex
	from    job.Mark
	to      job.Mark
	batches []batch
	steps   int
	bytes   int
}

// batch is what was read at one time, by user.
type batch struct {
	from  job.Mark
	to    job.Mark
	read  time.Time
	users map[job.UserID][]job.Step
	steps int
	bytes int
}

// restart begins anew with a trail.
func (r *ring) restart(t job.Trail, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.batches, r.steps, r.bytes = nil, 0, 0
	r.from, r.to = t.From, t.From
	r.add(t, now)
}

// follow adds the trail that goes on from the end.
func (r *ring) follow(t job.Trail, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(t, now)
}

// add wants r.mu held.
func (r *ring) add(t job.Trail, now time.Time) {
	if len(t.Steps) > 0 {
		b := batch{from: r.to, to: t.To, read: now, users: map[job.UserID][]job.Step{}, steps: len(t.Steps)}
		for _, s := range t.Steps {
			b.users[s.UserID] = append(b.users[s.UserID], s)
			b.bytes += stepOverhead + len(s.ForecastID) + len(s.Code) + len(s.Message)
		}
		r.batches = append(r.batches, b)
		r.steps += b.steps
		r.bytes += b.bytes
	}
	r.to = t.To
	r.forget(now)
}

// forget drops what is too old or too much. What is left begins where the first
// batch left does.
func (r *ring) forget(now time.Time) {
	n := 0
	for n < len(r.batches) && (now.Sub(r.batches[n].read) > ringFor || r.steps > ringSteps || r.bytes > ringBytes) {
		r.steps -= r.batches[n].steps
		r.bytes -= r.batches[n].bytes
		n++
	}
	if n == 0 {
		return
	}
	r.batches = append([]batch(nil), r.batches[n:]...)
	r.from = r.to
	if len(r.batches) > 0 {
		r.from = r.batches[0].from
	}
}

// end is the moment up to which the ring tells everything.
func (r *ring) end() job.Mark {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.to
}

// missed is a part of what is new since a moment. Whoever has been told of it,
// and of the parts before, has come as far as its end.
type missed struct {
	steps []job.Step
	end   job.Mark
}

// since lists what was new after a moment, in order: of one user, or of everybody
// for the service role. known is false when the ring does not reach back so far,
// or when the moment is yet to come.
//
// The steps of a job are in the order of its versions: a transaction waits for
// the end of the one that changed the row before, so it shows no earlier.
func (r *ring) since(m job.Mark, v Viewer) (parts []missed, end job.Mark, known bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if !m.After(r.from) || !r.to.After(m) {
		return nil, r.to, false
	}
	for _, b := range r.batches {
		var steps []job.Step
		if v.Role != ServiceRole {
			steps = appendNew(nil, b.users[v.User], m)
		} else {
			for _, own := range b.users {
				steps = appendNew(steps, own, m)
			}
			slices.SortFunc(steps, func(a, b job.Step) int { return cmp.Compare(a.ID, b.ID) })
		}
		if len(steps) > 0 {
			parts = append(parts, missed{steps, b.to})
		}
	}
	return parts, r.to, true
}

func appendNew(to, from []job.Step, since job.Mark) []job.Step {
	for _, s := range from {
		if !since.Shows(s.TxID) {
			to = append(to, s)
		}
	}
	return to
}
