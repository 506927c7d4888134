package service

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
)

// Own answers, in the words of the rooms, what net/http would answer by itself
// in plain text or not at all: a request line that is none, headers without end
// or that never come. status is net/http's.
type Own func(status int) http.Handler

// spoken is a listener whose connections answer in own words.
type spoken struct {
	net.Listener
	own Own
}

func (l spoken) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &ownConn{Conn: c, own: l.own}, nil
}

// ownConn sees what the server writes while no handler has the request: that is
// the server's own.
type ownConn struct {
	net.Conn
	own     Own
	handled atomic.Bool // a handler has the present request
	begun   atomic.Bool // bytes of a request have come since the last answer
}

// Read implements net.Conn. A client that stops within its headers is told so:
// the server would only hang up.
func (c *ownConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.begun.Store(true)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) && c.begun.Load() && c.handled.CompareAndSwap(false, true) {
		_, _ = c.Conn.Write(c.words(http.StatusRequestTimeout)) // the server closes next
	}
	return n, err
}

// Write implements net.Conn.
func (c *ownConn) Write(p []byte) (int, error) {
	if c.handled.Load() {
		return c.Conn.Write(p)
	}
	status := refusalIn(p)
	if status == 0 {
		return c.Conn.Write(p)
	}
	if _, err := c.Conn.Write(c.words(status)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// CloseWrite lets the server close in two steps, as it does with TCP.
func (c *ownConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// SyscallConn lets whoever takes the connection over write to its socket.
func (c *ownConn) SyscallConn() (syscall.RawConn, error) {
	if socket, ok := c.Conn.(syscall.Conn); ok {
		return socket.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// refusalIn is the status of an answer that begins in p and is none of 2xx and
// 3xx, else 0.
func refusalIn(p []byte) int {
	rest, ok := bytes.CutPrefix(p, []byte("HTTP/1."))
	if !ok || len(rest) < 5 {
		return 0
	}
	status, err := strconv.Atoi(string(rest[2:5]))
	if err != nil || status < http.StatusBadRequest {
		return 0
	}
	return status
}

// words is the whole answer, after which the connection ends.
func (c *ownConn) words(status int) []byte {
	said := said{status: status, header: http.Header{}}
	c.own(status).ServeHTTP(&said, &http.Request{Method: http.MethodGet, Header: http.Header{}})
	said.header.Set("Connection", "close")
	said.header.Set("Content-Length", strconv.Itoa(said.body.Len()))
	var out bytes.Buffer
	out.WriteString("HTTP/1.1 " + strconv.Itoa(said.status) + " " + http.StatusText(said.status) + "\r\n")
	_ = said.header.Write(&out) // a buffer takes everything
	out.WriteString("\r\n")
	_, _ = said.body.WriteTo(&out)
	return out.Bytes()
}

// said is an answer that is kept.
type said struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func (s *said) Header() http.Header         { return s.header }
func (s *said) WriteHeader(status int)      { s.status = status }
func (s *said) Write(p []byte) (int, error) { return s.body.Write(p) }

type connKey struct{}

// withConn keeps the connection where the handler finds it.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// handling says that from here on a handler answers.
func handling(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connKey{}).(*ownConn); ok {
			c.handled.Store(true)
		}
		h.ServeHTTP(w, r)
	})
}

// between follows a connection: with an answer written whole, what comes next
// is another request.
func between(c net.Conn, state http.ConnState) {
	if own, ok := c.(*ownConn); ok && state == http.StateIdle {
		own.begun.Store(false)
		own.handled.Store(false)
	}
}

// ReadFrom implements io.ReaderFrom: files go out without passing through here.
func (c *ownConn) ReadFrom(r io.Reader) (int64, error) {
	if to, ok := c.Conn.(io.ReaderFrom); ok && c.handled.Load() {
		return to.ReadFrom(r)
	}
	return io.Copy(struct{ io.Writer }{c}, r)
}
