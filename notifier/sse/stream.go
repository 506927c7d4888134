package sse

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/pgcast/pgcast/notifier/frame"
	"github.com/pgcast/pgcast/notifier/hub"
	"github.com/pgcast/pgcast/notifier/wire"
)

// stream is one client. The server's goroutine writes; others only wake it, or
// make what it writes fail.
type stream struct {
	door    *Door
	w       http.ResponseWriter
	control *http.ResponseController
	who     identity
	session *hub.Session
	text    bytes.Buffer // written at once
	encoded bytes.Buffer
	last    string // the cursor that the client has

	interest hub.Interest
	anew     bool // the client has been told to forget what it has, and a snapshot is to follow

	wake    chan struct{}
	goodbye chan string // why a stop ends the stream

	mu    sync.Mutex
	over  bool
	cutAt time.Time // nothing is written after it; zero: no end
}

func newStream(d *Door, w http.ResponseWriter, who identity) *stream {
	return &stream{door: d, w: w, control: http.NewResponseController(w), who: who,
		wake: make(chan struct{}, 1), goodbye: make(chan string, 1)}
}

// wakeUp is called by the hub when there is something to tell, or when the
// session has become too slow: the writer may be stuck and would not find out.
func (s *stream) wakeUp(slow bool) {
	select {
	case s.wake <- struct{}{}:
	default:
	}
	if slow {
		s.Cut()
	}
}

// Close ends the stream, after what is being written.
func (s *stream) Close(code int, reason string) {
	select {
	case s.goodbye <- reason:
		s.door.config.Metrics.Closed(code)
	default:
	}
}

// Cut ends the stream also while it writes to a client that takes nothing.
func (s *stream) Cut() {
	s.Close(wire.CloseSlow, "slow")
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		s.cutAt = time.Now().Add(farewell)
		_ = s.control.SetWriteDeadline(s.cutAt)
	}
}

// farewell is how long the last words may take.
const farewell = 2 * time.Second

// run writes until the stream ends.
func (s *stream) run(ctx context.Context, method string, first []hub.Item) {
	defer s.end()
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-cache, no-store, no-transform")
	h.Set("X-Accel-Buffering", "no")
	h.Set("Connection", "close") // the deadline of the last write would stay with it
	s.w.WriteHeader(http.StatusOK)
	if method == http.MethodHead {
		return
	}
	s.retry(time.Second)
	if s.who.pass != "" { // before anything else: a client that is cut now comes back as well
		s.id(s.last)
		s.text.WriteString("\n")
	}
	ping := time.NewTicker(s.door.config.Ping)
	defer ping.Stop()
	warn := time.NewTimer(life(s.who) - s.door.config.Warning)
	defer warn.Stop()
	end := time.NewTimer(life(s.who))
	defer end.Stop()
	if !s.tell(first) {
		return
	}
	for {
		if s.anew && !s.again(ctx) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case reason := <-s.goodbye:
			s.part(reason)
			return
		case <-end.C:
			s.door.config.Metrics.Closed(wire.CloseToken)
			s.part("token_expired")
			return
		case <-warn.C:
			s.event("token_expiring", "", frame.Expiring(life(s.who)))
		case <-ping.C:
			if !s.ping() {
				return
			}
		case <-s.wake:
		}
		if !s.tell(s.session.Take()) {
			return
		}
	}
}

// chunk is about how much is gathered into one write.
const chunk = 32 << 10

// kept is how much a silent stream keeps to write into: it is silent for most of
// its life.
const kept = 512

// tell sends items and whatever else waits, in as few writes as is good.
func (s *stream) tell(items []hub.Item) (ok bool) {
	for n := range items {
		answered := n+1 < len(items) && items[n+1].Kind == hub.Snapshot
		s.anew = s.anew || items[n].Kind == hub.Reset && !answered
		s.add(&items[n])
		items[n].Done()
		if s.text.Len() > chunk && !s.flush() {
			return false
		}
	}
	hub.Done(items)
	return s.flush()
}

// again tells the present state.
func (s *stream) again(ctx context.Context) (ok bool) {
	s.anew, s.interest.Cursor = false, ""
	items, _, ok := s.door.begin(ctx, s.session, s.interest)
	if !ok {
		s.part("the present state cannot be read")
		return false
	}
	return s.tell(items)
}

func (s *stream) add(i *hub.Item) {
	name, commit := frame.Name(i)
	cursor := i.Cursor
	i.Cursor = "" // it is the id of the event
	if i.Kind == hub.Resumed || i.Kind == hub.Moved {
		s.place(cursor)
	} else {
		s.event(name, cursor, frame.Of(&s.encoded, i, nil))
	}
	s.door.config.Metrics.Frame(name, commit)
}

// event adds one event. Its data has no line breaks: it is compact JSON.
func (s *stream) event(name, cursor string, data []byte) {
	if cursor != "" {
		s.id(cursor)
	}
	fmt.Fprintf(&s.text, "event: %s\ndata: %s\n\n", name, data)
}

// place moves the client's place without an event: a browser keeps an id that
// comes with no data (WHATWG HTML, 9.2.6), and calls nobody.
func (s *stream) place(cursor string) {
	if cursor != "" && cursor != s.last {
		s.id(cursor)
		s.text.WriteString("\n")
	}
}

// id writes the place from which the client comes back, with the pass that lets
// it in.
func (s *stream) id(cursor string) {
	s.last = cursor
	s.text.WriteString("id: " + cursor)
	if s.who.pass != "" {
		s.text.WriteString(passMark + s.who.pass)
	}
	s.text.WriteByte('\n')
}

// ping keeps the proxies on the way from thinking that nobody is there, and
// moves the place of a client to whom nothing happens.
func (s *stream) ping() (ok bool) {
	cursor := s.session.Place() // holds once what is queued now has been told
	ok = s.tell(s.session.Take())
	s.text.WriteString(": ping\n\n")
	s.place(cursor)
	return ok
}

// retry tells a browser after how long it is to come back: each another time,
// so that they do not come all at once.
func (s *stream) retry(least time.Duration) {
	fmt.Fprintf(&s.text, "retry: %d\n\n", (least + rand.N(2*least)).Milliseconds())
}

// part says goodbye.
func (s *stream) part(reason string) {
	s.retry(time.Second)
	fmt.Fprintf(&s.text, ": %s\n\n", strings.ReplaceAll(reason, "\n", " "))
	s.flush()
}

// flush writes what was gathered, and reports whether the stream is still good.
func (s *stream) flush() bool {
	if s.text.Len() == 0 {
		return true
	}
	s.mu.Lock()
	deadline := time.Now().Add(s.door.config.WriteTimeout)
	if !s.cutAt.IsZero() && s.cutAt.Before(deadline) {
		deadline = s.cutAt
	}
	_ = s.control.SetWriteDeadline(deadline)
	s.mu.Unlock()
	_, err := s.w.Write(s.text.Bytes())
	if err == nil {
		err = s.control.Flush()
	}
	if s.text.Reset(); s.text.Cap() > kept || s.encoded.Cap() > kept {
		s.text, s.encoded = bytes.Buffer{}, bytes.Buffer{}
	}
	return err == nil
}

// end leaves the connection to the server.
func (s *stream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
}
