package ingest

import (
	"io"
	"net"
	"sync/atomic"
	"time"
)

// lingerTime is how long a refused client may go on sending after its answer.
// Closing at once would reset the connection and lose the answer with it.
const lingerTime = 3 * time.Second

// listener accepts connections that no client can hold for ever.
type listener struct {
	net.Listener
	idle time.Duration
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, idle: l.idle}, nil
}

// conn bounds the pause between two writes rather than the time of a whole
// answer: a large download to a slow but living client goes on.
type conn struct {
	net.Conn
	idle   time.Duration
	linger atomic.Bool // the client may still be sending a body nobody wants
}

func (c *conn) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.idle)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

func (c *conn) Close() error {
	if c.linger.Load() {
		c.drain()
	}
	return c.Conn.Close()
}

// drain says that the answer is complete, where the connection can, and reads
// what the client still sends, for a while.
func (c *conn) drain() {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() != nil {
		return // the client is gone
	}
	if c.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
		_, _ = io.Copy(io.Discard, c.Conn)
	}
}
