package hub

import (
	"context"
	"sync"
	"time"

	"github.com/pgcast/pgcast/notifier/feed"
)

// Bounds of waiting for the trail. What the source tells is never kept longer.
const (
	holdFor   = 5 * time.Second
	holdMost  = 10_000 // events
	holdBytes = 32 << 20
)

// order keeps a source from overtaking the trail. A step that the source did not
// bring is told from there, but to a session that knows a later one it would be
// none: so where a step may be missing, events wait until the trail has been told.
type order struct {
	mu    sync.Mutex
	held  []feed.Event
	bytes int // of held
	on    bool
	wake  chan struct{}
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

// Publish brings events to the sessions they concern, in order. It does not wait
// for clients.
//
// An event that does not go on from what a session knows comes after a step that
// nobody told: one whose transaction wrote before the trigger was asked for
// notices.
func (h *Hub) Publish(events []feed.Event) {
	var few [16]*Session
	woken := few[:0]
	h.order.mu.Lock()
	for i := range events {
		wait := h.order.on
		if !wait {
			woken, wait = h.spread(&events[i], true, woken)
		}
		if !wait {
			continue
		}
		h.hold()
		h.order.add(&events[i])
		if len(h.order.held) >= holdMost || h.order.bytes >= holdBytes {
			woken = h.release(woken)
		}
	}
	h.order.mu.Unlock()
	wake(woken)
}

// add wants o.mu held.
func (o *order) add(e *feed.Event) {
	o.held = append(o.held, *e)
	o.bytes += itemOverhead + len(e.Job.Params) + len(e.Job.Metrics)
	if e.Row != nil {
		o.bytes += e.Row.Bytes()
	}
}

// release tells what was held, and returns those that are to be woken beside
// others; order.mu is held.
func (h *Hub) release(woken []*Session) []*Session {
	for i := range h.order.held {
		woken, _ = h.spread(&h.order.held[i], false, woken)
	}
	h.order.held, h.order.bytes, h.order.on = nil, 0, false
	return woken
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
		woken := h.release(nil)
		h.order.mu.Unlock()
		wake(woken)
	}
}
