package socket

import (
	"time"

	"github.com/gorilla/websocket"
)

// close says goodbye with a code. The reader goes on until the client has
// answered or has had the time to: a connection cut earlier could take the
// code with it.
func (c *conn) close(code int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	c.closers.Go(func() {
		message := websocket.FormatCloseMessage(code, reason)
		if c.ws.WriteControl(websocket.CloseMessage, message, time.Now().Add(farewell)) != nil {
			_ = c.ws.Close() // the peer takes nothing any more
		}
		_ = c.ws.SetReadDeadline(time.Now().Add(farewell))
	})
	c.door.config.Metrics.Closed(code)
}

func (c *conn) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// linger gives a client that was refused the time to read why.
func (c *conn) linger() {
	defer c.end()
	_ = c.ws.SetReadDeadline(time.Now().Add(farewell))
	for {
		if _, _, err := c.ws.NextReader(); err != nil {
			return
		}
	}
}

// end cleans up behind the reader.
func (c *conn) end() {
	c.mu.Lock()
	c.closed = true
	if c.ping != nil {
		c.ping.Stop()
	}
	if c.token != nil {
		c.token.Stop()
	}
	c.mu.Unlock()
	c.closers.Wait()
	_ = c.ws.Close()
	c.writers.Wait()
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
		c.send(encode(expiringFrame{"token_expiring", max(0, int(left.Seconds()))}))
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.expires.Equal(at) {
			c.setToken(left, func() { c.close(closeToken, "token_expired") })
		}
	})
}

// setToken wants c.mu held.
func (c *conn) setToken(after time.Duration, then func()) {
	if c.token != nil {
		c.token.Stop()
	}
	if !c.closed {
		c.token = time.AfterFunc(after, then)
	}
}
