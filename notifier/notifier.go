// Package notifier is the window: row changes of `jobs` go out to browsers.
//
// One hub stands behind all doors. A feed (logical replication, or
// LISTEN/NOTIFY where that is not to be had) brings committed changes, the hub
// finds the sessions that may see them, and a door per protocol speaks to the
// clients: /v1/ws with plain JSON frames, /v1/events and /v1/jobs/{id}/events
// with server-sent events, and /realtime/v1/websocket for the Supabase client;
// see docs/protocol.md.
package notifier

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
	"github.com/pgcast/pgcast/notifier/hub"
	"github.com/pgcast/pgcast/notifier/realtime"
	"github.com/pgcast/pgcast/notifier/socket"
	"github.com/pgcast/pgcast/notifier/sse"
	"github.com/pgcast/pgcast/notifier/wire"
)

// Jobs is what the notifier needs from the database.
type Jobs interface {
	// Redeem uses up a one-use ticket and tells whose it was and with which role.
	// It returns job.ErrTicket when the ticket is unknown, used or expired.
	Redeem(ctx context.Context, ticket string) (job.UserID, string, error)
	streamTickets
	feed.Rows
	hub.Trail
}

// Verifier checks access tokens.
type Verifier interface {
	Verify(ctx context.Context, token string) (auth.User, error)
}

// Source brings changes to the hub.
type Source interface {
	Run(ctx context.Context) error // until ctx ends
	State() feed.State
	Told() (lsn uint64, follows bool)
	Written() (lsn uint64, known bool)
}

var _ Source = (*feed.Feed)(nil)

// Config says what a notifier reads and whom it lets in.
type Config struct {
	Jobs    Jobs
	Tokens  Verifier
	URL     string        // DATABASE_LISTEN_URL: a direct or session connection
	Origins []string      // of pages beside the notifier's own host; "*" lets every page in
	Version string        // for the hello frame
	Keys    realtime.Keys // of the project, for clients of Supabase Realtime

	Log      *slog.Logger
	Registry prometheus.Registerer // nil: metrics are kept but not shown

	Source        func(feed.Config) Source // nil: the database at URL
	NoReplication bool                     // serve from LISTEN/NOTIFY alone
	Heartbeat     time.Duration            // between pings to clients; default 25 s, 15 s in streams
	Spread        time.Duration            // over which sockets are closed at a stop, at most; default 10 s
	Grace         time.Duration            // in which a stop must end; default 15 s

	TailEvery        time.Duration // looks at the trail of changes of status; default 1 s
	PublicationCheck time.Duration // looks at the publication while replication serves; default 30 s

	MaxSockets        int // default 20,000
	MaxSocketsPerUser int // default 50
	QueueBytes        int // changes that wait for one slow client; default 1 MiB
}

// Notifier is one service: sources, hub and doors.
type Notifier struct {
	config Config
	feed   Source
	hub    *hub.Hub
	gate   wire.Gate
	mux    *http.ServeMux
}

