package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

// Upgrade makes a websocket of a request; the answer to one that is refused is
// the upgrader's.
func Upgrade(u *websocket.Upgrader, w http.ResponseWriter, r *http.Request) (*Conn, error) {
	c := &Conn{}
	var err error
	c.ws, err = u.Upgrade(&hijacker{w, &c.sink}, r, nil)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// hijacker puts a sink around the connection that is taken from a server.
type hijacker struct {
	http.ResponseWriter
	sink *sink
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	h.sink.around(conn)
	return h.sink, rw, err
}

// sink is where frames go. It gathers them, so that several leave in one system
// call, the dearest part of telling a client something. And it writes without waiting, where
// the connection allows that: then nobody needs a goroutine to be told something,
// unless its client is slow.
type sink struct {
	mu       sync.Mutex
	over     bool            // goodbye was said: nothing comes after it
	held     *[]byte         // gathered; nil while every write goes through
	sent     int             // of held
	patience time.Duration   // of writing what is gathered, a piece at a time; 0: what would have to wait stays
	err      error           // of a write
	raw      syscall.RawConn // nil of one that encrypts: there every write may wait

	net.Conn
	deadline atomic.Int64 // of frames of control, in nanoseconds of Unix; 0: none
}

func (s *sink) around(conn net.Conn) {
	s.Conn = conn
	if socket, ok := conn.(syscall.Conn); ok {
		s.raw, _ = socket.SyscallConn() // nil with an error
	}
}

// most is about how much is gathered, and is written at a time, in bytes.
const most = 16 << 10

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, most); return &b }}

// tryHold gathers what is written from now on, to be written without waiting. It
// does not where somebody is waiting for the client just now.
func (s *sink) tryHold() bool {
	if s.raw == nil || !s.mu.TryLock() {
		return false
	}
	defer s.mu.Unlock()
	s.gather(0)
	return true
}

// hold gathers what is written from now on. To write a piece of it may take so
// long.
func (s *sink) hold(patience time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gather(patience)
}

func (s *sink) gather(patience time.Duration) {
	s.patience = patience
	if s.held == nil {
		s.held = buffers.Get().(*[]byte)
	}
}

// The first bytes of frames of the server: the only one, and its kind.
const (
	textFrame = 0x80 | websocket.TextMessage
	pingFrame = 0x80 | websocket.PingMessage
	pongFrame = 0x80 | websocket.PongMessage
	goodbye   = 0x80 | websocket.CloseMessage
)

// control gathers frames of control, whole ones.
func (s *sink) control(frames []byte) {
	if len(frames) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.good() == nil {
		*s.held = append(*s.held, frames...)
	}
}

// add gathers a text frame.
func (s *sink) add(text []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.good(); err != nil {
		return err
	}
	b := append(*s.held, textFrame)
	switch n := len(text); { // RFC 6455, section 5.2
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	*s.held = append(b, text...)
	if len(*s.held) > most {
		s.write()
	}
	return s.err
}

var errOver = errors.New("wire: goodbye was said")

func (s *sink) good() error {
	if s.over {
		return errOver
	}
	return s.err
}

// flush writes what was gathered and reports whether that was all: the rest of
// what could not wait stays until the next hold.
func (s *sink) flush() (all bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write()
	if s.err == nil && len(*s.held) > 0 {
		return false, nil
	}
	if cap(*s.held) <= 2*most {
		*s.held = (*s.held)[:0]
		buffers.Put(s.held)
	}
	s.held, s.sent = nil, 0
	return true, s.err
}

// write empties what is held, as far as it may; s.mu is held.
func (s *sink) write() {
	for s.err == nil && s.sent < len(*s.held) {
		piece := (*s.held)[s.sent:min(s.sent+most, len(*s.held))]
		n := 0
		if s.patience == 0 {
			if n, s.err = try(s.raw, piece); n == 0 {
				return
			}
		} else {
			until := time.Now().Add(s.patience)
			if at := s.deadline.Load(); at != 0 && at < until.UnixNano() { // goodbye waits behind this
				until = time.Unix(0, at)
			}
			_ = s.Conn.SetWriteDeadline(until)
			n, s.err = s.Conn.Write(piece)
			_ = s.Conn.SetWriteDeadline(time.Time{})
		}
		s.sent += n
	}
	*s.held, s.sent = (*s.held)[:0], 0
}

// Write implements net.Conn. What comes in here is the handshake and frames of
// control, each whole.
func (s *sink) Write(b []byte) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.good(); err != nil {
		return 0, err
	}
	s.over = len(b) > 0 && b[0] == goodbye
	if s.held != nil {
		*s.held = append(*s.held, b...)
		return len(b), nil
	}
	if at := s.deadline.Load(); at != 0 { // a flush may have ended it meanwhile
		_ = s.Conn.SetWriteDeadline(time.Unix(0, at))
	}
	n, s.err = s.Conn.Write(b)
	_ = s.Conn.SetWriteDeadline(time.Time{})
	return n, s.err
}

// SetWriteDeadline implements net.Conn. It is for the next frame of control, and
// moves the end of a write that hangs.
func (s *sink) SetWriteDeadline(t time.Time) error {
	at := int64(0)
	if !t.IsZero() {
		at = t.UnixNano()
	}
	s.deadline.Store(at)
	return s.Conn.SetWriteDeadline(t)
}

// attempt is a write that does not wait.
type attempt struct {
	bytes []byte
	n     int
	err   error
	run   func(fd uintptr)
}

var attempts = sync.Pool{New: func() any {
	a := &attempt{}
	a.run = func(fd uintptr) { a.n, a.err = syscall.Write(int(fd), a.bytes) }
	return a
}}

// try writes what the socket takes at once, maybe nothing.
func try(raw syscall.RawConn, b []byte) (n int, err error) {
	a := attempts.Get().(*attempt)
	defer attempts.Put(a)
	a.bytes, a.n, a.err = b, 0, nil
	err = raw.Control(a.run) // who may wait, as by Write, asks the poller first
	a.bytes = nil
	switch {
	case err != nil:
		return 0, err
	case errors.Is(a.err, syscall.EAGAIN), errors.Is(a.err, syscall.EINTR):
		return 0, nil
	case a.err != nil:
		return 0, a.err
	}
	return a.n, nil
}
