package hub

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/pgcast/pgcast/internal/job"
)

// The trail of job_events is read beside the source, every second, and more often
// while the source is behind: it fills the ring from which clients resume, moves
// the place that is told to clients, and finds changes of status that the source
// did not bring.
const (
	tailSteps   = ringSteps // read at a time
	tailTimeout = 20 * time.Second
)

// tail follows the trail.
type tail struct {
	ring   ring
	place  atomic.Pointer[place]
	poke   chan struct{}
	behind atomic.Bool   // the source is: what the trail says is told at once
	hurry  chan struct{} // and so is what waits already

	mu      sync.Mutex
	next    *reading  // the one that has not begun
	untold  []stretch // stretches that sessions may not have been told
	arrived chan struct{}
}

// reading is one look at the trail.
type reading struct {
	done chan struct{}
	err  error         // once done
	told chan struct{} // closed when sessions know of it, unless there was an error
}

func newReading() *reading { return &reading{done: make(chan struct{}), told: make(chan struct{})} }

// stretch is a piece of the trail that was read at one time.
type stretch struct {
	trail job.Trail
	at    time.Time
	told  chan struct{}
}

// place is how far all sessions have been told of changes of status.
type place struct {
	mark   job.Mark
	cursor string
}

func newTail() *tail {
	return &tail{poke: make(chan struct{}, 1), hurry: make(chan struct{}, 1), arrived: make(chan struct{}, 1), next: newReading()}
}

// fresh returns when the ring holds everything that was committed before the
// call. Callers at the same time share a reading.
func (t *tail) fresh(ctx context.Context) (*reading, error) {
	t.mu.Lock()
	r := t.next
	t.mu.Unlock()
	poke(t.poke)
	select {
	case <-r.done:
		return r, r.err
	case <-ctx.Done():
		return r, ctx.Err()
	}
}

// caughtUp returns when every session has been told the changes of status that
// were committed before the call. It gives up only when ctx ends.
func (h *Hub) caughtUp(ctx context.Context) error {
	r, err := backoff.Retry(ctx, func() (*reading, error) { return h.tail.fresh(ctx) },
		backoff.WithBackOff(resyncBackoff()), backoff.WithMaxElapsedTime(0))
	if err != nil {
		return err
	}
	select {
	case <-r.told:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // one is due already
	}
}

// follow reads the trail until ctx ends.
func (h *Hub) follow(ctx context.Context) error {
	ticker := time.NewTicker(h.config.TailEvery)
	defer ticker.Stop()
	said := ""
	for ctx.Err() == nil {
		err := h.readTrail(ctx)
		if err != nil && ctx.Err() == nil && err.Error() != said {
			h.config.Log.Warn("trail not read", "error", err)
			said = err.Error()
		}
		if err == nil {
			said = ""
		}
		select {
		case <-ctx.Done():
		case <-h.tail.poke:
		case <-ticker.C:
		}
	}
	return nil
}

func (h *Hub) readTrail(ctx context.Context) error {
	t := h.tail
	t.mu.Lock()
	current := t.next
	t.next = newReading()
	t.mu.Unlock()
	defer close(current.done)
	ctx, cancel := context.WithTimeout(ctx, tailTimeout)
	defer cancel()

	trail, err := h.nextTrail(ctx)
	if err != nil {
		current.err = fmt.Errorf("read the trail: %w", err)
		return current.err
	}
	t.mu.Lock()
	t.untold = append(t.untold, stretch{trail, time.Now(), current.told})
	t.mu.Unlock()
	poke(t.arrived)
	return nil
}

// nextTrail goes on from the end of the ring. Where that cannot be, at the start
// and when too much has happened, the ring begins anew with the recent past.
func (h *Hub) nextTrail(ctx context.Context) (job.Trail, error) {
	ring := &h.tail.ring
	end := ring.end()
	if end.Database != "" {
		trail, err := h.config.Jobs.Trail(ctx, job.UserID{}, end, tailSteps)
		if err != nil {
			return trail, err
		}
		if trail.Whole {
			ring.follow(trail, time.Now())
			return trail, nil
		}
	}
	trail, err := h.config.Jobs.RecentTrail(ctx, ringFor, ringSteps)
	if err != nil {
		return trail, err
	}
	ring.restart(trail, time.Now())
	trail.Whole = end.Database == "" // at the start nobody was told of anything before
	return trail, nil
}
