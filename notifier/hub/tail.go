package hub

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

// The trail of job_events is read beside the source, every second: it fills the
// ring from which clients resume, moves the place that is told to clients, and
// finds changes of status that the source did not bring.
const (
	tailSteps   = ringSteps // read at a time
	tailTimeout = 20 * time.Second
	mostMadeUp  = 1000 // steps that are made up for one by one; of more, only where they led to
)

// tail follows the trail.
type tail struct {
	ring  ring
	place atomic.Pointer[place]
	poke  chan struct{}

	mu      sync.Mutex
	next    *reading  // the one that has not begun
	untold  []stretch // stretches that sessions may not have been told
	arrived chan struct{}
}

// reading is one look at the trail.
type reading struct {
	done chan struct{}
	err  error         // once done
	told chan struct{} // closed when sessions know of it, unless there was an error
}

func newReading() *reading { return &reading{done: make(chan struct{}), told: make(chan struct{})} }

// stretch is a piece of the trail that was read at one time.
type stretch struct {
	trail job.Trail
	at    time.Time
	told  chan struct{}
}

// place is how far all sessions have been told of changes of status.
type place struct {
	mark   job.Mark
	cursor string
}

func newTail() *tail {
	return &tail{poke: make(chan struct{}, 1), arrived: make(chan struct{}, 1), next: newReading()}
}

// fresh returns when the ring holds everything that was committed before the
// call. Callers at the same time share a reading.
func (t *tail) fresh(ctx context.Context) (*reading, error) {
	t.mu.Lock()
	r := t.next
	t.mu.Unlock()
	poke(t.poke)
	select {
	case <-r.done:
		return r, r.err
	case <-ctx.Done():
		return r, ctx.Err()
	}
}

// caughtUp returns when every session has been told the changes of status that
// were committed before the call. It gives up only when ctx ends.
func (h *Hub) caughtUp(ctx context.Context) error {
	r, err := backoff.Retry(ctx, func() (*reading, error) { return h.tail.fresh(ctx) },
		backoff.WithBackOff(resyncBackoff()), backoff.WithMaxElapsedTime(0))
	if err != nil {
		return err
	}
	select {
	case <-r.told:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // one is due already
	}
}

// follow reads the trail until ctx ends.
func (h *Hub) follow(ctx context.Context) error {
	ticker := time.NewTicker(h.config.TailEvery)
	defer ticker.Stop()
	said := ""
	for ctx.Err() == nil {
		err := h.readTrail(ctx)
		if err != nil && ctx.Err() == nil && err.Error() != said {
			h.config.Log.Warn("trail not read", "error", err)
			said = err.Error()
		}
		if err == nil {
			said = ""
		}
		select {
		case <-ctx.Done():
		case <-h.tail.poke:
		case <-ticker.C:
		}
	}
	return nil
}

func (h *Hub) readTrail(ctx context.Context) error {
	t := h.tail
	t.mu.Lock()
	current := t.next
	t.next = newReading()
	t.mu.Unlock()
	defer close(current.done)
	ctx, cancel := context.WithTimeout(ctx, tailTimeout)
	defer cancel()

	trail, err := h.nextTrail(ctx)
	if err != nil {
		current.err = fmt.Errorf("read the trail: %w", err)
		return current.err
	}
	t.mu.Lock()
	t.untold = append(t.untold, stretch{trail, time.Now(), current.told})
	t.mu.Unlock()
	poke(t.arrived)
	return nil
}

// nextTrail goes on from the end of the ring. Where that cannot be, at the start
// and when too much has happened, the ring begins anew with the recent past.
func (h *Hub) nextTrail(ctx context.Context) (job.Trail, error) {
	ring := &h.tail.ring
	end := ring.end()
	if end.Database != "" {
		trail, err := h.config.Jobs.Trail(ctx, job.UserID{}, end, tailSteps)
		if err != nil {
			return trail, err
		}
		if trail.Whole {
			ring.follow(trail, time.Now())
			return trail, nil
		}
	}
	trail, err := h.config.Jobs.RecentTrail(ctx, ringFor, ringSteps)
	if err != nil {
		return trail, err
	}
	ring.restart(trail, time.Now())
	trail.Whole = end.Database == "" // at the start nobody was told of anything before
	return trail, nil
}

