package hub

import (
	"context"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

// madeUpAtOnce is how many steps are looked at together.
const madeUpAtOnce = 1000

// toldAtOnce is after how many events clients are woken at the latest: what waits
// for one that reads must not look like slowness.
const toldAtOnce = 64

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
			h.letSourceTell(ctx, u.at)
			if h.makeUp(ctx, u.trail) != nil {
				return nil // only the end of ctx
			}
			t.place.Store(&place{u.trail.To, printCursor(u.trail.To)})
			close(u.told)
		}
	}
}

// letSourceTell waits for what is on its way through the source, unless that is
// behind, or waits itself.
func (h *Hub) letSourceTell(ctx context.Context, since time.Time) {
	if h.tail.behind.Load() || h.holding() {
		return
	}
	timer := time.NewTimer(time.Until(since.Add(h.config.Settle)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-h.tail.hurry:
	}
}

// makeUp tells the steps of a trail that sessions lack. Where the trail is not
// whole the sessions are compared with the database instead, as after any gap, and
// told to read anew: what they never heard of is not to be found out.
func (h *Hub) makeUp(ctx context.Context, t job.Trail) error {
	if !t.Whole {
		before := h.tail.place.Load()
		return h.compareInstead(ctx, before != nil && before.mark.Database != t.To.Database)
	}
	for steps := range slices.Chunk(t.Steps, madeUpAtOnce) {
		if err := h.tellSteps(ctx, steps); err != nil {
			return err
		}
	}
	return nil
}

// tellSteps tells the steps that sessions lack.
func (h *Hub) tellSteps(ctx context.Context, steps []job.Step) error {
	lacking := make([]job.Step, 0, 16)
	for _, s := range steps {
		if h.lack(s) {
			lacking = append(lacking, s)
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	events, err := backoff.Retry(ctx, func() ([]feed.Event, error) { return h.config.Jobs.Events(ctx, lacking) },
		backoff.WithBackOff(resyncBackoff()), backoff.WithMaxElapsedTime(0))
	if err != nil {
		return err
	}
	for together := range slices.Chunk(events, toldAtOnce) {
		var woken []*Session
		for i := range together {
			woken, _ = h.spread(&together[i], false, woken)
		}
		wake(woken)
	}
	h.metrics.MadeUp(len(events))
	return nil
}

// compareInstead makes up for what the trail does not tell, in the same database or
// another one.
func (h *Hub) compareInstead(ctx context.Context, another bool) error {
	found, err := h.differences(ctx)
	if err == nil {
		h.offer(found)
		h.resetAll(another)
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
	return slices.Concat(h.users[user], h.all)
}

// lacksStep reports whether the session wants a step and has not been told of
// it. The end of a job that it never heard of is no loss, unless its client knew of
// jobs before it came back, or may be told of it by what is being read.
func (s *Session) lacksStep(step job.Step) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.err != nil || !s.wants(step.JobID) {
		return false
	}
	known, was := s.seen[step.JobID]
	return known.version < step.Version && (was || step.Status != job.Deleted || s.loading > 0 || s.since != nil && !s.since.Shows(step.TxID))
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
