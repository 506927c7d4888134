package socket

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/notifier/hub"
)

// Bounds of one connection.
const (
	framesPerSecond = 10 // inbound; a faster client is read more slowly
	frameBurst      = 40
	maxAnswers      = 64 // answers waiting to be written
	farewell        = 2 * time.Second
)

// conn is one websocket.
type conn struct {
	door    *Door
	ws      *websocket.Conn
	session *hub.Session
	limiter *rate.Limiter
	writers sync.WaitGroup // at most one
	closers sync.WaitGroup // at most one

	mu      sync.Mutex
	closed  bool
	writing bool     // a goroutine writes
	again   bool     // and must look once more before it ends
	answers [][]byte // frames that are not the hub's
	ping    *time.Timer
	token   *time.Timer // the next thing that happens to the token
	expires time.Time
}

func newConn(d *Door, ws *websocket.Conn) *conn {
	return &conn{door: d, ws: ws, limiter: rate.NewLimiter(framesPerSecond, frameBurst)}
}

// run reads until the connection ends.
func (c *conn) run(ctx context.Context, who auth.User) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer c.end()
	c.ws.SetReadLimit(c.door.config.MaxFrame)
	c.alive()
	c.ws.SetPongHandler(func(string) error { c.alive(); return nil })
	c.send(encode(helloFrame{"hello", c.door.config.Server, int(c.door.config.Heartbeat.Seconds()), c.door.config.Source()}))
	c.every(c.door.config.Heartbeat)
	c.expire(who.Expires)
	for {
		kind, message, err := c.ws.ReadMessage()
		if err != nil {
			c.readEnded(err)
			return
		}
		c.alive()
		if c.limiter.Wait(ctx) != nil {
			return
		}
		if c.isClosed() {
			continue // until the client has seen it, or has had the time to
		}
		if kind != websocket.TextMessage {
			c.refuse(&frameError{Code: "invalid_frame", Detail: "binary message", Hint: "send text messages"})
			continue
		}
		c.handle(ctx, message)
	}
}

// alive moves the moment at which silence ends the connection: two pings and a
// bit without an answer.
func (c *conn) alive() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		_ = c.ws.SetReadDeadline(time.Now().Add(c.door.config.Heartbeat*2 + c.door.config.Heartbeat/2))
	}
}

// readEnded says why the server gave up reading, when it was the server.
func (c *conn) readEnded(err error) {
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		c.close(closeIdle, "idle")
	}
}

// every pings, from the clock's goroutine; the timer is set anew each time, so
// that a stuck peer gets one ping at a time.
func (c *conn) every(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.ping = time.AfterFunc(d, func() {
		if c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(d/2)) == nil {
			c.every(d)
		}
	})
}

// wake is called by the hub when the session has something to tell, or has
// become too slow: the writer may be stuck and would not find out by itself.
func (c *conn) wake() {
	if c.session.Err() != nil {
		c.close(closeSlow, "slow")
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.startWriting()
}

// startWriting wants c.mu held.
func (c *conn) startWriting() {
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

// send queues an answer.
func (c *conn) send(frame []byte) {
	c.mu.Lock()
	tooMany := len(c.answers) >= maxAnswers
	if !tooMany {
		c.answers = append(c.answers, frame)
		c.startWriting()
	}
	c.mu.Unlock()
	if tooMany {
		c.close(closeSlow, "slow")
	}
}

func (c *conn) refuse(e *frameError) {
	c.send(encode(errorFrame{"error", e.ID, e.Code, e.Detail, e.Hint}))
}

// write sends what waits and ends when nothing does.
func (c *conn) write() {
	var buf bytes.Buffer
	for {
		answers := c.takeAnswers()
		items := c.session.Take()
		if len(answers)+len(items) == 0 {
			if c.rest() {
				return
			}
			continue
		}
		for _, a := range answers {
			if !c.writeFrame(a, "answer", time.Time{}) {
				return
			}
		}
		for _, i := range items {
			kind, commit := kindOf(i)
			if !c.writeFrame(encodeItem(&buf, i), kind, commit) {
				return
			}
		}
	}
}

func (c *conn) takeAnswers() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	answers := c.answers
	c.answers, c.again = nil, false
	return answers
}

// rest ends the writer, unless somebody has asked it to look again.
func (c *conn) rest() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.again && !c.closed {
		return false
	}
	c.writing = false
	return true
}

// writeFrame reports whether the connection is still good.
func (c *conn) writeFrame(frame []byte, kind string, commit time.Time) bool {
	_ = c.ws.SetWriteDeadline(time.Now().Add(c.door.config.WriteTimeout))
	if err := c.ws.WriteMessage(websocket.TextMessage, frame); err != nil {
		_ = c.ws.Close() // ends the reader, and with it the connection
		return false
	}
	c.door.config.Metrics.Frame(kind, commit)
	return true
}

func kindOf(i hub.Item) (kind string, commit time.Time) {
	switch i.Kind {
	case hub.Snapshot:
		return "snapshot", time.Time{}
	case hub.Deleted:
		return "deleted", time.Time{}
	case hub.Reset:
		return "reset", time.Time{}
	}
	return "job", i.Change.At
}
