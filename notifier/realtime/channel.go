package realtime

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/pgcast/pgcast/internal/auth"
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
	told    bool // that what clients send each other goes nowhere
}

// handle serves one message.
func (c *conn) handle(ctx context.Context, m message) {
	if m.topic == socketTopic {
		if m.event == eventHeartbeat && m.ref != nil {
			m.joinRef = nil
			c.Answer(c.reply(m, fine))
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
		c.notCarried(m, ch, ch.ack)
	case m.event == eventPresence:
		c.notCarried(m, ch, true)
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

// notCarried takes what clients send each other, broadcasts and presence, which
// this door does not carry. It is acknowledged where a hosted project would, so
// that an app made for one goes on; the channel is told once.
func (c *conn) notCarried(m message, ch *channel, acknowledged bool) {
	c.mu.Lock()
	told := ch.told
	ch.told = true
	c.mu.Unlock()
	if acknowledged {
		c.answer(m, "ok", none, nil)
	}
	if !told {
		c.system(ch.topic, m.event, "ok", "pgcast carries no broadcasts and no presence: other clients do not hear of this")
	}
}
