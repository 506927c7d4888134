package socket

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/notifier/frame"
	"github.com/pgcast/pgcast/notifier/hub"
	"github.com/pgcast/pgcast/notifier/wire"
)

// Inbound frames; a faster client is read more slowly.
const (
	framesPerSecond = 10
	frameBurst      = 40
)

// conn is one websocket.
type conn struct {
	*wire.Conn
	door    *Door
	session *hub.Session
	limiter *rate.Limiter

	mu      sync.Mutex
	ended   bool
	ping    *time.Timer
	token   *time.Timer // the next thing that happens to the token
	expires time.Time
}

func newConn(d *Door, w *wire.Conn) *conn {
	c := &conn{Conn: w, door: d, limiter: rate.NewLimiter(framesPerSecond, frameBurst)}
	w.Serve(d.config.Metrics, d.config.WriteTimeout, c.drain)
	return c
}

// run reads until the connection ends. A frame is served by a goroutine of its
// own, and nothing else is read meanwhile: what serving takes of a stack would
// stay with the reader for as long as the connection lives.
func (c *conn) run(ctx context.Context, who auth.User) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer c.end()
	c.Websocket().SetReadLimit(c.door.config.MaxFrame)
	c.alive()
	c.Websocket().SetPongHandler(func(string) error { c.alive(); return nil })
	c.PacePings(func() bool { c.alive(); return c.limiter.Wait(ctx) == nil })
	c.send(encode(helloFrame{"hello", c.door.config.Server, int(c.door.config.Heartbeat.Seconds()), c.door.config.Source()}))
	c.every(c.door.config.Heartbeat)
	c.expire(who.Expires)
	served := make(chan struct{})
	for {
		kind, message, err := c.Read()
		if err != nil {
			c.ReadEnded(err)
			return
		}
		c.alive()
		go func() {
			c.read(ctx, kind, message)
			served <- struct{}{}
		}()
		<-served
	}
}

// read serves one message.
func (c *conn) read(ctx context.Context, kind int, message []byte) {
	switch {
	case c.limiter.Wait(ctx) != nil || c.Closed(): // nothing is served after a goodbye
	case kind != websocket.TextMessage:
		c.refuse(&frameError{Code: "invalid_frame", Detail: "binary message", Hint: "send text messages"})
	default:
		c.handle(ctx, message)
	}
}

// alive moves the moment at which silence ends the connection: two pings and a
// bit without an answer.
func (c *conn) alive() {
	c.Alive(c.door.config.Heartbeat*2 + c.door.config.Heartbeat/2)
}

// every pings, from the clock's goroutine, and tells where the client is. Of all
// sockets those are pinged together whose turns are near each other: to wake for
// each was most of what silent clients cost.
func (c *conn) every(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || c.Closed() {
		return
	}
	now := time.Now()
	wait := now.Add(d).Truncate(d / turns).Sub(now)
	if c.ping != nil {
		c.ping.Reset(wait)
		return
	}
	c.ping = time.AfterFunc(wait, func() {
		c.Ping()
		c.session.Move()
		c.Wake() // if that has not
		c.every(d)
	})
}

// turns is how many there are between two pings to a client.
const turns = 250

// wake is called by the hub when the session has something to tell, or has
// become too slow: the writer may be stuck and would not find out by itself.
func (c *conn) wake(slow bool) {
	if slow {
		c.Close(wire.CloseSlow, "slow")
		return
	}
	c.Wake()
}

// send queues an answer.
func (c *conn) send(frame []byte) { c.Send(frame, nil) }

func (c *conn) refuse(e *frameError) {
	c.send(encode(errorFrame{"error", e.ID, e.Code, e.Detail, e.Hint}))
}

// drain writes what the hub has to tell.
func (c *conn) drain() {
	if c.session == nil {
		return
	}
	items := c.session.Take()
	if len(items) == 0 {
		return
	}
	buf := buffers.Get().(*bytes.Buffer)
	defer putBuffer(buf)
	for n := range items {
		i := &items[n]
		name, commit := frame.Name(i)
		if !c.Write(frame.Of(buf, i, &i.Subscription), name, commit) {
			return
		}
		i.Done()
	}
	hub.Done(items)
}

// buffers are for frames, which are put together one at a time by however many
// connections have something to say.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxBuffer is how large a buffer may be to be kept.
const maxBuffer = 64 << 10

func putBuffer(b *bytes.Buffer) {
	if b.Cap() <= maxBuffer {
		b.Reset()
		buffers.Put(b)
	}
}
