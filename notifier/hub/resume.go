package hub

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

// Bounds of a resumption from the database; whoever was away for more begins
// anew.
const (
	mostReplayed = 10_000  // steps told to one client
	mostPassed   = 100_000 // steps of everybody since then
)

// progressMargin is how long a transaction that writes progress may have been
// open when the client was told of its place.
const progressMargin = 30 * time.Second

// replay is what a client that comes back is told.
type replay struct {
	parts      []missed
	present    map[job.ID]job.Job // the rows of the steps as they are
	unfinished []job.Job          // rows that may have moved on without a step
	end        job.Mark           // up to which the steps are all
}

// replay finds what a client missed; nil when that is not to be found out.
//
// The session listens already, and holds what it hears. The rows that may have
// progressed are read before the steps, so that each step up to them is among
// these and is told first.
func (h *Hub) replay(ctx context.Context, v Viewer, i Interest) (*replay, error) {
	since, err := parseCursor(i.Cursor)
	if err != nil {
		h.metrics.Resumed("reset")
		return nil, nil
	}
	r := &replay{}
	if r.unfinished, err = h.unfinished(ctx, v, i, since.At.Add(-progressMargin)); err != nil {
		return nil, err
	}
	if _, err := h.tail.fresh(ctx); err != nil {
		return nil, fmt.Errorf("resume: %w", err)
	}
	how, known := "ring", false
	if r.parts, r.end, known = h.tail.ring.since(since, v); !known {
		how = "trail"
		if r.parts, known, err = h.readMissed(ctx, v, since, r.end); err != nil {
			return nil, err
		}
	}
	steps := r.keep(i)
	if !known || len(steps) > mostReplayed {
		h.metrics.Resumed("reset")
		return nil, nil
	}
	rows, err := h.read(ctx, v, jobsOf(steps))
	r.present = byID(rows)
	h.metrics.Resumed(how)
	return r, err
}

// keep drops what a subscription does not cover, and lists the rest.
func (r *replay) keep(i Interest) (all []job.Step) {
	for n, p := range r.parts {
		r.parts[n].steps = slices.DeleteFunc(p.steps, func(s job.Step) bool { return !i.covers(s.JobID) })
		all = append(all, r.parts[n].steps...)
	}
	return all
}

// unfinished reads rows that may have changed in other things than their status.
func (h *Hub) unfinished(ctx context.Context, v Viewer, i Interest, since time.Time) ([]job.Job, error) {
	switch {
	case !i.All:
		return h.read(ctx, v, i.Jobs)
	case v.Role == ServiceRole:
		return nil, nil
	}
	jobs, err := h.config.Jobs.Unfinished(ctx, v.User, since)
	if err != nil {
		return nil, fmt.Errorf("resume: %w", err)
	}
	return jobs, nil
}

// readMissed reads what the ring does not reach. ok is false when too much has
// happened since then, or when the trail does not go back so far.
func (h *Hub) readMissed(ctx context.Context, v Viewer, since, now job.Mark) (parts []missed, ok bool, err error) {
	if since.Database != now.Database || since.Next > now.Next || now.Last-since.Last > mostPassed {
		return nil, false, nil
	}
	trail, err := h.config.Jobs.Trail(ctx, v.User, since, mostReplayed)
	if err != nil {
		return nil, false, fmt.Errorf("resume: %w", err)
	}
	kept := trail.First <= since.Last+1 && (trail.First > 0 || since.Last == 0)
	return []missed{{trail.Steps, now}}, trail.Whole && kept && trail.To.After(since), nil
}

// tell queues what was missed: step by step, and then the rows that moved on. A
// client that is cut again on the way need not begin again, if this is all that
// it waits for.
func (r *replay) tell(s *Session) {
	s.replaying = true
	defer func() { s.replaying, s.reached = false, nil }()
	for _, part := range r.parts {
		for n, step := range part.steps {
			if n == len(part.steps)-1 && s.alone() {
				s.reached = &place{part.end, printCursor(part.end)}
			}
			if c := stepChange(step, r.present); c != nil {
				s.tell(c)
			}
		}
		s.reached = nil
	}
	for _, j := range r.unfinished {
		if !j.Status.Terminal() {
			s.tell(&Change{Event: feed.Event{Op: feed.Update, Job: j, OldStatus: j.Status}})
		}
	}
}

// moved is the place that the client has reached with the item that is queued
// next, "" when it has it. While a snapshot is read it is that of the beginning:
// what came since is held, and told after others.
func (s *Session) moved() string {
	if len(s.unread) > 0 {
		return ""
	}
	p := s.hub.tail.place.Load()
	switch {
	case s.replaying:
		p = s.reached
	case s.holding:
		p = s.begun
	}
	if p == nil || s.place != nil && s.place.mark.After(p.mark) {
		return ""
	}
	s.place = p
	return p.cursor
}

// alone reports whether there is one subscription, and nothing else to be read.
func (s *Session) alone() bool {
	return len(s.subscriptions) == 1 && s.loading == 0 && len(s.unread) == 0
}

// resumed queues that a client knows what it missed. Where it has no other
// subscription, it is as far as what was read.
func (s *Session) resumed(id int64, r *replay) {
	item := Item{Kind: Resumed, Subscription: id}
	if s.alone() {
		s.place = &place{r.end, printCursor(r.end)}
		item.Cursor = s.place.cursor
	} else {
		item.Cursor = s.moved()
	}
	item.Known = len(r.unfinished) > 0
	s.pushAnswer(item)
}

// Move queues the client's place, if it has moved since it was told: on a busy
// day the place of a client to whom nothing happens would soon be too old.
func (s *Session) Move() {
	s.mu.Lock()
	cursor := ""
	if s.err == nil && !s.closed && !s.holding && len(s.subscriptions) > 0 {
		cursor = s.moved()
	}
	if cursor != "" {
		s.queue.push(&Item{Kind: Moved, Cursor: cursor})
	}
	s.mu.Unlock()
	if cursor != "" {
		s.wakeUp()
	}
}

// Place is a cursor of which everything before has been queued; it holds for a
// client that takes what is queued now. "" when there is none yet, or while a
// snapshot is being read.
func (s *Session) Place() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holding || len(s.unread) > 0 {
		return ""
	}
	p := s.hub.tail.place.Load()
	switch {
	case p == nil:
		return ""
	case s.place != nil && s.place.mark.After(p.mark):
		return s.place.cursor
	}
	return p.cursor
}
