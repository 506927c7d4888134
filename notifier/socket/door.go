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
)

// Config says who may come in and how long a silent or slow client is borne.
type Config struct {
	Hub         *hub.Hub
	Credentials Credentials
	Origins     []string      // beside the door's own host; "*" lets every page in
	Server      string        // name and version, for the hello frame
	Source      func() string // the source that serves, for the hello frame
	Metrics     Metrics
	Log         *slog.Logger

	Heartbeat    time.Duration // between pings; default 25 s. Two unanswered pings end a connection
	WriteTimeout time.Duration // for one frame; default 10 s
	TicketTerm   time.Duration // life of a socket opened with a ticket, unless renewed; default 1 h
	Warning      time.Duration // token_expiring comes this long before the end; default 60 s
	Spread       time.Duration // over which sockets are closed at a stop, at most; default 10 s
	MaxFrame     int64         // bytes of an inbound frame; default 64 KiB
}

// Metrics is what the door counts.
type Metrics interface {
	Frame(kind string, commit time.Time) // written; commit is zero when not known
	Closed(code int)                     // by the server
	Refused(reason string)               // before or instead of a session
}

// Door is the http.Handler of /v1/ws.
type Door struct {
	config   Config
	upgrader websocket.Upgrader
	wg       sync.WaitGroup

	mu       sync.Mutex
	stopping bool
	conns    map[*conn]struct{}
}

// New returns a door that is open.
func New(c Config) *Door {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&c.Heartbeat, 25 * time.Second}, {&c.WriteTimeout, 10 * time.Second}, {&c.TicketTerm, time.Hour},
		{&c.Warning, time.Minute}, {&c.Spread, 10 * time.Second},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if c.MaxFrame == 0 {
		c.MaxFrame = 64 << 10
	}
	d := &Door{config: c, conns: map[*conn]struct{}{}}
	d.upgrader = websocket.Upgrader{
		HandshakeTimeout: 10 * time.Second,
		ReadBufferSize:   512, // inbound frames are small and rare; a server's default of 4 KiB stays with every client
		WriteBufferSize:  4 << 10,
		WriteBufferPool:  &sync.Pool{},
		Subprotocols:     []string{subprotocol},
		CheckOrigin:      d.allowedOrigin,
		Error: func(w http.ResponseWriter, r *http.Request, status int, reason error) {
			code := "bad_request"
			if status == http.StatusForbidden {
				code = "forbidden"
			}
			refuse(w, r, problem.New(code, reason.Error()).WithHint("open a websocket, from an allowed origin"))
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
		refuse(w, r, p)
		return
	}
	if !d.begin() {
		refuse(w, r, problem.New("unavailable", "the notifier is stopping"))
		return
	}
	ws, upgradeErr := d.upgrader.Upgrade(w, r, nil)
	if upgradeErr != nil {
		d.config.Metrics.Refused("handshake") // answered by upgrader.Error
		d.wg.Done()
		return
	}
	// The server's goroutine, with its stack and buffers, ends here; Stop waits
	// for this one.
	go func() {
		defer d.wg.Done()
		d.serve(context.Background(), ws, who, err)
	}()
}

// precheck refuses what needs no credential to be refused.
func (d *Door) precheck(r *http.Request) (problem.Problem, bool) {
	switch {
	case d.isStopping():
		return problem.New("unavailable", "the notifier is stopping"), false
	case !websocket.IsWebSocketUpgrade(r):
		return problem.New("bad_request", "this address speaks websocket only").
			WithHint("open it with a websocket client; docs/protocol.md describes the frames"), false
	case !d.allowedOrigin(r):
		return problem.New("forbidden", "pages of origin "+r.Header.Get("Origin")+" may not connect").
			WithHint("add the origin to ALLOWED_ORIGINS"), false
	}
	return problem.Problem{}, true
}

// serve runs one connection until it ends.
func (d *Door) serve(ctx context.Context, ws *websocket.Conn, who auth.User, refused error) {
	c := newConn(d, ws)
	if !d.enter(c) {
		c.close(closeRestarting, "restarting")
		c.linger()
		return
	}
	defer d.leave(c)
	var err error
	if refused != nil {
		d.config.Metrics.Refused("ticket_invalid")
		c.close(closeToken, "ticket_invalid")
	} else if c.session, err = d.config.Hub.Open(viewer(who), c.wake); err != nil {
		code, reason := notOpened(err)
		d.config.Metrics.Refused(reason)
		c.close(code, reason)
	}
	if c.session == nil {
		c.linger()
		return
	}
	defer c.session.Close()
	c.run(ctx, who)
}

// notOpened tells a client why the hub did not take it.
func notOpened(err error) (code int, reason string) {
	if errors.Is(err, hub.ErrRole) {
		return closeForbidden, "forbidden"
	}
	return closeTooMany, "too_many_sockets"
}

func (d *Door) isStopping() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.stopping
}

// begin makes Stop wait for one more connection.
func (d *Door) begin() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.stopping {
		d.wg.Add(1)
	}
	return !d.stopping
}

// enter puts a connection among those that Stop closes.
func (d *Door) enter(c *conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.stopping {
		d.conns[c] = struct{}{}
	}
	return !d.stopping
}

func (d *Door) leave(c *conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.conns, c)
}

// stopStep is the shortest time between two closes of a stop: clients come
// back a fixed time after their close, so the spread of the closes is the
// spread of their return.
const stopStep = 5 * time.Millisecond

// Stop closes all sockets, evenly over a while, and returns when the last one
// has ended or ctx has. New clients are refused from the start.
func (d *Door) Stop(ctx context.Context) error {
	d.mu.Lock()
	d.stopping = true
	conns := make([]*conn, 0, len(d.conns))
	for c := range d.conns {
		conns = append(conns, c)
	}
	d.mu.Unlock()

	step := time.NewTicker(max(time.Microsecond, min(stopStep, d.config.Spread/time.Duration(len(conns)+1))))
	defer step.Stop()
	for _, c := range conns {
		c.close(closeRestarting, "restarting")
		select {
		case <-step.C:
		case <-ctx.Done():
		}
	}
	ended := make(chan struct{})
	go func() {
		d.wg.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		for _, c := range conns {
			_ = c.ws.Close()
		}
		<-ended
		return ctx.Err()
	}
}
