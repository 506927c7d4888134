package e2e

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// bucket is the storage server with traps in it: a request that steps into one
// is held in the middle of its body, so that whoever sent it can be killed at
// that very place.
type bucket struct {
	files http.Handler

	mu    sync.Mutex
	traps []*trap
}

// trap holds the first request that matches.
type trap struct {
	matches func(*http.Request) bool
	caught  chan struct{} // closed when a request is held
	opened  chan struct{} // closed when it may go on
	settled chan struct{} // closed when the request has been answered, or its sender was gone
	open    func()
}

// The places of a processor's work that the storage server sees.
func readsInput(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/input.csv")
}

func storesResult(r *http.Request) bool {
	return r.Method != http.MethodGet && strings.Contains(r.URL.Path, "/runs/") && strings.HasSuffix(r.URL.Path, "/forecast.csv")
}

func publishes(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/object/copy") }

func (b *bucket) trap(t *testing.T, matches func(*http.Request) bool) *trap {
	t.Helper()
	tr := &trap{matches: matches, caught: make(chan struct{}), opened: make(chan struct{}), settled: make(chan struct{})}
	tr.open = sync.OnceFunc(func() { close(tr.opened) })
	t.Cleanup(tr.open)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.traps = append(b.traps, tr)
	return tr
}

// release lets go what was caught and waits for its end. A trap that is still
// empty catches nothing any more.
func (b *bucket) release(tr *trap) {
	tr.open()
	b.mu.Lock()
	for i, other := range b.traps {
		if other == tr {
			b.traps = append(b.traps[:i], b.traps[i+1:]...)
			b.mu.Unlock()
			return
		}
	}
	b.mu.Unlock()
	<-tr.settled
}

// step returns the trap that a request steps into, nil for none.
func (b *bucket) step(r *http.Request) *trap {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, tr := range b.traps {
		if tr.matches(r) {
			b.traps = append(b.traps[:i], b.traps[i+1:]...)
			return tr
		}
	}
	return nil
}

func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	tr := b.step(r)
	if tr == nil {
		b.files.ServeHTTP(w, r)
		return
	}
	defer close(tr.settled)
	if r.ContentLength == 0 {
		close(tr.caught)
		<-tr.opened
	} else {
		r.Body = &heldBody{ReadCloser: r.Body, trap: tr}
	}
	b.files.ServeHTTP(w, r)
}

// heldBody stops after its first byte until the trap opens.
type heldBody struct {
	io.ReadCloser
	trap *trap
	read bool
	once sync.Once
}

func (h *heldBody) Read(p []byte) (int, error) {
	if !h.read && len(p) > 0 {
		h.read = true
		return h.ReadCloser.Read(p[:1])
	}
	h.once.Do(func() {
		close(h.trap.caught)
		<-h.trap.opened
	})
	return h.ReadCloser.Read(p)
}
