package realtime

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/hub"
	"github.com/pgcast/pgcast/notifier/wire"
)

// Config says who may come in and how long a silent or slow client is borne.
type Config struct {
	Hub     *hub.Hub
	Tokens  Verifier
	Keys    Keys
	Origins []string                                        // beside the door's own host; "*" lets every page in
	Live    func() bool                                     // some source of changes serves
	Columns func(ctx context.Context) ([]job.Column, error) // those of the table
	Gate    *wire.Gate                                      // a stop of which ends all sockets
	Metrics Metrics
	Log     *slog.Logger

	MaxSockets   int           // default 20,000
	Silence      time.Duration // after which a connection is given up; default 60 s. Clients send a heartbeat every 25 s
	WriteTimeout time.Duration // for one frame; default 10 s
	Warning      time.Duration // of the end of a token; default 60 s
	Patience     time.Duration // how long a join waits for a source; default 5 s, half of what clients wait
	Parked       time.Duration // how long changes are kept for a channel whose token has ended; default 2 min
	MaxFrame     int64         // bytes of an inbound frame; default 64 KiB
}

// Metrics is what the door counts.
type Metrics interface {
	wire.Metrics
	Refused(reason string) // before or instead of a channel
}

// Door is the http.Handler of /realtime/v1/websocket.
type Door struct {
	config   Config
	upgrader websocket.Upgrader
	sockets  atomic.Int64
	table    table
}

// New returns a door that is open.
func New(c Config) *Door {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&c.Silence, time.Minute}, {&c.WriteTimeout, 10 * time.Second}, {&c.Warning, time.Minute},
		{&c.Patience, 5 * time.Second}, {&c.Parked, 2 * time.Minute},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if c.MaxFrame == 0 {
		c.MaxFrame = 64 << 10
	}
	if c.MaxSockets == 0 {
		c.MaxSockets = 20_000
	}
	d := &Door{config: c, table: table{read: c.Columns}}
	d.upgrader = websocket.Upgrader{
		HandshakeTimeout: 10 * time.Second,
		ReadBufferSize:   256, // most inbound frames are heartbeats
		WriteBufferSize:  4 << 10,
		WriteBufferPool:  &sync.Pool{},
		CheckOrigin:      func(r *http.Request) bool { return wire.AllowedOrigin(r, c.Origins) },
		Error: func(w http.ResponseWriter, _ *http.Request, status int, reason error) {
			refuse(w, status, reason.Error())
		},
	}
	return d
}

// ServeHTTP lets a client in.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	version, who, refused := d.check(r)
	if refused != nil {
		d.config.Metrics.Refused(refused.word)
		refuse(w, refused.status, refused.text)
		return
	}
	if d.sockets.Add(1) > int64(d.config.MaxSockets) {
		d.sockets.Add(-1)
		d.config.Metrics.Refused("too_many_sockets")
		refuse(w, http.StatusTooManyRequests, "Too many connected users")
		return
	}
	if !d.config.Gate.Begin() {
		d.sockets.Add(-1)
		refuse(w, http.StatusServiceUnavailable, "The notifier is stopping")
		return
	}
	ws, err := wire.Upgrade(&d.upgrader, w, r)
	if err != nil {
		d.config.Metrics.Refused("handshake") // answered by upgrader.Error
		d.sockets.Add(-1)
		d.config.Gate.Done()
		return
	}
	// The server's goroutine, with its stack and buffers, ends here; a stop
	// waits for this one.
	go func() {
		defer d.config.Gate.Done()
		defer d.sockets.Add(-1)
		c := newConn(d, ws, version, who)
		if !d.config.Gate.Enter(c) {
			c.Close(wire.CloseRestarting, "restarting")
			c.Linger()
			return
		}
		defer d.config.Gate.Leave(c)
		c.run()
	}()
}

// refusal is the answer to a request that does not become a socket.
type refusal struct {
	status int
	word   string // for the metric
	text   string
}

// check judges a request: the version of the framing it wants, and whose key it
// shows.
func (d *Door) check(r *http.Request) (v serializer, who auth.User, refused *refusal) {
	query := r.URL.Query()
	switch vsn := query.Get("vsn"); {
	case vsn == "" || strings.HasPrefix(vsn, "1."):
		v = 1
	case strings.HasPrefix(vsn, "2."):
		v = 2
	default:
		return v, who, &refusal{http.StatusBadRequest, "version", "vsn is 1.0.0 or 2.0.0"}
	}
	switch {
	case d.config.Gate.Stopping():
		return v, who, &refusal{http.StatusServiceUnavailable, "unavailable", "The notifier is stopping"}
	case !websocket.IsWebSocketUpgrade(r):
		return v, who, &refusal{http.StatusUpgradeRequired, "bad_request", "This address speaks websocket only; see docs/protocol.md"}
	case !wire.AllowedOrigin(r, d.config.Origins):
		return v, who, &refusal{http.StatusForbidden, "forbidden", "Pages of this origin may not connect; add it to ALLOWED_ORIGINS"}
	}
	who, err := d.identify(r.Context(), keyOf(r))
	switch {
	case errors.Is(err, errNoKey):
		return v, who, &refusal{http.StatusUnauthorized, "unauthenticated", "No API key: open /realtime/v1/websocket?apikey=…"}
	case errors.Is(err, auth.ErrUnauthenticated):
		return v, who, &refusal{http.StatusUnauthorized, "unauthenticated", reason(err)}
	case err != nil:
		return v, who, &refusal{http.StatusServiceUnavailable, "unavailable", reason(err)}
	}
	return v, who, nil
}

// Elsewhere answers the other addresses of Supabase Realtime, which do not exist
// here: broadcasts over HTTP and long polling.
func Elsewhere(w http.ResponseWriter, _ *http.Request) {
	refuse(w, http.StatusNotImplemented, "Of Supabase Realtime there is the websocket, not broadcasts over HTTP and no long polling")
}

// refuse answers a request that does not become a socket, as hosted projects do.
func refuse(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	switch status {
	case http.StatusUpgradeRequired:
		w.Header().Set("Upgrade", "websocket")
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "2")
	}
	w.WriteHeader(status)
	_, _ = w.Write(encoded(map[string]string{"error": text}))
}
