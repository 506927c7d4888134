package socket

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/problem"
	"github.com/pgcast/pgcast/notifier/hub"
	"github.com/pgcast/pgcast/notifier/wire"
)

// Config says who may come in and how long a silent or slow client is borne.
type Config struct {
	Hub         *hub.Hub
	Credentials Credentials
	Origins     []string      // beside the door's own host; "*" lets every page in
	Server      string        // name and version, for the hello frame
	Source      func() string // the source that serves, for the hello frame
	Gate        *wire.Gate    // a stop of which ends all sockets
	Metrics     Metrics
	Log         *slog.Logger

	Heartbeat    time.Duration // between pings; default 25 s. Two unanswered pings end a connection
	WriteTimeout time.Duration // for one frame; default 10 s
	TicketTerm   time.Duration // life of a socket opened with a ticket, unless renewed; default 1 h
	Warning      time.Duration // token_expiring comes this long before the end; default 60 s
	MaxFrame     int64         // bytes of an inbound frame; default 64 KiB
}

// Metrics is what the door counts.
type Metrics interface {
	wire.Metrics
	Refused(reason string) // before or instead of a session
}

// Door is the http.Handler of /v1/ws.
type Door struct {
	config   Config
	upgrader websocket.Upgrader
}

// New returns a door that is open.
func New(c Config) *Door {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&c.Heartbeat, 25 * time.Second}, {&c.WriteTimeout, 10 * time.Second}, {&c.TicketTerm, time.Hour},
		{&c.Warning, time.Minute},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if c.MaxFrame == 0 {
		c.MaxFrame = 64 << 10
	}
	d := &Door{config: c}
	d.upgrader = websocket.Upgrader{
		HandshakeTimeout: 10 * time.Second,
		ReadBufferSize:   512, // inbound frames are small and rare; a server's default of 4 KiB stays with every client
		WriteBufferSize:  4 << 10,
		WriteBufferPool:  &sync.Pool{},
		Subprotocols:     []string{subprotocol},
		CheckOrigin:      func(r *http.Request) bool { return wire.AllowedOrigin(r, c.Origins) },
		Error: func(w http.ResponseWriter, r *http.Request, status int, reason error) {
			code := "bad_request"
			if status == http.StatusForbidden {
				code = "forbidden"
			}
			problem.New(code, reason.Error()).WithHint("open a websocket, from an allowed origin").Answer(w, r)
		},
	}
	return d
}

// ServeHTTP lets a client in. A page cannot read the status of a refused
// upgrade, so one whose ticket is no good gets its socket and the reason as a
// close code.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p, ok := d.precheck(r)
	var who auth.User
	var err error
	if ok {
		who, err = d.identify(r)
		p, ok = d.refusal(err)
	}
	if !ok {
		d.config.Metrics.Refused(p.Code)
		p.Answer(w, r)
		return
	}
	if !d.config.Gate.Begin() {
		problem.New("unavailable", "the notifier is stopping").Answer(w, r)
		return
	}
	ws, upgradeErr := wire.Upgrade(&d.upgrader, w, r)
	if upgradeErr != nil {
		d.config.Metrics.Refused("handshake") // answered by upgrader.Error
		d.config.Gate.Done()
		return
	}
	// The server's goroutine, with its stack and buffers, ends here; a stop
	// waits for this one.
	go func() {
		defer d.config.Gate.Done()
		d.serve(context.Background(), ws, who, err)
	}()
}

// precheck refuses what needs no credential to be refused.
func (d *Door) precheck(r *http.Request) (problem.Problem, bool) {
	switch {
	case d.config.Gate.Stopping():
		return problem.New("unavailable", "the notifier is stopping"), false
	case !websocket.IsWebSocketUpgrade(r):
		return problem.New("bad_request", "this address speaks websocket only").
			WithHint("open it with a websocket client; docs/protocol.md describes the frames"), false
	case !wire.AllowedOrigin(r, d.config.Origins):
		return problem.New("forbidden", "pages of origin "+r.Header.Get("Origin")+" may not connect").
			WithHint("add the origin to ALLOWED_ORIGINS"), false
	}
	return problem.Problem{}, true
}

// serve runs one connection until it ends.
func (d *Door) serve(ctx context.Context, ws *wire.Conn, who auth.User, refused error) {
	c := newConn(d, ws)
	if !d.config.Gate.Enter(c) {
		c.Close(wire.CloseRestarting, "restarting")
		c.Linger()
		return
	}
	defer d.config.Gate.Leave(c)
	var err error
	if refused != nil {
		d.config.Metrics.Refused("ticket_invalid")
		c.Close(wire.CloseToken, "ticket_invalid")
	} else if c.session, err = d.config.Hub.Open(viewer(who), c.wake); err != nil {
		code, reason := notOpened(err)
		d.config.Metrics.Refused(reason)
		c.Close(code, reason)
	}
	if c.session == nil {
		c.Linger()
		return
	}
	defer c.session.Close()
	c.run(ctx, who)
}

// notOpened tells a client why the hub did not take it.
func notOpened(err error) (code int, reason string) {
	if errors.Is(err, hub.ErrRole) {
		return wire.CloseForbidden, "forbidden"
	}
	return wire.CloseTooMany, "too_many_sockets"
}
