package realtime

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/notifier/hub"
)

// topicPrefix is what client libraries put before the name of a channel.
const topicPrefix = "realtime:"

func channelName(topic string) string { return strings.TrimPrefix(topic, topicPrefix) }

// channel is a joined one; guarded by conn.mu.
type channel struct {
	topic   string
	joinRef json.RawMessage // a copy: the frame it came in is not kept
	view    *view
	who     auth.User
	ack     bool // its client waits for answers to broadcasts
	warned  bool // of the end of its token
	told    bool // that broadcasts go nowhere
}

// handle serves one message.
func (c *conn) handle(ctx context.Context, m message) {
	if m.topic == socketTopic {
		if m.event == eventHeartbeat {
			m.joinRef = nil
			c.answer(m, "ok", none, nil)
		}
		return
	}
	if m.event == eventJoin {
		if c.joins.Wait(ctx) == nil {
			c.join(ctx, m)
		}
		return
	}
	c.mu.Lock()
	ch := c.joined(m.topic)
	c.mu.Unlock()
	switch current := ch != nil && (m.joinRef == nil || bytes.Equal(m.joinRef, ch.joinRef)); {
	case m.event == eventLeave && !current:
		c.answer(m, "ok", none, nil) // it is not there: as wished
	case ch == nil:
		c.answer(m, "error", map[string]string{"reason": "unmatched topic"}, nil)
	case !current: // of a life of the channel that has ended
	case m.event == eventLeave:
		c.leave(m, ch)
	case m.event == eventToken:
		c.refresh(ctx, m, ch)
	case m.event == eventBroadcast:
		c.broadcast(m, ch)
	case m.event == eventPresence:
		c.answer(m, "error", map[string]string{"reason": "pgcast has no presence"}, nil)
	default:
		c.answer(m, "error", map[string]string{"reason": "unknown event"}, nil)
	}
}

// joined is the channel of a topic, nil when there is none; c.mu is held.
func (c *conn) joined(topic string) *channel {
	for _, ch := range c.channels {
		if ch.topic == topic {
			return ch
		}
	}
	return nil
}

// drop takes a channel out and reports whether it was there; c.mu is held.
func (c *conn) drop(ch *channel) bool {
	at := slices.Index(c.channels, ch)
	if at >= 0 {
		c.channels = slices.Delete(c.channels, at, at+1)
	}
	return at >= 0
}

// joining is the payload of phx_join, as far as it matters here.
type joining struct {
	Config struct {
		Changes  []json.RawMessage `json:"postgres_changes"`
		Presence struct {
			Enabled bool `json:"enabled"`
		} `json:"presence"`
		Broadcast struct {
			Ack bool `json:"ack"`
		} `json:"broadcast"`
		Options struct {
			Wait bool `json:"wait"`
		} `json:"postgres_changes_options"`
	} `json:"config"`
	AccessToken *string `json:"access_token"`
}

// wanted is a binding as it was sent, with the id it gets.
type wanted struct {
	raw json.RawMessage
	id  int
}

