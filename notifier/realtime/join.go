package realtime

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/notifier/hub"
)

// joining is the payload of phx_join, as far as it matters here.
type joining struct {
	Config struct {
		Changes  []json.RawMessage `json:"postgres_changes"`
		Presence struct {
			Enabled bool `json:"enabled"`
		} `json:"presence"`
		Broadcast struct {
			Ack   bool `json:"ack"`
			Ready bool `json:"replication_ready"`
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
	if p.Config.Broadcast.Ready {
		c.sourceReady(m.topic)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.schedule() // only now: a token near its end is warned of at once
}

// sourceReady tells those who ask for it whether a source serves, in the words
// of hosted projects.
func (c *conn) sourceReady(topic string) {
	if c.door.config.Live() {
		c.system(topic, "system", "ok", "Replication connection established")
	} else {
		c.system(topic, "system", "error", "Replication connection is not ready")
	}
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
	if err == nil && !c.bears(topic, bindings) {
		return v, &badBinding{errHeavy, []byte("[…]")}, nil
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

// maxWeight is how many comparisons a change may take for all channels of a socket.
const maxWeight = 20_000

var errHeavy = errors.New("the filters of this socket are too many or too large")

// bears reports whether the filters of a socket, with these in place of those of
// the topic, are bearable.
func (c *conn) bears(topic string, bindings []binding) bool {
	sum := weight(bindings)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ch := range c.channels {
		if ch.topic != topic {
			sum += weight(ch.view.bindings)
		}
	}
	return sum <= maxWeight
}

func weight(bindings []binding) (sum int) {
	for _, b := range bindings {
		sum += b.filter.weight()
	}
	return sum
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
