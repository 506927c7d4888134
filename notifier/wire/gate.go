package wire

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Stream is a client's connection as a stop sees it.
type Stream interface {
	Close(code int, reason string) // says goodbye, and does not wait
	Cut()                          // ends it without a word
}

// Gate keeps the streams of all doors of a process, so that one stop ends them.
// The zero value is open.
type Gate struct {
	wg sync.WaitGroup

	mu       sync.Mutex
	stopping bool
	streams  map[Stream]struct{}
}

// Stopping reports whether new clients are refused.
func (g *Gate) Stopping() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stopping
}

// Begin makes Stop wait for one more client, until Done. It reports false when
// there are to be no more.
func (g *Gate) Begin() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.stopping {
		g.wg.Add(1)
	}
	return !g.stopping
}

// Done ends what Begin began.
func (g *Gate) Done() { g.wg.Done() }

// Enter puts a stream among those that Stop closes.
func (g *Gate) Enter(s Stream) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stopping {
		return false
	}
	if g.streams == nil {
		g.streams = map[Stream]struct{}{}
	}
	g.streams[s] = struct{}{}
	return true
}

// Leave takes a stream out.
func (g *Gate) Leave(s Stream) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.streams, s)
}

// stopStep is the shortest time between two closes of a stop: clients come
// back a fixed time after their close, so the spread of the closes is the
// spread of their return.
const stopStep = 5 * time.Millisecond

// Stop closes all streams, evenly over a while, and returns when the last one
// has ended or ctx has. New clients are refused from the start.
func (g *Gate) Stop(ctx context.Context, spread time.Duration) error {
	g.mu.Lock()
	g.stopping = true
	streams := make([]Stream, 0, len(g.streams))
	for s := range g.streams {
		streams = append(streams, s)
	}
	g.mu.Unlock()

	step := time.NewTicker(max(time.Microsecond, min(stopStep, spread/time.Duration(len(streams)+1))))
	defer step.Stop()
	for _, s := range streams {
		s.Close(CloseRestarting, "restarting")
		select {
		case <-step.C:
		case <-ctx.Done():
		}
	}
	ended := make(chan struct{})
	go func() {
		g.wg.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		for _, s := range streams {
			s.Cut()
		}
		<-ended
		return ctx.Err()
	}
}

// AllowedOrigin reports whether a page of this origin may connect: the same
// host, or one of the list. Clients that are no browsers send no origin.
func AllowedOrigin(r *http.Request, list []string) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(list, origin) || slices.Contains(list, "*") {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host)
}
