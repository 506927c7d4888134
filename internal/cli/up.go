package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/ingest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/config"
	"github.com/pgcast/pgcast/internal/localpg"
	"github.com/pgcast/pgcast/internal/localstorage"
	"github.com/pgcast/pgcast/internal/problem"
	"github.com/pgcast/pgcast/internal/service"
)

// Somebody waits at the terminal for `up` to stop; jobs that are handed back run
// at the next start.
const (
	localGrace  = 2 * time.Second
	localSpread = 200 * time.Millisecond
)

// localTokenLife is the life of PGCAST_ACCESS_TOKEN and of the local keys;
// each start makes new ones.
const localTokenLife = 365 * 24 * time.Hour

// up is `pgcast up`: everything on this machine, on one port.
func up(ctx context.Context, env Env, args []string) error {
	c, err := config.Read(env.Getenv)
	if err != nil {
		return err
	}
	fs := flags(env, "up", "[options]")
	host := fs.String("host", "127.0.0.1", "address to bind to; the page gets its local user on loopback only")
	fs.IntVar(&c.Port, "port", c.Port, "port to serve on (PORT)")
	dir := fs.String("data-dir", ".pgcast", "`DIR` that holds everything")
	if _, err := parse(fs, args, 0); err != nil {
		return err
	}
	l, err := net.Listen("tcp", net.JoinHostPort(*host, strconv.Itoa(c.Port)))
	if err != nil {
		return fmt.Errorf("listen: %w (choose another --port)", err)
	}
	defer l.Close()
	data, err := openDataDir(*dir)
	if err != nil {
		return err
	}
	u := &local{env: env, config: c, data: data, listener: l}
	return errors.Join(u.run(ctx), data.close())
}

// local is a deployment of everything on this machine.
type local struct {
	env      Env
	config   config.Config
	data     *dataDir
	listener net.Listener
	token    string // the local user's
	started  atomic.Bool
}

func (u *local) run(ctx context.Context) error {
	log := logger(u.env, u.config.LogLevel)
	postgres, err := localpg.Start(ctx, localpg.Config{Dir: u.data.file("postgres"), Log: log})
	if err != nil {
		return err
	}
	defer func() {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		if err := postgres.Stop(stop); err != nil {
			log.Error("stop postgres", "error", err)
		}
	}()
	if err := u.configure(postgres.URL()); err != nil {
		return err
	}
	if err := db.Shim(ctx, u.config.DatabaseURL); err != nil {
		return err
	}
	if err := db.Migrate(ctx, u.config.DatabaseURL, log); err != nil {
		return err
	}
	h, err := openHouse(ctx, u.env, u.config, "up", auth.Config{Secret: []byte(u.config.JWTSecret)})
	if err != nil {
		return err
	}
	defer h.close()
	return u.serve(ctx, h, postgres)
}

// configure fills in what a deployment takes from its environment.
func (u *local) configure(databaseURL string) error {
	c, secret, now := &u.config, []byte(u.data.keys.JWTSecret), time.Now()
	c.DatabaseURL, c.ListenURL = databaseURL, databaseURL
	c.SupabaseURL = "http://" + u.address()
	c.JWTSecret = u.data.keys.JWTSecret
	if c.WebhookKey == "" {
		c.WebhookKey = webhookSecret(secret)
	}
	if u.env.Getenv("WEBHOOK_ALLOW_PRIVATE") == "" {
		c.WebhookOpen = u.listener.Addr().(*net.TCPAddr).IP.IsLoopback() // its users are this machine's
	}
	for _, k := range []struct {
		role string
		to   *string
	}{{auth.RoleAnon, &c.AnonKey}, {auth.RoleService, &c.ServiceKey}, {auth.RoleAuthenticated, &u.token}} {
		claims := auth.Claims{Role: k.role, Issuer: c.SupabaseURL + "/auth/v1", Issued: now, Expires: now.Add(localTokenLife)}
		if k.role == auth.RoleAuthenticated {
			claims.User = u.data.keys.UserID
		}
		var err error
		if *k.to, err = auth.Mint(secret, claims); err != nil {
			return err
		}
	}
	return nil
}

// address is where this machine reaches the port.
func (u *local) address() string {
	a := u.listener.Addr().(*net.TCPAddr)
	if a.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(a.Port))
	}
	return a.String()
}

