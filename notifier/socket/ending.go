package socket

import (
	"time"

	"github.com/pgcast/pgcast/notifier/frame"
	"github.com/pgcast/pgcast/notifier/wire"
)

// end cleans up behind the reader.
func (c *conn) end() {
	c.mu.Lock()
	c.ended = true
	if c.ping != nil {
		c.ping.Stop()
	}
	if c.token != nil {
		c.token.Stop()
	}
	c.mu.Unlock()
	c.End()
}

// expire warns before the token ends and closes when it does. A renewed token
// sets both anew.
func (c *conn) expire(at time.Time) {
	if at.IsZero() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expires = at
	c.setToken(time.Until(at)-c.door.config.Warning, func() {
		left := time.Until(at)
		c.send(frame.Expiring(left))
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.expires.Equal(at) {
			c.setToken(left, func() { c.Close(wire.CloseToken, "token_expired") })
		}
	})
}

// setToken wants c.mu held.
func (c *conn) setToken(after time.Duration, then func()) {
	if c.token != nil {
		c.token.Stop()
	}
	if !c.ended && !c.Closed() {
		c.token = time.AfterFunc(after, then)
	}
}
