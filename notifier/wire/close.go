package wire

import (
	"time"

	"github.com/gorilla/websocket"
)

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
