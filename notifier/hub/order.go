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
	ripe  int  // how many of held the trail that is being read goes before
	bytes int  // of held
	on    bool // events wait
	again bool // for one more reading of the trail than the one under way
	wake  chan struct{}
}

// TrailFirst has events wait for the trail: a source begins here, and does not
// tell what was before.
func (h *Hub) TrailFirst() {
	h.order.mu.Lock()
	h.order.again = h.order.on
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
			woken, _ = h.release(woken, toldAtOnce)
		}
	}
	h.order.mu.Unlock()
	wake(woken)
}

// add wants o.mu held.
func (o *order) add(e *feed.Event) {
	o.held = append(o.held, *e)
	o.bytes += weight(e)
}

// weight is what an event that waits occupies, about.
func weight(e *feed.Event) int {
	bytes := itemOverhead + len(e.Job.Params) + len(e.Job.Metrics)
	if e.Row != nil {
		bytes += e.Row.Bytes()
	}
	return bytes
}

// release tells some of what was held: the ripe events, which have waited for the
// trail, and then those that skip nothing, unless the trail is to be read once more.
// What skips waits for that. It returns those that are to be woken beside others,
// and whether there is more to tell; order.mu is held.
func (h *Hub) release(woken []*Session, ripe int) (_ []*Session, more bool) {
	o := &h.order
	n, skips := 0, false
	for n < min(len(o.held), toldAtOnce) {
		if skips = n >= ripe && o.again; !skips {
			woken, skips = h.spread(&o.held[n], n >= ripe, woken)
		}
		if skips {
			break
		}
		o.bytes -= weight(&o.held[n])
		o.held[n] = feed.Event{}
		n++
	}
	o.held, o.ripe = o.held[n:], max(0, o.ripe-n)
	if len(o.held) == 0 {
		o.held, o.on = nil, o.again
	}
	return woken, !skips && len(o.held) > 0
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
		for h.holding() && ctx.Err() == nil {
			h.trailAndHeld(ctx)
		}
	}
}

// trailAndHeld has the trail told, and then what was held before that was read.
func (h *Hub) trailAndHeld(ctx context.Context) {
	h.order.mu.Lock()
	h.order.ripe, h.order.again = len(h.order.held), false
	h.order.mu.Unlock()
	poke(h.tail.hurry)
	reading, cancel := context.WithTimeout(ctx, holdFor)
	defer cancel()
	_ = h.caughtUp(reading) // an error is the end of patience: a sweep finds what is missing
	for more := true; more; {
		var woken []*Session
		h.order.mu.Lock()
		woken, more = h.release(nil, h.order.ripe)
		h.order.mu.Unlock()
		wake(woken)
	}
}