// join lets a client into a channel. The answer waits until changes flow: who
// reads the table when it is told that it is subscribed misses nothing.
func (c *conn) join(ctx context.Context, m message) {
	var p joining
	name := channelName(m.topic)
	if name == m.topic || name == "" || len(m.topic) > 255 {
		c.refuse(m, "topic", "unmatched topic")
		return
	}
	if len(m.payload) > 0 && json.Unmarshal(m.payload, &p) != nil {
		c.refuse(m, "invalid_join", "InvalidJoinPayload: The payload of phx_join is not understood")
		return
	}
	who, err := c.speaksFor(ctx, p.AccessToken)
	if err != nil {
		c.refuse(m, "unauthenticated", reason(err))
		return
	}
	all, response, err := c.number(p.Config.Changes)
	if err != nil {
		c.refuse(m, "invalid_join", "InvalidJoinPayload: "+err.Error())
		return
	}
	if c.full(m.topic) {
		c.refuse(m, "too_many_channels", "ChannelRateLimitReached: Too many channels")
		return
	}
	v, bad, err := c.view(ctx, m.topic, who, all)
	if err != nil {
		c.notJoined(m, err)
		return
	}
	if bad != nil && p.Config.Options.Wait {
		c.refuse(m, "invalid_binding", "RealtimeDisabledForConfiguration: "+bad.Error())
		return
	}
	c.enter(m, &channel{topic: m.topic, joinRef: bytes.Clone(m.joinRef), view: v, who: who, ack: p.Config.Broadcast.Ack}, response)
	if p.Config.Presence.Enabled {
		c.Send(c.v.encode(message{topic: m.topic, event: "presence_state"}), nil)
	}
	switch {
	case bad != nil:
		c.door.config.Metrics.Refused("invalid_binding")
		c.system(m.topic, eventChanges, "error", bad.Error())
	case len(all) > 0:
		c.system(m.topic, eventChanges, "ok", "Subscribed to PostgreSQL")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.schedule() // only now: a token near its end is warned of at once
}

// number gives the bindings their ids, and makes the answer that lists them, in
// the order in which they were sent.
func (c *conn) number(changes []json.RawMessage) (all []wanted, response any, err error) {
	if len(changes) > maxBindings {
		return nil, nil, errors.New("a channel has 20 bindings of postgres_changes at most")
	}
	echoed := make([]json.RawMessage, 0, len(changes))
	for _, raw := range changes {
		c.lastID++
		e, err := echo(raw, c.lastID)
		if err != nil {
			return nil, nil, err
		}
		all, echoed = append(all, wanted{raw, c.lastID}), append(echoed, e)
	}
	return all, map[string]any{eventChanges: echoed}, nil
}

// full reports whether a socket has no room for one more channel.
func (c *conn) full(topic string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.joined(topic) == nil && len(c.channels) >= maxChannels
}

// errNoSource refuses a join while nothing would flow.
var errNoSource = errors.New("no source of changes is live")

// view makes what the writer shows of a channel. bad is set when a binding will
// never work: then nothing is shown.
func (c *conn) view(ctx context.Context, topic string, who auth.User, all []wanted) (v *view, bad *badBinding, err error) {
	v = &view{topic: topic}
	if len(all) == 0 {
		return v, nil, nil
	}
	bindings, err := c.door.table.compile(ctx, all)
	if errors.As(err, &bad) {
		return v, bad, nil
	}
	if err == nil && !c.awaitSource(ctx) {
		err = errNoSource
	}
	if err == nil && sees(who) {
		v.session, err = c.use(ctx, viewer(who))
	}
	v.bindings = bindings
	return v, nil, err
}

// awaitSource waits for a source of changes. Other joins of the same while do
// not wait anew.
func (c *conn) awaitSource(ctx context.Context) bool {
	patience := c.door.config.Patience
	if now := time.Now(); !c.door.config.Live() && now.After(c.awaited.Add(patience)) {
		c.awaited = now.Add(patience)
	}
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for !c.door.config.Live() {
		if time.Now().After(c.awaited) {
			return false
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// notJoined tells a client why a channel is not to be had now.
func (c *conn) notJoined(m message, err error) {
	switch {
	case errors.Is(err, errNoSource):
		c.refuse(m, "no_source", "UnableToSubscribe: The database sends no changes at the moment")
	case errors.Is(err, hub.ErrTooManyOfUser), errors.Is(err, hub.ErrFull):
		c.refuse(m, "too_many_sockets", "ConnectionRateLimitReached: Too many connected users")
	default:
		c.door.config.Log.Error("channel not joined", "error", err)
		c.refuse(m, "database_unavailable", "UnableToConnectToProject: The database cannot be read at the moment")
	}
}

// enter makes a channel the one of its topic. One that was there ends: its
// client knows from the ref of its join that this one is not meant. The old one
// shows what happens until the new one does.
func (c *conn) enter(m message, ch *channel, response any) {
	c.mu.Lock()
	old := c.joined(m.topic)
	if old != nil {
		c.drop(old)
	}
	c.channels = append(c.channels, ch)
	delete(c.parked, m.topic)
	c.mu.Unlock()
	if old != nil {
		c.Send(c.v.encode(message{joinRef: old.joinRef, ref: old.joinRef, topic: m.topic, event: eventClose}), nil)
	}
	v := ch.view
	c.answer(m, "ok", response, func() { c.show(v) })
}

// leave ends a channel.
func (c *conn) leave(m message, ch *channel) {
	c.mu.Lock()
	c.drop(ch)
	c.schedule()
	c.mu.Unlock()
	v := ch.view
	c.answer(m, "ok", none, func() { c.hide(v) })
	c.Send(c.v.encode(message{joinRef: ch.joinRef, ref: ch.joinRef, topic: ch.topic, event: eventClose}), nil)
}

// broadcast is what the door does not do. A client that waits is answered; one
// that does not is told once.
func (c *conn) broadcast(m message, ch *channel) {
	const text = "pgcast has no broadcast: the message went nowhere"
	c.mu.Lock()
	told := ch.told
	ch.told = true
	c.mu.Unlock()
	if ch.ack {
		c.answer(m, "error", map[string]string{"reason": text}, nil)
	} else if !told {
		c.system(ch.topic, "system", "error", text)
	}
}
