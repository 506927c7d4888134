package realtime

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/notifier/hub"
	"github.com/pgcast/pgcast/notifier/wire"
)

// Bounds of one connection. Faster clients are read more slowly.
const (
	framesPerSecond = 50
	frameBurst      = 200
	joinsPerSecond  = 20
	joinBurst       = 100
	maxChannels     = 100
	patience        = 10 * time.Second // of one frame with the database and the keys
)

// conn is one websocket.
type conn struct {
	*wire.Conn
	v     serializer
	views []*view     // the writer's: what is shown, one for each topic
	heavy atomic.Bool // to put together what they show may take long

	mu       sync.Mutex
	ended    bool
	sessions []*session
	channels []*channel        // joined, one for each topic; a list takes less than a map
	parked   map[string]parked // whose token has ended
	clock    *time.Timer       // the next thing that happens to a token

	// The reader's.
	frames, joins *rate.Limiter
	lastID        int       // of a binding
	awaited       time.Time // until when a join has waited for a source

	door   *Door
	apikey auth.User // whom channels without a token speak for
}

// session is the place in the hub of one identity, for all channels that show
// it.
type session struct {
	*hub.Session
	uses int // by channels and views; guarded by conn.mu
}

func newConn(d *Door, w *wire.Conn, v serializer, who auth.User) *conn {
	c := &conn{Conn: w, door: d, v: v, apikey: who,
		frames: rate.NewLimiter(framesPerSecond, frameBurst), joins: rate.NewLimiter(joinsPerSecond, joinBurst)}
	w.Serve(d.config.Metrics, d.config.WriteTimeout, c.drain)
	return c
}

// run reads until the connection ends. A frame is served by a goroutine of its
// own, and nothing else is read meanwhile: what serving takes of a stack would
// stay with the reader for as long as the connection lives.
func (c *conn) run() {
	defer c.end()
	c.Websocket().SetReadLimit(c.door.config.MaxFrame)
	c.PacePings(func() bool { c.Alive(c.door.config.Silence); return c.frames.Wait(context.Background()) == nil })
	served := make(chan struct{})
	for {
		c.Alive(c.door.config.Silence)
		kind, frame, err := c.Read()
		if err != nil {
			c.ReadEnded(err)
			return
		}
		go func() {
			c.read(kind, frame)
			served <- struct{}{}
		}()
		<-served
	}
}

// read serves one frame. What is not understood is dropped: it names nobody
// to answer.
func (c *conn) read(kind int, frame []byte) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if c.frames.Wait(ctx) != nil || c.Closed() { // nothing is served after a goodbye
		return
	}
	var m message
	var err error
	switch {
	case kind == websocket.TextMessage:
		m, err = c.v.text(frame)
	case c.v == 2:
		m, err = binary(frame)
	default:
		err = errGarbage
	}
	if err != nil {
		c.door.config.Metrics.Refused("invalid_frame")
		return
	}
	c.handle(ctx, m)
}

// end cleans up behind the reader.
func (c *conn) end() {
	c.mu.Lock()
	c.ended = true
	if c.clock != nil {
		c.clock.Stop()
	}
	sessions := c.sessions
	c.sessions, c.channels, c.parked = nil, nil, nil
	c.mu.Unlock()
	for _, s := range sessions {
		s.Close()
	}
	c.End()
}

// answer is a reply to a message that wants one.
func (c *conn) answer(m message, status string, response any, then func()) {
	if m.ref == nil {
		if then != nil {
			c.Send(nil, then)
		}
		return
	}
	c.Send(c.reply(m, encoded(map[string]any{"status": status, "response": response})), then)
}

func (c *conn) reply(m message, payload json.RawMessage) []byte {
	return c.v.encode(message{joinRef: m.joinRef, ref: m.ref, topic: m.topic, event: eventReply, payload: payload})
}

// fine is the payload of an answer with nothing in it.
var fine = encoded(map[string]any{"status": "ok", "response": none})

// refuse answers with an error.
func (c *conn) refuse(m message, word, why string) {
	c.door.config.Metrics.Refused(word)
	c.answer(m, "error", map[string]string{"reason": why}, nil)
}

// none is the empty response.
var none = struct{}{}

// system tells a channel about itself.
func (c *conn) system(topic, extension, status, text string) {
	c.Send(c.v.encode(message{topic: topic, event: eventSystem, payload: systemPayload(topic, extension, status, text)}), nil)
}

func systemPayload(topic, extension, status, text string) json.RawMessage {
	return encoded(map[string]string{"extension": extension, "status": status, "message": text, "channel": channelName(topic)})
}

// use finds or makes the session of an identity, and waits until it hears of
// changes.
func (c *conn) use(ctx context.Context, v hub.Viewer) (*session, error) {
	c.mu.Lock()
	for _, s := range c.sessions {
		if s.Viewer() == v {
			s.uses++
			c.mu.Unlock()
			return s, nil
		}
	}
	c.mu.Unlock()
	s := &session{uses: 1}
	var err error
	if s.Session, err = c.door.config.Hub.OpenRows(v, c.wake); err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.sessions = append(c.sessions, s) // the writer takes the snapshot, which nobody asked for
	c.mu.Unlock()
	if err := s.Subscribe(ctx, 1, hub.Interest{All: true}); err != nil {
		c.release(s)
		return nil, err
	}
	return s, nil
}

// wake is called by the hub when a session has something to tell, or has become
// too slow: the writer may be stuck and would not find out by itself.
func (c *conn) wake(slow bool) {
	if slow {
		c.Close(wire.CloseSlow, "slow")
		return
	}
	if c.heavy.Load() {
		c.WakeLater()
	} else {
		c.Wake()
	}
}

// release ends one use of a session, and with the last one the session.
func (c *conn) release(s *session) {
	if s == nil {
		return
	}
	c.mu.Lock()
	s.uses--
	last := s.uses == 0
	for i := range c.sessions {
		if last && c.sessions[i] == s {
			c.sessions = append(c.sessions[:i:i], c.sessions[i+1:]...)
			break
		}
	}
	c.mu.Unlock()
	if last {
		s.Close()
	}
}
