package service

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"slices"

	"github.com/valyala/fasthttp/fasthttputil"
)

// Mount is a fasthttp room mounted into a net/http port: requests reach it
// over connections that live in memory. Bodies stream both ways and a client
// that leaves is noticed, which an adaptor between the two worlds does not do
// (docs/decisions.md).
type Mount struct {
	listener *fasthttputil.InmemoryListener
	proxy    *httputil.ReverseProxy
}

// Answers are what a mount says in place of its room.
type Answers struct {
	Away   http.Handler // the room is starting or stopping
	Broken http.Handler // the client's body cannot be read
	Slow   http.Handler // the client's body paused for too long
}

// NewMount returns a mount; serve the room on its Listener. Requests that
// cannot reach it are answered by one of the answers.
func NewMount(answers Answers, log *slog.Logger) *Mount {
	m := &Mount{listener: fasthttputil.NewInmemoryListener()}
	m.proxy = &httputil.ReverseProxy{
		Rewrite: keepHeaders,
		Transport: &http.Transport{
			DialContext:         func(context.Context, string, string) (net.Conn, error) { return m.listener.Dial() },
			MaxIdleConnsPerHost: 64,
			DisableCompression:  true,
			WriteBufferSize:     64 << 10,
			ReadBufferSize:      64 << 10,
		},
		FlushInterval: -1, // answers may be streams
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if p, ok := w.(parting); ok && p.body.broken.Load() != nil {
				answers.toBody(*p.body.broken.Load()).ServeHTTP(w, r)
				return
			}
			if !errors.Is(err, context.Canceled) {
				log.Warn("a request did not reach its room", "path", r.URL.Path, "error", err)
			}
			answers.Away.ServeHTTP(w, r)
		},
	}
	return m
}

// toBody is the answer to a body that ended with err. The client is the one to
// act, so it is told and the log is not.
func (a Answers) toBody(err error) http.Handler {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return a.Slow
	}
	return a.Broken
}

// Listener is where the room accepts its connections.
func (m *Mount) Listener() net.Listener { return m.listener }

// ServeHTTP hands the request to the room. Its answer may come before the body
// has: without full duplex it would wait for a client that has stopped sending.
func (m *Mount) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).EnableFullDuplex() // HTTP/1 all the way, where it is known
	body, ok := r.Body.(*patientBody)
	if !ok {
		m.proxy.ServeHTTP(w, r)
		return
	}
	m.proxy.ServeHTTP(parting{w, body}, r)
	body.leave()
}

// hop are the headers of one connection (RFC 9110 section 7.6.1), which the
// proxy sees to itself.
var hop = []string{
	"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
	"Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// keepHeaders passes the request on as it came. A mount is no hop: Host, Origin
// and the forwarding headers decide who may have the local token, and must not
// vanish because Connection names them.
func keepHeaders(p *httputil.ProxyRequest) {
	p.Out.URL.Scheme, p.Out.URL.Host = "http", "ingest"
	p.Out.Host = p.In.Host
	for name, values := range p.In.Header {
		if !slices.Contains(hop, name) {
			p.Out.Header[name] = values
		}
	}
}

// parting ends the connection with an answer that comes before the body is
// whole: what is still to come of it must not be taken for the next request.
type parting struct {
	http.ResponseWriter
	body *patientBody
}

// Unwrap lets http.ResponseController through.
func (w parting) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w parting) WriteHeader(status int) {
	if status >= http.StatusOK && !w.body.whole.Load() {
		w.Header().Set("Connection", "close")
	}
	w.ResponseWriter.WriteHeader(status)
}

// Close ends the in-memory listener and the connections that wait on it.
func (m *Mount) Close() error {
	m.proxy.Transport.(*http.Transport).CloseIdleConnections()
	if err := m.listener.Close(); !errors.Is(err, fasthttputil.ErrInmemoryListenerClosed) {
		return err
	}
	return nil // the room closed it
}