// tellTrail makes up for what the source did not bring, until ctx ends. It waits
// a moment after each reading: what is on its way through the source comes first.
func (h *Hub) tellTrail(ctx context.Context) error {
	t := h.tail
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.arrived:
		}
		t.mu.Lock()
		untold := t.untold
		t.untold = nil
		t.mu.Unlock()
		for _, u := range untold {
			timer := time.NewTimer(time.Until(u.at.Add(h.config.Settle)))
			select {
			case <-ctx.Done():
				timer.Stop()
				return nil
			case <-timer.C:
			}
			if h.makeUp(ctx, u.trail) != nil {
				return nil // only the end of ctx
			}
			t.place.Store(&place{u.trail.To, printCursor(u.trail.To)})
			close(u.told)
		}
	}
}

// makeUp offers the steps of a trail that sessions lack. Where there are too many
// the sessions are compared with the database instead, as after any gap.
func (h *Hub) makeUp(ctx context.Context, t job.Trail) error {
	if !t.Whole {
		return h.compareInstead(ctx)
	}
	lacking := make([]job.Step, 0, 16)
	for _, s := range t.Steps {
		if h.lack(s) {
			lacking = append(lacking, s)
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	if len(lacking) > mostMadeUp {
		return h.compareInstead(ctx)
	}
	rows, err := backoff.Retry(ctx, func() ([]job.Job, error) { return h.config.Jobs.Rows(ctx, jobsOf(lacking)) },
		backoff.WithBackOff(resyncBackoff()), backoff.WithMaxElapsedTime(0))
	if err != nil {
		return err
	}
	present := byID(rows)
	for _, s := range lacking {
		if c := stepChange(s, present); c != nil {
			for _, session := range h.listeners(s.UserID) {
				if session.lacksStep(s) {
					session.offer(c)
				}
			}
		}
	}
	return nil
}

func (h *Hub) compareInstead(ctx context.Context) error {
	found, err := h.differences(ctx)
	if err == nil {
		h.offer(found)
		h.resetAll()
	}
	return err
}

// lack reports whether a session was not told of a step.
func (h *Hub) lack(s job.Step) bool {
	for _, session := range h.listeners(s.UserID) {
		if session.lacksStep(s) {
			return true
		}
	}
	return false
}

// listeners lists the sessions that a user's job concerns.
func (h *Hub) listeners(user job.UserID) []*Session {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if len(h.users[user])+len(h.all) == 0 {
		return nil
	}
	return append(members(h.users[user]), members(h.all)...)
}

// lacksStep reports whether the session wants a step and has not been told of
// it. The end of a job that it never heard of is no loss.
func (s *Session) lacksStep(step job.Step) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.err != nil || !s.wants(step.JobID) {
		return false
	}
	known, was := s.seen[step.JobID]
	return known.version < step.Version && (was || step.Status != job.Deleted)
}

// stepChange is a step as a change: the row as it is, with what the step says of
// then. A job that is gone has only its last step, and one that is somebody
// else's by now has none.
func stepChange(s job.Step, present map[job.ID]job.Job) *Change {
	row, is := present[s.JobID]
	e := feed.Event{Op: feed.Update, OldStatus: s.OldStatus}
	switch {
	case s.Status == job.Deleted:
		e.Op = feed.Delete
		e.Job = job.Job{ID: s.JobID, UserID: s.UserID, Status: s.OldStatus, Version: s.Version}
		return &Change{Event: e}
	case !is || row.UserID != s.UserID || row.Version < s.Version:
		return nil
	case s.OldStatus == "":
		e.Op = feed.Insert
	}
	e.Job = row
	if s.Version < row.Version {
		e.Job = feed.Past(row, s.Version, s.Status)
		e.Job.ForecastID, e.Job.ErrorCode, e.Job.ErrorMessage = s.ForecastID, "", ""
		if s.Status == job.Failed {
			e.Job.ErrorCode, e.Job.ErrorMessage = s.Code, s.Message
		}
	}
	return &Change{Event: e}
}

func jobsOf(steps []job.Step) []job.ID {
	var ids []job.ID
	had := map[job.ID]bool{}
	for _, s := range steps {
		if !had[s.JobID] {
			had[s.JobID] = true
			ids = append(ids, s.JobID)
		}
	}
	return ids
}

func byID(rows []job.Job) map[job.ID]job.Job {
	found := make(map[job.ID]job.Job, len(rows))
	for _, j := range rows {
		found[j.ID] = j
	}
	return found
}
