package sse

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
	"github.com/pgcast/pgcast/notifier/hub"
	"github.com/pgcast/pgcast/notifier/wire"
)

// Config says who may come in and how long a slow client is borne.
type Config struct {
	Hub         *hub.Hub
	Credentials Credentials
	Origins     []string   // of pages beside the door's own host; "*" lets every page in
	Gate        *wire.Gate // a stop of which ends all streams
	Metrics     Metrics
	Log         *slog.Logger

	Ping         time.Duration // between comments while nothing happens; default 15 s
	WriteTimeout time.Duration // for what is written at once; default 10 s
	TicketTerm   time.Duration // life of a stream opened with a ticket; default 1 h
	Warning      time.Duration // token_expiring comes this long before the end; default 60 s
}

// Metrics is what the door counts.
type Metrics interface {
	wire.Metrics
	Refused(reason string) // instead of a stream
}

// Door is the http.Handler of both addresses; that of one job has its id as the
// path value `id`.
type Door struct{ config Config }

// New returns a door that is open.
func New(c Config) *Door {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&c.Ping, 15 * time.Second}, {&c.WriteTimeout, 10 * time.Second}, {&c.TicketTerm, time.Hour}, {&c.Warning, time.Minute},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return &Door{c}
}

// patience is how long the database may take for what a stream begins with.
const patience = 10 * time.Second

// ServeHTTP answers with a stream, or with why there is none.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions {
		d.preflight(w, r)
		return
	}
	p, served := d.serve(w, r)
	if !served {
		d.config.Metrics.Refused(p.Code)
		p.Answer(w, r)
	}
}

func (d *Door) serve(w http.ResponseWriter, r *http.Request) (p problem.Problem, served bool) {
	interest, p, ok := d.precheck(w, r)
	if !ok {
		return p, false
	}
	from := d.from(r)
	who, err := d.identify(r, from)
	if err != nil {
		return d.refusal(err), false
	}
	interest.Cursor = from.cursor
	if !d.config.Gate.Begin() {
		return stopping(), false
	}
	defer d.config.Gate.Done()
	s := newStream(d, w, who)
	s.last, s.interest = from.cursor, interest
	if !d.config.Gate.Enter(s) {
		return stopping(), false
	}
	defer d.config.Gate.Leave(s)
	if s.session, err = d.config.Hub.Open(hub.Viewer{User: who.ID, Role: who.Role}, s.wakeUp); err != nil {
		return notOpened(err), false
	}
	defer s.session.Close()
	items, p, ok := d.begin(r.Context(), s.session, interest)
	if !ok {
		return p, false
	}
	s.run(r.Context(), r.Method, items)
	return p, true
}

// precheck refuses what needs no credential to be refused, and reads what is
// asked for.
func (d *Door) precheck(w http.ResponseWriter, r *http.Request) (i hub.Interest, p problem.Problem, ok bool) {
	w.Header().Add("Vary", "Accept")
	if !accepts(r) {
		return i, problem.New("not_acceptable", "This address answers with a stream of events.").WithHint("send Accept: text/event-stream"), false
	}
	if !d.cors(w, r) {
		return i, problem.New("forbidden", "pages of origin "+r.Header.Get("Origin")+" may not connect").WithHint("add the origin to ALLOWED_ORIGINS"), false
	}
	i.All = true
	if text := r.PathValue("id"); text != "" {
		id, err := job.ParseID(text)
		if err != nil {
			return i, notFound(), false
		}
		i = hub.Interest{Jobs: []job.ID{id}}
	}
	return i, p, true
}

// accepts reports whether a stream is wanted, or anything.
func accepts(r *http.Request) bool {
	lines := r.Header.Values("Accept")
	if len(lines) == 0 {
		return true
	}
	all := strings.ToLower(strings.Join(lines, ","))
	return strings.Contains(all, "text/event-stream") || strings.Contains(all, "text/*") || strings.Contains(all, "*/*")
}

// begin reads what the stream begins with. Of a single job that is not there,
// and has not been since the client was here, there is no stream.
func (d *Door) begin(ctx context.Context, s *hub.Session, i hub.Interest) (items []hub.Item, p problem.Problem, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.Subscribe(ctx, 1, i); err != nil && !errors.Is(err, hub.ErrSlow) {
		if ctx.Err() == nil {
			d.config.Log.Error("stream not served", "error", err)
		}
		return nil, problem.New("database_unavailable", "The present state cannot be read now."), false
	}
	items = s.Take()
	if !i.All {
		for _, item := range items {
			if item.Kind == hub.Changed || item.Kind == hub.Deleted || len(item.Jobs) > 0 || item.Kind == hub.Resumed && item.Known {
				return items, p, true
			}
		}
		return nil, notFound(), false
	}
	return items, p, true
}

func notFound() problem.Problem { return problem.New("not_found", "There is no such job of yours.") }

func stopping() problem.Problem { return problem.New("unavailable", "the notifier is stopping") }

// notOpened says why the hub did not take a client.
func notOpened(err error) problem.Problem {
	switch {
	case errors.Is(err, hub.ErrRole):
		return problem.New("forbidden", "this role sees no jobs")
	case errors.Is(err, hub.ErrTooManyOfUser):
		return problem.New("rate_limited", "too many streams and sockets of this user are open")
	}
	return problem.New("unavailable", "too many clients are connected")
}

// life is how much longer a credential is good.
func life(who identity) time.Duration { return time.Until(who.Expires) }