// serve opens the one port and says that everything is ready.
func (u *local) serve(ctx context.Context, h *house, postgres *localpg.Server) error {
	files, err := localstorage.New(localstorage.Config{
		Dir: u.data.file("storage"), JWTSecret: []byte(u.config.JWTSecret), AnonKey: u.config.AnonKey,
		ServiceKey: u.config.ServiceKey, UserBucket: u.config.Bucket, Origins: u.config.Origins, Log: h.log,
	})
	if err != nil {
		return err
	}
	defer files.Close()
	p := h.newPort()
	p.extra = func(context.Context) error {
		if !u.started.Load() {
			return errStarting
		}
		return nil
	}
	p.mux.Handle("/storage/v1/", http.StripPrefix("/storage/v1", files))
	p.mux.Handle("GET /auth/v1/.well-known/jwks.json", auth.JWKS())
	p.mux.Handle("/auth/v1/.well-known/jwks.json", notAllowed("GET, HEAD"))
	elsewhere := refuse("not_implemented", "pgcast up serves storage and live status, but not the data API and sign-in of Supabase.")
	p.mux.Handle("/rest/v1/", elsewhere)
	p.mux.Handle("/auth/v1/", elsewhere)
	admin := http.NewServeMux()
	p.admin(admin)
	p.mux.Handle("/metrics", u.onlyHere(inProblems(admin)))
	p.mux.Handle("/debug/pprof/", u.onlyHere(inProblems(admin)))
	p.group.Add("postgres", watch(postgres))
	p.group.Add("http", service.HTTP(u.listener, h.tracer.Handler(inProblems(p.mux)), ownWords)) // stays while the rooms behind it drain: it serves their storage
	p.addNotifier(localSpread)
	p.addProcessor(localGrace)
	p.addIngest(u.session)
	p.group.Add("start", func(ctx context.Context) error { return u.start(ctx, h) })
	return p.group.Run(ctx)
}

var errStarting = errors.New("the bucket or the env file is not there yet")

// watch ends the group when Postgres dies.
func watch(postgres *localpg.Server) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return nil
		case err := <-postgres.Wait():
			return fmt.Errorf("the server ended: %w", err)
		}
	}
}

// start does what needs the port to be open, and tells that all is ready.
func (u *local) start(ctx context.Context, h *house) error {
	if err := h.bucket.Ensure(ctx); err != nil {
		return err
	}
	c := u.config
	err := u.data.writeEnv([][2]string{
		{"PGCAST_URL", c.SupabaseURL},
		{"DATABASE_URL", c.DatabaseURL},
		{"SUPABASE_URL", c.SupabaseURL},
		{"SUPABASE_ANON_KEY", c.AnonKey},
		{"SUPABASE_SERVICE_ROLE_KEY", c.ServiceKey},
		{"SUPABASE_JWT_SECRET", c.JWTSecret},
		{"WEBHOOK_SECRET", c.WebhookKey},
		{"WEBHOOK_ALLOW_PRIVATE", strconv.FormatBool(c.WebhookOpen)},
		{"PGCAST_USER_ID", u.data.keys.UserID.String()},
		{"PGCAST_ACCESS_TOKEN", u.token},
	})
	if err != nil {
		return err
	}
	u.started.Store(true)
	fmt.Fprintf(u.env.Stderr, "\n  pgcast is up: %s\n  for a shell:  . %s\n\n", c.SupabaseURL, u.data.file("env"))
	<-ctx.Done()
	return nil
}

// session gives the page of this machine the local user.
func (u *local) session(r *http.Request) (ingest.Session, bool) {
	if !u.ownMachine(r) {
		return ingest.Session{}, false
	}
	const life = time.Hour
	now := time.Now()
	token, err := auth.Mint([]byte(u.config.JWTSecret), auth.Claims{
		Role: auth.RoleAuthenticated, User: u.data.keys.UserID, Issuer: u.config.SupabaseURL + "/auth/v1",
		Issued: now, Expires: now.Add(life),
	})
	return ingest.Session{AccessToken: token, UserID: u.data.keys.UserID, Expires: now.Add(life)}, err == nil
}

// ownMachine reports whether a request comes from this machine itself, and not
// through a page of elsewhere or a proxy.
func (u *local) ownMachine(r *http.Request) bool {
	ip := u.listener.Addr().(*net.TCPAddr).IP
	return auth.MayHaveLocalToken(auth.LocalRequest{Loopback: ip.IsLoopback(), Host: r.Host, Header: r.Header.Values}) == nil
}

// onlyHere keeps what tells about the inside for this machine: the one port may
// be open to others.
func (u *local) onlyHere(h http.Handler) http.Handler {
	elsewhere := problem.New("forbidden", "Metrics and profiles are for this machine only.").
		WithHint("Ask on the machine itself, with pgcast up bound to loopback; pgcast serve has ADMIN_ADDR.")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u.ownMachine(r) {
			h.ServeHTTP(w, r)
			return
		}
		elsewhere.Answer(w, r)
	})
}
