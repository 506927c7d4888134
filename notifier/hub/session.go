package hub

import (
	"errors"
	"math"
	"sync"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

// maxSeen bounds what a session remembers. Of a job that was forgotten versions may
// be told that have been told; the newest comes last.
const maxSeen = 20_000

// gone is the version of a job that was deleted: nothing comes after it.
const gone = math.MaxInt64

// ErrSlow ends a session whose queue is full.
var ErrSlow = errors.New("hub: session is too slow")

// Session is one client's place in the hub.
//
// What a change looks at comes first, side by side: of thousands of sessions that
// hear of something now and then, none is still in the cache of the processor.
type Session struct {
	mu         sync.Mutex
	closed     bool
	rows       bool  // its changes come with their rows; does not change
	anew       bool  // the client is to read anew, once a snapshot that is being read has been
	holding    bool  // from when a snapshot begins to be read until what was held is queued
	replaying  bool  // what is told may be told again
	err        error // ErrSlow once the queue was full
	everything int   // how many subscriptions cover every job
	loading    int   // snapshots being read
	seen       map[job.ID]seen
	place      *place // how far the client has been told
	queue      queue

	hub    *Hub
	wake   func(slow bool)
	viewer Viewer

	subscriptions map[int64]Interest
	unread        map[int64]bool // those whose client was told to read anew, and has not been told more
	held          []*Change      // what arrived while snapshots were read
	heldBytes     int
	since         *job.Mark     // when a client came back that knows jobs which the session has not seen; nil: none did
	begun         *place        // how far the client was when a snapshot began to be read
	reached       *place        // how far it is when what it missed has been told, nil: no further than before
	taken         chan struct{} // closed when the waiting snapshot is taken; nil when none waits
}

// seen is the newest a client has been told of a job.
type seen struct {
	version int64
	status  job.Status
	away    bool // it is somebody else's now, and may come back
}

// Interest is what a subscription covers.
type Interest struct {
	All   bool             // every job of the viewer; the snapshot holds the newest 200
	Jobs  []job.ID         // these
	After map[job.ID]int64 // what the client has: it gets only what differs

	// Cursor is where the client comes back from: in place of a snapshot it gets
	// the changes of status that it missed. "": it does not come back.
	Cursor string
}

func (i Interest) covers(id job.ID) bool {
	if i.All {
		return true
	}
	for _, want := range i.Jobs {
		if want == id {
			return true
		}
	}
	return false
}

// Viewer tells whose session it is.
func (s *Session) Viewer() Viewer { return s.viewer }

// Take returns what is to be told, in order. Who has told all of it may say so
// with [Done].
func (s *Session) Take() []Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.release()
	return s.queue.take()
}

// wakeUp has what waits taken. No lock is held.
func (s *Session) wakeUp() { s.wake(s.slow()) }

func (s *Session) slow() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err != nil
}

// release lets a waiting Subscribe go on.
func (s *Session) release() {
	if s.taken != nil {
		close(s.taken)
		s.taken = nil
	}
}

// Unsubscribe ends a subscription. Changes that wait are still told.
func (s *Session) Unsubscribe(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(id)
	delete(s.unread, id)
}

// add and drop want s.mu held.
func (s *Session) add(id int64, i Interest) {
	s.drop(id)
	s.subscriptions[id] = i
	if i.All {
		s.everything++
	}
}

func (s *Session) drop(id int64) {
	if s.subscriptions[id].All {
		s.everything--
	}
	delete(s.subscriptions, id)
}

// Close takes the session out of the hub. It may be called again.
func (s *Session) Close() {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.release()
	s.queue, s.held, s.seen = queue{}, nil, nil
	s.mu.Unlock()
	if first {
		s.hub.remove(s)
	}
}

// offer brings a change; the session decides whether its client wants it.
func (s *Session) offer(c *Change) {
	s.mu.Lock()
	known, was := s.seen[c.Job.ID]
	woke := s.wants(c.Job.ID) && s.consider(c, known, was)
	s.mu.Unlock()
	if woke {
		s.wakeUp()
	}
}

// consider takes a change that the session wants, and reports whether there is
// something to take that was not there. known is what the client knows of the job.
func (s *Session) consider(c *Change, known seen, was bool) bool {
	if s.closed || s.err != nil {
		return false
	}
	if s.loading > 0 {
		c.keep()
		s.held = append(s.held, c)
		s.heldBytes += c.bytes()
		return s.full(s.heldBytes)
	}
	return s.news(c, known, was)
}

func (s *Session) wants(id job.ID) bool {
	if s.everything > 0 {
		return true
	}
	for _, i := range s.subscriptions {
		if i.covers(id) {
			return true
		}
	}
	return false
}

// tell queues a change that the client has not been told, and reports whether
// nothing waited before, or nothing will any more.
func (s *Session) tell(c *Change) bool {
	known, was := s.seen[c.Job.ID]
	return s.news(c, known, was)
}

func (s *Session) news(c *Change, known seen, was bool) bool {
	id := c.Job.ID
	item := Item{Kind: Changed, Change: c, Op: c.Op, OldStatus: c.OldStatus, JobID: id, Replayed: s.replaying}
	if item.OldStatus == "" && item.Op != feed.Insert {
		item.OldStatus = known.status
	}
	if item.Op == "" { // found by comparing: new to this client, or changed
		item.Op = feed.Update
		if !was {
			item.Op = feed.Insert
		}
	}
	if moved := c.Op != feed.Delete && !s.viewer.sees(c.Job.UserID); moved || c.Op == feed.Delete {
		if was && (known.version == gone || moved && c.Job.Version <= known.version) {
			return false
		}
		end := seen{version: gone}
		switch {
		case c.Op == feed.Delete && was && c.Job.Version == 0 && c.LSN == 0: // found by comparing: it may be somebody else's
			end = seen{version: known.version, status: known.status, away: true}
		case moved:
			end = seen{version: c.Job.Version, status: c.Job.Status, away: true}
		}
		if s.remember(id, end); known.away {
			return false // it has been told
		}
		item.Kind, item.Op, item.Version = Deleted, "", c.Job.Version
		if item.Version == 0 && was {
			item.Version = known.version + 1
		}
	} else {
		if was && c.Job.Version <= known.version {
			return false
		}
		s.remember(id, seen{version: c.Job.Version, status: c.Job.Status})
	}
	item.Cursor = s.moved()
	merged := s.queue.push(&item)
	if merged {
		s.hub.metrics.Merged()
	}
	if len(s.queue.items) > 1 && !s.replaying { // one change, however wide, is no sign of slowness
		return s.full(s.queue.bytes)
	}
	return !merged
}

// full ends the session when its queue holds too much.
func (s *Session) full(bytes int) bool {
	if bytes <= s.hub.config.QueueBytes {
		return false
	}
	s.err = ErrSlow
	s.release()
	s.queue, s.held = queue{}, nil
	return true
}

func (s *Session) remember(id job.ID, v seen) {
	if s.seen == nil {
		s.seen = map[job.ID]seen{}
	}
	if len(s.seen) >= maxSeen {
		for other := range s.seen {
			if delete(s.seen, other); len(s.seen) < maxSeen/2 {
				break
			}
		}
	}
	s.seen[id] = v
}