// New puts a notifier together. It does nothing until Run.
func New(c Config) *Notifier {
	if c.Grace == 0 {
		c.Grace = 15 * time.Second
	}
	if c.Spread == 0 {
		c.Spread = 10 * time.Second
	}
	n := &Notifier{config: c, mux: http.NewServeMux()}
	m := newMetrics(c.Registry)
	n.hub = hub.New(hub.Config{
		Jobs: told{c.Jobs, feed.NewSteps(c.Jobs), n}, Log: c.Log, Metrics: m,
		Told:        func() (uint64, bool) { return n.feed.Told() },
		MaxSessions: c.MaxSockets, MaxPerUser: c.MaxSocketsPerUser, QueueBytes: c.QueueBytes,
		TailEvery: c.TailEvery,
	})
	source := c.Source
	if source == nil {
		source = func(c feed.Config) Source { return feed.New(c) }
	}
	n.feed = source(feed.Config{
		URL: c.URL, Name: "notifier-" + rand.Text()[:12], Rows: c.Jobs, Log: c.Log,
		Events: func(mode feed.Mode, events []feed.Event) {
			m.count(mode, events)
			n.hub.Publish(events)
		},
		Live:          n.hub.TrailFirst,
		Gap:           n.hub.Gap,
		Interested:    n.hub.Interested,
		Mode:          m.mode,
		NoReplication: c.NoReplication,
		CheckEvery:    c.PublicationCheck,
	})
	n.mux.Handle("GET /v1/ws", socket.New(socket.Config{
		Hub: n.hub, Credentials: credentials{c.Tokens, c.Jobs}, Origins: c.Origins,
		Server: "pgcast/" + c.Version, Source: func() string { return string(n.feed.State().Mode) },
		Gate: &n.gate, Metrics: m, Log: c.Log, Heartbeat: c.Heartbeat,
	}))
	streams := sse.New(sse.Config{
		Hub: n.hub, Credentials: credentials{c.Tokens, c.Jobs}, Origins: c.Origins, Gate: &n.gate, Metrics: m, Log: c.Log, Ping: c.Heartbeat,
	})
	for _, method := range []string{"GET", "OPTIONS"} {
		n.mux.Handle(method+" /v1/events", streams)
		n.mux.Handle(method+" /v1/jobs/{id}/events", streams)
	}
	n.mux.Handle("/realtime/v1/websocket", realtime.New(realtime.Config{
		Hub: n.hub, Tokens: c.Tokens, Keys: c.Keys, Origins: c.Origins,
		Live: func() bool { return n.feed.State().Mode != feed.None }, Columns: c.Jobs.Columns,
		Gate: &n.gate, Metrics: m, Log: c.Log, MaxSockets: c.MaxSockets,
	}))
	n.mux.HandleFunc("/realtime/v1/", realtime.Elsewhere)
	return n
}

// Handler serves the doors. It hijacks connections, so it wants a net/http
// server in front; Run closes what it hijacked.
func (n *Notifier) Handler() http.Handler { return n.mux }

// Run follows the database until ctx ends. It then closes the sockets, spread
// over a while so that clients do not all come back in one second, while
// events still flow, and returns nil when everything has ended.
func (n *Notifier) Run(ctx context.Context) error {
	inner, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	group, inner := errgroup.WithContext(inner)
	group.Go(func() error { return n.feed.Run(inner) })
	group.Go(func() error { return n.hub.Run(inner) })
	select {
	case <-ctx.Done():
	case <-inner.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), n.config.Grace)
	defer cancel()
	stopped := n.gate.Stop(grace, n.config.Spread)
	stop()
	if err := errors.Join(stopped, group.Wait()); err != nil {
		return fmt.Errorf("stop notifier: %w", err)
	}
	return nil
}

// Watch calls wake whenever there may be news of a job of a user, until stop; see
// [hub.Hub.Watch]. ok is false when nothing would be heard.
func (n *Notifier) Watch(user job.UserID, id job.ID, wake func()) (stop func(), ok bool) {
	if n.feed.State().Mode == feed.None {
		return nil, false
	}
	return n.hub.Watch(user, id, wake)
}

// Readiness is what a notifier tells about itself.
type Readiness struct {
	Ready bool `json:"ready"` // some source is live
	feed.State
	Sessions int `json:"sessions"`
}

// Ready tells which source serves and how many clients listen.
func (n *Notifier) Ready() Readiness {
	state := n.feed.State()
	return Readiness{Ready: state.Mode != feed.None, State: state, Sessions: n.hub.Sessions()}
}

// told is what the hub reads, and how it makes events of it.
type told struct {
	Jobs
	*feed.Steps
	notifier *Notifier
}

// Flushed asks the database only where the feed did not just now.
func (t told) Flushed(ctx context.Context) (uint64, error) {
	if lsn, known := t.notifier.feed.Written(); known {
		return lsn, nil
	}
	return t.Jobs.Flushed(ctx)
}

// streamTickets is what streams need of tickets; see [sse.Credentials].
type streamTickets interface {
	OpenStream(ctx context.Context, ticket string, term time.Duration) (job.Pass, error)
	ReopenStream(ctx context.Context, ticket, secret string) (job.Pass, error)
	EndPass(ctx context.Context, secret string) error
}

// credentials puts the two judges of credentials together.
type credentials struct {
	Verifier
	Jobs
}
