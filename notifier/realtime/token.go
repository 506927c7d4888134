package realtime

import (
	"context"
	"encoding/json"
	"time"

	"github.com/pgcast/pgcast/internal/auth"
)

// speaksFor says for whom a channel speaks: its own token, or the socket's key.
func (c *conn) speaksFor(ctx context.Context, token *string) (auth.User, error) {
	if token != nil && *token != "" && !isKey(*token) {
		return c.door.identify(ctx, *token)
	}
	if ends := c.apikey.Expires; !ends.IsZero() && !time.Now().Before(ends) {
		return auth.User{}, errExpired
	}
	return c.apikey, nil
}

// refresh takes a newer token for a channel. When it speaks for somebody else,
// the channel shows what that one sees from then on.
func (c *conn) refresh(ctx context.Context, m message, ch *channel) {
	var p struct {
		AccessToken *string `json:"access_token"`
	}
	if json.Unmarshal(m.payload, &p) != nil || p.AccessToken != nil && isKey(*p.AccessToken) {
		return // as hosted projects do
	}
	who, err := c.speaksFor(ctx, p.AccessToken)
	if err != nil {
		c.door.config.Metrics.Refused("unauthenticated")
		c.park(ch, reason(err))
		return
	}
	if viewer(who) != viewer(ch.who) {
		if err := c.reshow(ctx, ch, who); err != nil {
			c.park(ch, "UnableToSubscribe: The new token cannot be served at the moment")
			return
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	ch.who, ch.warned = who, false
	c.schedule()
}

// reshow shows a channel as somebody else sees it.
func (c *conn) reshow(ctx context.Context, ch *channel, who auth.User) error {
	v := &view{topic: ch.topic, bindings: ch.view.bindings}
	if sees(who) && len(v.bindings) > 0 {
		var err error
		if v.session, err = c.use(ctx, viewer(who)); err != nil {
			return err
		}
	}
	c.mu.Lock()
	current := c.joined(ch.topic) == ch
	if current {
		ch.view = v
	}
	c.mu.Unlock()
	if !current { // the old token has ended meanwhile
		c.release(v.session)
		return nil
	}
	c.Send(nil, func() { c.show(v) })
	if len(v.bindings) > 0 {
		c.system(ch.topic, eventChanges, "ok", "Subscribed to PostgreSQL")
	}
	return nil
}

// park ends a channel in a way from which clients come back: after phx_close
// they forget it, after phx_error they try again with the token they have by
// then. What happens until then is kept.
func (c *conn) park(ch *channel, why string) {
	c.mu.Lock()
	if !c.drop(ch) {
		c.mu.Unlock()
		return
	}
	if c.parked == nil {
		c.parked = map[string]parked{}
	}
	v := ch.view
	c.parked[ch.topic] = parked{v, time.Now().Add(c.door.config.Parked)}
	c.schedule()
	c.mu.Unlock()
	c.system(ch.topic, "system", "error", why)
	c.Send(c.v.encode(message{joinRef: ch.joinRef, topic: ch.topic, event: eventError}), func() { v.parked = true })
}

// parked is a channel whose token has ended.
type parked struct {
	view  *view
	until time.Time
}

// schedule sets the clock to the next thing that happens to a token; c.mu is
// held.
func (c *conn) schedule() {
	var next time.Time
	sooner := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	for _, ch := range c.channels {
		if ends := ch.who.Expires; !ends.IsZero() {
			if !ch.warned {
				ends = ends.Add(-c.door.config.Warning)
			}
			sooner(ends)
		}
	}
	for _, p := range c.parked {
		sooner(p.until)
	}
	if c.clock != nil {
		c.clock.Stop()
		c.clock = nil
	}
	if !next.IsZero() && !c.ended {
		c.clock = time.AfterFunc(time.Until(next), c.tick)
	}
}

// tick warns of the end of tokens, and ends channels.
func (c *conn) tick() {
	var warn, end []*channel
	now := time.Now()
	c.mu.Lock()
	for _, ch := range c.channels {
		switch ends := ch.who.Expires; {
		case ends.IsZero():
		case !now.Before(ends):
			end = append(end, ch)
		case !ch.warned && !now.Before(ends.Add(-c.door.config.Warning)):
			ch.warned = true
			warn = append(warn, ch)
		}
	}
	for topic, p := range c.parked {
		if !now.Before(p.until) {
			delete(c.parked, topic)
			c.Send(nil, func() { c.hide(p.view) })
		}
	}
	if len(end) == 0 {
		c.schedule()
	}
	c.mu.Unlock()
	for _, ch := range warn {
		c.system(ch.topic, "system", "error", "Token expires soon: send a fresh one (setAuth)")
	}
	for _, ch := range end {
		c.park(ch, reason(errExpired))
	}
}
