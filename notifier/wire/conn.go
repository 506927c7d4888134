package wire

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Bounds of one connection.
const (
	maxAnswers = 512 // waiting to be written; a client that asks and does not read is slow
	maxControl = 4 << 10
	farewell   = 2 * time.Second

	maxSwallowed = 16 << 20 // bytes of a message that is too long
)

// Metrics is what connections count.
type Metrics interface {
	Frame(kind string, commit time.Time) // written; commit is zero when not known
	Closed(code int)                     // by the server
}

// Conn is one websocket. While nothing happens it costs what its reader does, and
// while its client reads what comes, whoever brings something writes it. Where
// that would have to wait, a goroutine does.
type Conn struct {
	mu      sync.Mutex
	closed  bool
	writing bool           // somebody writes
	again   bool           // and must look once more before that ends
	control []byte         // frames of control that are due
	answers []answer       // frames that are not the hub's
	writers sync.WaitGroup // at most one
	drain   func()
	metrics Metrics
	sink    sink

	ws      *websocket.Conn
	timeout time.Duration  // of writing a piece of what waits
	closers sync.WaitGroup // at most one
}

// answer is a frame, and what happens when it has been written.
type answer struct {
	frame []byte
	then  func()
}

// Serve sets up what is written. drain writes, with Write, all that else waits
// for the client. It is called by one goroutine at a time, as is each then of
// Send: by one of its own, or by that which calls Wake.
func (c *Conn) Serve(m Metrics, timeout time.Duration, drain func()) {
	c.metrics, c.timeout, c.drain = m, timeout, drain
}

// Read reads one message.
func (c *Conn) Read() (kind int, message []byte, err error) { return c.ws.ReadMessage() }

// Websocket is the connection underneath, to be set up before it is used.
func (c *Conn) Websocket() *websocket.Conn { return c.ws }

// Alive moves the moment at which silence ends the connection.
func (c *Conn) Alive(silence time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		_ = c.ws.SetReadDeadline(time.Now().Add(silence))
	}
}

// ReadEnded says why the server gave up reading, when it was the server.
func (c *Conn) ReadEnded(err error) {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, websocket.ErrReadLimit):
		c.swallow()
	case errors.As(err, &timeout) && timeout.Timeout():
		c.Close(CloseIdle, "idle")
	}
}

// swallow lets a client that sends too long a message get to its end, up to a
// point: one whose connection is reset while it sends never reads the code that
// says why.
func (c *Conn) swallow() {
	c.mu.Lock()
	c.closed = true // with 1009, as the library has said
	c.mu.Unlock()
	c.metrics.Closed(websocket.CloseMessageTooBig)
	_ = c.ws.SetReadDeadline(time.Now().Add(farewell))
	_, _ = io.Copy(io.Discard, io.LimitReader(c.ws.NetConn(), maxSwallowed))
}

// Ping has a ping go out with whatever else is written next; Wake writes it.
func (c *Conn) Ping() { c.due(pingFrame, "") }

// due adds a frame of control to those that go out next. A client that takes none
// gets no more.
func (c *Conn) due(kind byte, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.control) < maxControl {
		c.control = append(append(c.control, kind, byte(len(text))), text...)
	}
}

// PacePings answers the client's pings no faster than allow lets it; false from
// allow ends the reader.
func (c *Conn) PacePings(allow func() bool) {
	c.ws.SetPingHandler(func(text string) error {
		if !allow() {
			return net.ErrClosed
		}
		c.due(pongFrame, text)
		c.WakeLater() // what writing takes of a stack would stay with the reader
		return nil
	})
}

// Wake writes what waits, at once if that is possible without waiting. Whoever
// calls it holds no lock that drain takes.
func (c *Conn) Wake() {
	c.mu.Lock()
	begun := c.begin()
	c.mu.Unlock()
	if !begun {
		return
	}
	if !c.sink.tryHold() {
		go c.write()
		return
	}
	c.gather()
	if !c.flush() || !c.rest() {
		go c.write()
	}
}

// WakeLater is Wake for what takes long to put together: a goroutine does it.
func (c *Conn) WakeLater() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.begin() {
		go c.write()
	}
}

// begin makes the caller the one that writes, until rest, unless somebody does
// already; c.mu is held.
func (c *Conn) begin() bool {
	if c.writing {
		c.again = true
		return false
	}
	if c.closed {
		return false
	}
	c.writing = true
	c.writers.Add(1)
	return true
}

// Send queues a frame, nil for none, and what is to be done by the writer when it
// has been written; nil: nothing.
func (c *Conn) Send(frame []byte, then func()) {
	c.mu.Lock()
	queued := c.queue(answer{frame, then})
	if queued && c.begin() {
		go c.write()
	}
	c.mu.Unlock()
	if !queued {
		c.Close(CloseSlow, "slow")
	}
}

// Answer is Send of a frame that may be written there and then, as with Wake.
func (c *Conn) Answer(frame []byte) {
	c.mu.Lock()
	queued := c.queue(answer{frame: frame})
	c.mu.Unlock()
	if queued {
		c.Wake()
	} else {
		c.Close(CloseSlow, "slow")
	}
}

// queue reports whether there is room for one more; c.mu is held.
func (c *Conn) queue(a answer) bool {
	if len(c.answers) >= maxAnswers {
		return false
	}
	c.answers = append(c.answers, a)
	return true
}

// write sends what waits and ends when nothing does. What waits together goes
// out together.
func (c *Conn) write() {
	for {
		c.sink.hold(c.timeout)
		c.gather()
		if c.flush() && c.rest() {
			return
		}
	}
}

// flush reports whether everything is written that will be.
func (c *Conn) flush() bool {
	all, err := c.sink.flush()
	if err != nil {
		c.Cut() // ends the reader, and with it the connection
	}
	return all
}

// gather puts what waits into the sink.
func (c *Conn) gather() {
	answers, control := c.takeAnswers()
	c.sink.control(control)
	for _, a := range answers {
		if a.frame != nil {
			c.Write(a.frame, "answer", time.Time{})
		}
		if a.then != nil {
			a.then()
		}
	}
	c.drain()
}

func (c *Conn) takeAnswers() (answers []answer, control []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	answers, control = c.answers, c.control
	c.answers, c.control, c.again = nil, nil, false
	return answers, control
}

// rest ends the writing, unless somebody has asked to look again.
func (c *Conn) rest() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.again && (!c.closed || len(c.answers) > 0) {
		return false
	}
	c.writing = false
	c.writers.Done()
	return true
}

// Write sends a text message and reports whether the connection is still good.
// It is for drain alone.
func (c *Conn) Write(frame []byte, kind string, commit time.Time) bool {
	if c.sink.add(frame) != nil {
		return false
	}
	c.metrics.Frame(kind, commit)
	return true
}
