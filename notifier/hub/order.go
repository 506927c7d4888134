package hub

import (
	"context"
	"sync"
	"time"

	"github.com/pgcast/pgcast/notifier/feed"
)

// Bounds of waiting for the trail. What the source tells is never kept longer.
const (
	holdFor  = 5 * time.Second
	holdMost = 10_000 // events
)

// order keeps a source from overtaking the trail. A step that the source did not
// bring is told from there, but to a session that knows a later one it would be
// none: so where a step may be missing, events wait until the trail has been told.
type order struct {
	mu   sync.Mutex
	held []feed.Event
	on   bool
	wake chan struct{}
}

// TrailFirst has events wait for the trail: a source begins here, and does not
// tell what was before.
func (h *Hub) TrailFirst() {
	h.order.mu.Lock()
	h.hold()
	h.order.mu.Unlock()
}

// hold wants order.mu held.
func (h *Hub) hold() {
	if !h.order.on {
		h.order.on = true
		poke(h.order.wake)
	}
}

// Publish brings an event to the sessions it concerns. It does not block.
//
// An event that does not go on from what a session knows comes after a step that
// nobody told: one whose transaction wrote before the trigger was asked for
// notices.
func (h *Hub) Publish(e feed.Event) {
	h.order.mu.Lock()
	if !h.order.on && h.skips(e) {
		h.hold()
	}
	if h.order.on {
		h.order.held = append(h.order.held, e)
		if len(h.order.held) >= holdMost {
			h.release()
		}
		h.order.mu.Unlock()
		return
	}
	h.order.mu.Unlock()
	h.spread(e)
}

// skips reports whether some session was told another status than the one that
// the event says was before.
func (h *Hub) skips(e feed.Event) bool {
	if e.OldStatus == "" {
		return false
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, topic := range []map[*Session]struct{}{h.users[e.Job.UserID], h.all} {
		for s := range topic {
			if s.skips(e) {
				return true
			}
		}
	}
	return false
}

func (s *Session) skips(e feed.Event) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.seen[e.Job.ID]
	return known.status != "" && !known.away && known.version < e.Job.Version && known.status != e.OldStatus
}

// release tells what was held; order.mu is held.
func (h *Hub) release() {
	for _, e := range h.order.held {
		h.spread(e)
	}
	h.order.held, h.order.on = nil, false
}

// holding reports whether events wait.
func (h *Hub) holding() bool {
	h.order.mu.Lock()
	defer h.order.mu.Unlock()
	return h.order.on
}

// keepOrder reads the trail whenever events wait for it, until ctx ends.
func (h *Hub) keepOrder(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-h.order.wake:
		}
		poke(h.tail.hurry)
		reading, cancel := context.WithTimeout(ctx, holdFor)
		_ = h.caughtUp(reading) // an error is the end of patience: a sweep finds what is missing
		cancel()
		h.order.mu.Lock()
		h.release()
		h.order.mu.Unlock()
	}
}
