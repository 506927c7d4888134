package hub

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/errgroup"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

// resyncReaders is how many users are read at a time after a gap.
const resyncReaders = 4

// Gap tells the hub that events may have been missed. It does not block.
func (h *Hub) Gap() {
	poke(h.gap) // one that is due already will read after this moment
}

// Run closes gaps and follows the trail until ctx ends, and then returns nil.
func (h *Hub) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return h.follow(ctx) })
	group.Go(func() error { return h.tellTrail(ctx) })
	group.Go(func() error { return h.watch(ctx) })
	group.Go(func() error { return h.keepOrder(ctx) })
	group.Go(func() error { return h.closeGaps(ctx) })
	return group.Wait()
}

func (h *Hub) closeGaps(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-h.gap:
		}
		h.resync(ctx)
	}
}

// finding is something that sessions were not told when the database was read.
type finding struct {
	sessions []*Session
	change   *Change
}

// resync compares every session with the database. A read that fails is
// repeated until it succeeds: until then its session may miss something.
//
// What differs is told when the trail has been, up to then: changes of status
// come first, step by step, from the source or from there.
func (h *Hub) resync(ctx context.Context) {
	found, err := h.differences(ctx)
	if err == nil && len(found) > 0 {
		err = h.caughtUp(ctx)
	}
	if err == nil { // else ctx has ended
		h.offer(found)
	}
}

// differences compares every session with the database. It gives up only when
// ctx ends.
func (h *Hub) differences(ctx context.Context) ([]finding, error) {
	groups := h.groups()
	var mu sync.Mutex
	var found []finding
	readers, reading := errgroup.WithContext(ctx)
	readers.SetLimit(resyncReaders)
	for _, sessions := range groups {
		readers.Go(func() error {
			differs, err := backoff.Retry(reading, func() ([]finding, error) {
				return h.compare(reading, sessions)
			}, backoff.WithBackOff(resyncBackoff()), backoff.WithMaxElapsedTime(0),
				backoff.WithNotify(func(err error, after time.Duration) {
					h.config.Log.Warn("sessions not compared with the database yet", "error", err, "retry_in", after)
				}))
			mu.Lock()
			defer mu.Unlock()
			found = append(found, differs...)
			return err
		})
	}
	err := readers.Wait()
	if len(groups) > 0 && err == nil {
		h.metrics.Resync(len(groups))
	}
	return found, err
}

// offer tells what was found, where it is still news.
func (h *Hub) offer(found []finding) {
	for _, f := range found {
		for _, s := range f.sessions {
			s.offer(f.change)
		}
	}
}

func resyncBackoff() backoff.BackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval = 50 * time.Millisecond
	b.MaxInterval = 5 * time.Second
	return b
}

// groups lists the open sessions by user; those of the service role come
// together.
func (h *Hub) groups() [][]*Session {
	h.mu.RLock()
	defer h.mu.RUnlock()
	groups := make([][]*Session, 0, len(h.users)+1)
	for _, same := range h.users {
		groups = append(groups, slices.Clone(same))
	}
	if len(h.all) > 0 {
		groups = append(groups, slices.Clone(h.all))
	}
	return groups
}

// compare reads once for all sessions of a user and finds what they have not
// been told. What a session knew before the read and the read did not find is
// gone.
func (h *Hub) compare(ctx context.Context, sessions []*Session) ([]finding, error) {
	viewer := sessions[0].viewer
	all, ids := wanted(sessions)
	var jobs []job.Job
	if all && viewer.Role != ServiceRole {
		newest, err := h.config.Jobs.Snapshot(ctx, viewer.User, nil)
		if err != nil {
			return nil, fmt.Errorf("read snapshot: %w", err)
		}
		jobs = newest
		for _, j := range newest {
			delete(ids, j.ID)
		}
	}
	rest, err := h.read(ctx, viewer, slices.Collect(maps.Keys(ids)))
	if err != nil {
		return nil, err
	}
	var found []finding
	for _, j := range append(jobs, rest...) {
		delete(ids, j.ID)
		if slices.ContainsFunc(sessions, func(s *Session) bool { return s.lacks(j) }) {
			found = append(found, finding{sessions, &Change{Event: feed.Event{Job: j}}})
		}
	}
	for id, known := range ids {
		if known {
			gone := feed.Event{Op: feed.Delete, Job: job.Job{ID: id, UserID: viewer.User}}
			found = append(found, finding{sessions, &Change{Event: gone}})
		}
	}
	return found, nil
}

// lacks reports whether the session wants a row and has not been told of it.
func (s *Session) lacks(j job.Job) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wants(j.ID) && s.seen[j.ID].version < j.Version
}

// wanted collects what the sessions must be compared with: everything of the
// user if one of them wants that, and by id what they know (true) or only ask
// for (false).
func wanted(sessions []*Session) (all bool, ids map[job.ID]bool) {
	ids = map[job.ID]bool{}
	for _, s := range sessions {
		s.mu.Lock()
		for _, i := range s.subscriptions {
			all = all || i.All
			for _, id := range i.Jobs {
				if !ids[id] {
					ids[id] = false
				}
			}
		}
		for id, known := range s.seen {
			if known.version != gone && !known.away && s.wants(id) {
				ids[id] = true
			}
		}
		s.mu.Unlock()
	}
	return all, ids
}

// resetAll tells all sessions to read anew, maybe from another database.
func (h *Hub) resetAll(another bool) {
	for _, same := range h.groups() {
		for _, s := range same {
			s.mu.Lock()
			if another {
				s.forget()
			}
			queued := s.reset()
			s.mu.Unlock()
			if queued { // a door may not know its session yet
				s.wakeUp()
			}
		}
	}
}

// forget makes versions of another database those of jobs that nothing was told of;
// s.mu is held.
func (s *Session) forget() {
	for id, known := range s.seen {
		if known.version == gone || known.away {
			delete(s.seen, id)
		} else {
			s.seen[id] = seen{}
		}
	}
}

// reset reports whether there is something new to take; s.mu is held. What is being
// read at the moment may be older. Until the client has read anew it has no place
// to come back to.
func (s *Session) reset() (queued bool) {
	if s.anew = s.loading > 0; s.anew || s.closed || s.err != nil {
		return false
	}
	for id := range s.subscriptions {
		s.queue.push(&Item{Kind: Reset, Subscription: id})
		if s.unread == nil {
			s.unread = map[int64]bool{}
		}
		s.unread[id] = true
	}
	return len(s.subscriptions) > 0
}
