package hub

import (
	"context"
	"fmt"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

// Subscribe adds what a client wants to hear of, and queues its snapshot. The
// session listens before the snapshot is read, and what it hears meanwhile
// follows the snapshot, so that nothing falls between. A subscription of the
// same id is replaced.
//
// One snapshot waits in the queue at a time: Subscribe waits until the one
// before has been taken.
func (s *Session) Subscribe(ctx context.Context, id int64, i Interest) error {
	for {
		taken, err := s.begin(id, i)
		if err != nil {
			return err
		}
		if taken == nil {
			break
		}
		select {
		case <-taken:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	l, err := s.load(ctx, i)
	s.finish(id, i, l, err)
	s.wakeUp()
	return err
}

// loaded is what a subscription begins with: what was missed, or the present
// state.
type loaded struct {
	missed *replay
	jobs   []job.Job
}

// load reads it. Who comes back from where nobody can tell what was missed gets
// the present state.
func (s *Session) load(ctx context.Context, i Interest) (l loaded, err error) {
	if i.Cursor != "" {
		if l.missed, err = s.hub.replay(ctx, s.viewer, i); err != nil || l.missed != nil {
			return l, err
		}
	}
	l.jobs, err = s.present(ctx, i)
	return l, err
}

// begin joins the topic. When a snapshot waits it does not, and returns what
// is closed when that one has been taken.
func (s *Session) begin(id int64, i Interest) (taken <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, replaces := s.subscriptions[id]
	switch {
	case s.closed:
		return nil, ErrClosed
	case s.err != nil:
		return nil, s.err
	case s.taken != nil:
		return s.taken, nil
	case !replaces && len(s.subscriptions) >= s.hub.config.Subscriptions:
		return nil, ErrSubscriptions
	}
	if !s.holding {
		s.begun, s.holding = s.hub.tail.place.Load(), true
	}
	s.add(id, i)
	s.loading++
	return nil, nil
}

// present reads the present state of everything the subscription covers and of
// everything the client says it has.
func (s *Session) present(ctx context.Context, i Interest) ([]job.Job, error) {
	ids := i.Jobs
	have := make(map[job.ID]bool)
	var jobs []job.Job
	if i.All && s.viewer.Role != ServiceRole {
		newest, err := s.hub.config.Jobs.Snapshot(ctx, s.viewer.User, nil)
		if err != nil {
			return nil, fmt.Errorf("read snapshot: %w", err)
		}
		jobs = newest
		for _, j := range newest {
			have[j.ID] = true
		}
	}
	var more []job.ID
	for _, id := range ids {
		if !have[id] {
			have[id] = true
			more = append(more, id)
		}
	}
	for id := range i.After {
		if !have[id] && i.covers(id) {
			have[id] = true
			more = append(more, id)
		}
	}
	rest, err := s.hub.read(ctx, s.viewer, more)
	return append(jobs, rest...), err
}

// read reads rows by id that the viewer may see.
func (h *Hub) read(ctx context.Context, v Viewer, ids []job.ID) ([]job.Job, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var jobs []job.Job
	var err error
	if v.Role == ServiceRole {
		jobs, err = h.config.Jobs.Rows(ctx, ids)
	} else {
		jobs, err = h.config.Jobs.Snapshot(ctx, v.User, ids)
	}
	if err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	return jobs, nil
}

// finish queues what was loaded and lets go what was held.
func (s *Session) finish(id int64, i Interest, l loaded, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loading--
	delete(s.unread, id)
	if s.closed || s.err != nil {
		return
	}
	switch {
	case err != nil:
		s.drop(id)
	case l.missed != nil:
		for had, version := range i.After {
			if s.seen[had].version < version {
				s.remember(had, seen{version: version})
			}
		}
		if s.since == nil { // from here on it is told of each end
			s.since = &job.Mark{}
			if s.begun != nil {
				s.since = &s.begun.mark
			}
		}
		l.missed.tell(s)
	default:
		s.snapshot(id, i, l.jobs)
	}
	s.letGo()
	if err == nil && s.err == nil && l.missed != nil {
		s.resumed(id, l.missed)
	}
}

// letGo queues what was held, once no snapshot is read any more.
func (s *Session) letGo() {
	if s.loading > 0 {
		return
	}
	held := s.held
	s.held, s.heldBytes = nil, 0
	for _, c := range held {
		if s.wants(c.Job.ID) {
			s.tell(c)
		}
	}
	s.holding = false
	if s.anew {
		s.reset()
	}
}

// pushAnswer queues the answer to a subscription. One waits at a time.
func (s *Session) pushAnswer(i Item) {
	if s.taken == nil {
		s.taken = make(chan struct{})
	}
	s.queue.push(&i)
}

// snapshot queues what the client does not have: of what it has, only what
// has changed, and what is gone.
func (s *Session) snapshot(id int64, i Interest, jobs []job.Job) {
	if i.Cursor != "" { // what the client has is good for nothing
		i.After = nil
		s.queue.push(&Item{Kind: Reset, Subscription: id})
	}
	item := Item{Kind: Snapshot, Subscription: id, Jobs: make([]job.Job, 0, len(jobs))}
	present := make(map[job.ID]bool, len(jobs))
	for _, j := range jobs {
		if !s.viewer.sees(j.UserID) {
			continue
		}
		present[j.ID] = true
		if j.Version >= s.seen[j.ID].version {
			s.remember(j.ID, seen{version: j.Version, status: j.Status})
		}
		if had, has := i.After[j.ID]; !has || had != j.Version {
			item.Jobs = append(item.Jobs, j)
		}
	}
	item.Cursor = s.moved()
	s.pushAnswer(item)
	for had, version := range i.After {
		if !present[had] && i.covers(had) {
			s.remember(had, seen{version: version})
			s.tell(&Change{Event: feed.Event{Op: feed.Delete, Job: job.Job{ID: had, UserID: s.viewer.User}}})
		}
	}
}
