package hub

import (
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

// spread offers an event to the sessions it concerns, and adds to woken those that
// must be told to take it. Of a row that changed hands the old owner hears too:
// for them it is gone.
//
// With care it stops, and says so, where a session does not know the status that
// the event goes on from: the event is for later, and those that had it by then do
// not take it twice.
func (h *Hub) spread(e *feed.Event, care bool, woken []*Session) (_ []*Session, skips bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	n := news{event: e}
	defer n.done()
	owners := [...]topic{h.users[e.Job.UserID], nil, h.all}
	if e.OldOwner != (job.UserID{}) && e.OldOwner != e.Job.UserID {
		owners[1] = h.users[e.OldOwner]
	}
	for _, same := range owners {
		for _, s := range same {
			news, skips := s.hear(&n, care)
			if skips {
				return woken, true
			}
			if news {
				woken = append(woken, s)
			}
		}
	}
	return woken, false
}

// wake tells sessions that there is something to take. No lock is held.
func wake(sessions []*Session) {
	for _, s := range sessions {
		s.wakeUp()
	}
}

// news makes changes of an event, once there is somebody to tell.
type news struct {
	event       *feed.Event
	whole, lean *Change // with the row and without
}

func (n *news) change(rows bool) *Change {
	if rows {
		if n.whole == nil {
			n.whole = lend(n.event)
		}
		return n.whole
	}
	if n.lean == nil {
		n.lean = lend(n.event)
		n.lean.Row = nil
	}
	return n.lean
}

func (n *news) done() {
	for _, c := range [...]*Change{n.whole, n.lean} {
		if c != nil {
			c.giveBack()
		}
	}
}

// hear brings an event. It reports whether there is something to take that was
// not there, or, with care, whether the event skips a step.
func (s *Session) hear(n *news, care bool) (fresh, skips bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.err != nil || !s.wants(n.event.Job.ID) {
		return false, false
	}
	known, was := s.seen[n.event.Job.ID]
	if care && known.skips(n.event) {
		return false, true
	}
	return s.consider(n.change(s.rows), known, was), false
}

// skips reports whether there was a step between what the client was told and the
// event: it goes on from another status, or from a later version. Notices do not
// tell of progress, which has versions as well.
func (s seen) skips(e *feed.Event) bool {
	if e.OldStatus == "" || s.away || s.version >= e.Job.Version {
		return false
	}
	if s.status == "" { // LISTEN may have left out what came before
		return e.LSN == 0 && e.Op == feed.Update && e.Job.Version > s.version+1
	}
	mayProgress := e.LSN == 0 && e.OldStatus == job.Processing && e.Job.Status != job.Processing
	return s.status != e.OldStatus || s.version+1 < e.Job.Version && !mayProgress
}
