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
	farewell   = 2 * time.Second

	pongPatience = time.Second

	maxSwallowed = 16 << 20 // bytes of a message that is too long
)

// Metrics is what connections count.
type Metrics interface {
	Frame(kind string, commit time.Time) // written; commit is zero when not known
	Closed(code int)                     // by the server
}

// Conn is one websocket. While nothing happens it costs what its reader does; a
// goroutine writes while there is something to write.
type Conn struct {
	ws      *websocket.Conn
	cork    *cork
	metrics Metrics
	timeout time.Duration // of writing one frame
	drain   func() bool
	writers sync.WaitGroup // at most one
	closers sync.WaitGroup // at most one

	mu      sync.Mutex
	closed  bool
	writing bool     // a goroutine writes
	again   bool     // and must look once more before it ends
	answers []answer // frames that are not the hub's
}

// answer is a frame, and what happens when it has been written.
type answer struct {
	frame []byte
	then  func()
}

// Serve sets up what is written. drain writes, with Write, what else waits for
// the client and reports whether there was something; it is called from one
// goroutine at a time, which is that of each then of Send.
func (c *Conn) Serve(m Metrics, timeout time.Duration, drain func() bool) {
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

// Ping sends a ping, and reports whether that went well within d.
func (c *Conn) Ping(d time.Duration) bool {
	return c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(d)) == nil
}

// PacePings answers the client's pings no faster than allow lets it; false from
// allow ends the reader.
func (c *Conn) PacePings(allow func() bool) {
	c.ws.SetPingHandler(func(text string) error {
		if !allow() {
			return net.ErrClosed
		}
		_ = c.ws.WriteControl(websocket.PongMessage, []byte(text), time.Now().Add(pongPatience))
		return nil
	})
}

// Wake makes sure that drain is called.
func (c *Conn) Wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.startWriting()
}

// startWriting wants c.mu held.
func (c *Conn) startWriting() {
	if c.writing {
		c.again = true
		return
	}
	if c.closed {
		return
	}
	c.writing = true
	c.writers.Go(c.write)
}

// Send queues a frame, nil for none, and what is to be done in the writer's
// goroutine when it has been written; nil: nothing.
func (c *Conn) Send(frame []byte, then func()) {
	c.mu.Lock()
	tooMany := len(c.answers) >= maxAnswers
	if !tooMany {
		c.answers = append(c.answers, answer{frame, then})
		c.startWriting()
	}
	c.mu.Unlock()
	if tooMany {
		c.Close(CloseSlow, "slow")
	}
}

// write sends what waits and ends when nothing does. What waits together goes
// out together.
func (c *Conn) write() {
	for {
		answers := c.takeAnswers()
		c.cork.hold()
		for _, a := range answers {
			if a.frame != nil {
				c.Write(a.frame, "answer", time.Time{})
			}
			if a.then != nil {
				a.then()
			}
		}
		more := c.drain()
		if c.cork.flush() != nil {
			c.Cut() // ends the reader, and with it the connection
			more = false
		}
		if len(answers) == 0 && !more && c.rest() {
			return
		}
	}
}

func (c *Conn) takeAnswers() []answer {
	c.mu.Lock()
	defer c.mu.Unlock()
	answers := c.answers
	c.answers, c.again = nil, false
	return answers
}

// rest ends the writer, unless somebody has asked it to look again.
func (c *Conn) rest() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.again && !c.closed {
		return false
	}
	c.writing = false
	return true
}

// Write sends a text message and reports whether the connection is still good.
// It is for drain alone.
func (c *Conn) Write(frame []byte, kind string, commit time.Time) bool {
	_ = c.ws.SetWriteDeadline(time.Now().Add(c.timeout))
	if err := c.ws.WriteMessage(websocket.TextMessage, frame); err != nil {
		c.Cut()
		return false
	}
	c.metrics.Frame(kind, commit)
	return true
}

// Close says goodbye with a code. The reader goes on until the client has
// answered or has had the time to: a connection cut earlier could take the
// code with it.
func (c *Conn) Close(code int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	c.metrics.Closed(code) // before the client can know
	c.closers.Go(func() {
		message := websocket.FormatCloseMessage(code, reason)
		if c.ws.WriteControl(websocket.CloseMessage, message, time.Now().Add(farewell)) != nil {
			c.Cut() // the peer takes nothing any more
		}
		_ = c.ws.SetReadDeadline(time.Now().Add(farewell))
	})
}

// Closed reports whether goodbye has been said.
func (c *Conn) Closed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// Cut ends the connection without a word.
func (c *Conn) Cut() { _ = c.ws.Close() }

// Linger gives a client that was refused the time to read why.
func (c *Conn) Linger() {
	defer c.End()
	_ = c.ws.SetReadDeadline(time.Now().Add(farewell))
	for {
		if _, _, err := c.ws.NextReader(); err != nil {
			return
		}
	}
}

// End cleans up behind the reader.
func (c *Conn) End() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.closers.Wait()
	c.Cut()
	c.writers.Wait()
}
