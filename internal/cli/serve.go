package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pgcast/pgcast/ingest"
	"github.com/pgcast/pgcast/internal/config"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/service"
	"github.com/pgcast/pgcast/notifier"
)

// Platforms kill 30 s after they asked a process to stop. The services stop one
// after another, so together they have to be done in 25 s.
const (
	graceAlone    = 20 * time.Second // of a processor that has the process to itself
	graceTogether = 8 * time.Second  // of one that shares it
	spreadAlone   = 10 * time.Second // over which a notifier closes its sockets
	spread        = 5 * time.Second  // of one beside a processor
)

var services = []string{"ingest", "processor", "notifier"}

// serveOne is the verb of a single service.
func serveOne(name string) func(context.Context, Env, []string) error {
	return func(ctx context.Context, env Env, args []string) error {
		if _, err := parse(flags(env, name, ""), args, 0); err != nil {
			return err
		}
		return serveAll(ctx, env, name, []string{name})
	}
}

// serve is `pgcast serve`: several services in one process.
func serve(ctx context.Context, env Env, args []string) error {
	names, err := parse(flags(env, "serve", "SERVICE…   any of ingest, processor, notifier"), args, len(services))
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return usageError{"which services? for instance pgcast serve ingest notifier"}
	}
	for _, name := range names {
		if !slices.Contains(services, name) {
			return usageError{unknownService(name)}
		}
	}
	return serveAll(ctx, env, "serve", names)
}

func unknownService(name string) string {
	if near := job.Nearest(name, services); near != "" {
		return fmt.Sprintf("unknown service %q; did you mean %q?", name, near)
	}
	return fmt.Sprintf("unknown service %q; there are %s", name, strings.Join(services, ", "))
}

func serveAll(ctx context.Context, env Env, verb string, names []string) error {
	c, err := config.Read(env.Getenv)
	if err == nil {
		err = c.Require("DATABASE_URL", "SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY")
	}
	if err != nil {
		return err
	}
	h, err := openHouse(ctx, env, c, verb, tokens(c))
	if err != nil {
		return err
	}
	defer h.close()
	if err := h.current(ctx); err != nil {
		return err
	}
	p := h.newPort()
	if err := p.addAdmin(c.AdminAddr); err != nil {
		return err
	}
	if err := p.open(names); err != nil {
		return err
	}
	return p.group.Run(ctx)
}

// open adds the services. They stop in the opposite order: door, workshop,
// window, and the port that carries what they still have to say.
func (p *port) open(names []string) error {
	if slices.Contains(names, "ingest") || slices.Contains(names, "notifier") {
		l, err := net.Listen("tcp", ":"+strconv.Itoa(p.house.config.Port))
		if err != nil {
			return fmt.Errorf("listen on PORT: %w", err)
		}
		p.house.log.Info("listening", "address", l.Addr().String())
		p.group.Add("http", service.HTTP(l, p.house.tracer.Handler(inProblems(p.mux)), ownWords))
	}
	if slices.Contains(names, "notifier") {
		over := spreadAlone
		if slices.Contains(names, "processor") {
			over = spread
		}
		p.addNotifier(over)
	}
	if slices.Contains(names, "processor") {
		grace := graceTogether
		if len(names) == 1 {
			grace = graceAlone
		}
		p.addProcessor(grace)
	}
	if slices.Contains(names, "ingest") {
		p.addIngest(nil)
	} else if slices.Contains(names, "notifier") {
		p.addHealth()
	}
	return nil
}

// port gathers the services of one process: those that speak HTTP on one mux.
type port struct {
	house  *house
	group  *service.Group
	mux    *http.ServeMux
	wakes  *wakes                      // nil without a processor
	extra  func(context.Context) error // another condition of readiness, nil: none
	window func() notifier.Readiness   // nil without a notifier
	watch  watchFunc                   // likewise
	door   http.Handler                // nil without ingest
	live   atomic.Bool                 // the window has had a source
}

func (h *house) newPort() *port {
	return &port{house: h, group: service.NewGroup(h.log), mux: http.NewServeMux()}
}

// addProcessor adds a processor and its wake-ups. The wake-ups stop after it:
// the lock of life is held while jobs drain.
func (p *port) addProcessor(grace time.Duration) {
	workshop, w := p.house.workshop(grace)
	p.wakes = w
	p.group.Add("wake-ups", w.run)
	if w.postman != nil {
		p.group.Add("webhooks", w.postman.Run)
	}
	p.group.Add("processor", workshop.Run)
}

func (p *port) addNotifier(spread time.Duration) {
	n := p.house.window(spread)
	p.group.Add("notifier", n.Run)
	p.mux.Handle("/v1/ws", n.Handler())
	p.addStreams(n.Handler())
	p.mux.Handle("/realtime/v1/", n.Handler())
	p.window, p.watch = n.Ready, n.Watch
}

// addHealth answers the platform's questions where no door does.
func (p *port) addHealth() {
	p.health(p.mux)
}

// addIngest mounts the door under everything that has no other place.
func (p *port) addIngest(local func(*http.Request) (ingest.Session, bool)) {
	mount := service.NewMount(service.Answers{
		Away:   refuse("unavailable", "The service is starting or stopping."),
		Broken: refuse("bad_request", "The body ended early, or its chunks cannot be read."),
		Slow:   refuse("request_timeout", "The body came too slowly."),
	}, p.house.log)
	door := p.house.door(p.ready, p.watch, local)
	p.group.Add("ingest", func(ctx context.Context) error {
		return errors.Join(door.Run(ctx, mount.Listener()), mount.Close())
	})
	p.door = mount
	p.mux.Handle("/", mount)
}

// ready is the readiness of this process: database, storage, schema, a
// processor whose heartbeats arrive, and the way in which it hears of new jobs.
// The notifier has to find a source of changes once; while it looks for the next
// one the door goes on.
func (p *port) ready(ctx context.Context) ingest.Readiness {
	r := ingest.Readiness{Mode: modeListening, Checks: p.house.checks(ctx)}
	if p.wakes != nil {
		r.Mode = p.wakes.mode()
		r.Checks["processor"] = p.wakes.processor.Ready()
	}
	if p.extra != nil {
		r.Checks["startup"] = p.extra(ctx)
	}
	if p.window != nil {
		window := p.window()
		r.Source, r.Reason = string(window.Mode), window.Reason
		if window.Ready {
			p.live.Store(true)
		}
		if !p.live.Load() {
			r.Checks["notifier"] = errors.New("no source of changes is live yet")
		}
	}
	return r
}
