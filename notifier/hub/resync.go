package hub

import (
	"context"
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
	select {
	case h.gap <- struct{}{}:
	default: // one is due already, and will read after this moment
	}
}

// Run closes gaps until ctx ends, and then returns nil.
func (h *Hub) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-h.gap:
		}
		h.resync(ctx)
	}
}

// resync compares every session with the database. A read that fails is
// repeated until it succeeds: until then its session may miss something.
func (h *Hub) resync(ctx context.Context) {
	groups := h.groups()
	if len(groups) == 0 {
		return
	}
	readers, ctx := errgroup.WithContext(ctx)
	readers.SetLimit(resyncReaders)
	for _, sessions := range groups {
		readers.Go(func() error {
			_, err := backoff.Retry(ctx, func() (struct{}, error) {
				return struct{}{}, h.compare(ctx, sessions)
			}, backoff.WithBackOff(resyncBackoff()), backoff.WithMaxElapsedTime(0),
				backoff.WithNotify(func(err error, after time.Duration) {
					h.config.Log.Warn("sessions not compared with the database yet", "error", err, "retry_in", after)
				}))
			return err
		})
	}
	_ = readers.Wait() // only the end of ctx
	h.metrics.Resync(len(groups))
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
	for _, topic := range h.users {
		groups = append(groups, members(topic))
	}
	if len(h.all) > 0 {
		groups = append(groups, members(h.all))
	}
	return groups
}

func members(topic map[*Session]struct{}) []*Session {
	sessions := make([]*Session, 0, len(topic))
	for s := range topic {
		sessions = append(sessions, s)
	}
	return sessions
}

// compare reads once for all sessions of a user and offers each what it has
// not been told. What a session knew before the read and the read did not find
// is gone.
func (h *Hub) compare(ctx context.Context, sessions []*Session) error {
	viewer := sessions[0].viewer
	all, ids := wanted(sessions)
	var jobs []job.Job
	if all && viewer.Role != ServiceRole {
		newest, err := h.config.Jobs.Snapshot(ctx, viewer.User, nil)
		if err != nil {
			return err
		}
		jobs = newest
		for _, j := range newest {
			delete(ids, j.ID)
		}
	}
	asked := make([]job.ID, 0, len(ids))
	for id := range ids {
		asked = append(asked, id)
	}
	rest, err := h.read(ctx, viewer, asked)
	if err != nil {
		return err
	}
	for _, j := range append(jobs, rest...) {
		delete(ids, j.ID)
		h.tellAll(sessions, &Change{Event: feed.Event{Job: j}})
	}
	for id, known := range ids {
		if known {
			h.tellAll(sessions, &Change{Event: feed.Event{Op: feed.Delete, Job: job.Job{ID: id, UserID: viewer.User}}})
		}
	}
	if viewer.Role == ServiceRole {
		for _, s := range sessions {
			s.reset()
		}
	}
	return nil
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
				ids[id] = ids[id]
			}
		}
		for id, known := range s.seen {
			if known.version != gone && s.wants(id) {
				ids[id] = true
			}
		}
		s.mu.Unlock()
	}
	return all, ids
}

func (h *Hub) tellAll(sessions []*Session, c *Change) {
	for _, s := range sessions {
		s.offer(c)
	}
}

// reset tells a session that wants everybody's jobs to read anew: which of
// them changed unseen is not to be found out.
func (s *Session) reset() {
	s.mu.Lock()
	queued := false
	for id, i := range s.subscriptions {
		if i.All && !s.closed && s.err == nil && s.loading == 0 {
			s.queue.push(Item{Kind: Reset, Subscription: id})
			queued = true
		}
	}
	s.mu.Unlock()
	if queued {
		s.wake()
	}
}
