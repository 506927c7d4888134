package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/ingest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/config"
	"github.com/pgcast/pgcast/internal/engine"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/storage"
	"github.com/pgcast/pgcast/internal/telemetry"
	"github.com/pgcast/pgcast/notifier"
	"github.com/pgcast/pgcast/notifier/realtime"
	"github.com/pgcast/pgcast/processor"
	"github.com/pgcast/pgcast/web"
)

// house is what the services of one process share.
type house struct {
	env      Env
	config   config.Config
	log      *slog.Logger
	registry *prometheus.Registry
	db       *db.DB
	bucket   *storage.Bucket
	verifier *auth.Verifier
	tracer   *telemetry.Tracer // nil without a collector
	webhooks []byte            // key that signs them; nil: they are off
}

// openHouse connects to the database and names the bucket. The bucket is not
// asked for anything yet: in `up` it is served by this very process. good says
// which access tokens are.
func openHouse(ctx context.Context, env Env, c config.Config, name string, good auth.Config) (*house, error) {
	h := &house{env: env, config: c, log: logger(env, c.LogLevel), registry: prometheus.NewRegistry()}
	h.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	var err error
	if h.webhooks, err = webhookKey(c.WebhookKey); err != nil {
		return nil, err
	}
	if h.tracer, err = telemetry.New(ctx, c.Collector, "pgcast", env.Version, h.log); err != nil {
		return nil, err
	}
	good.Log = h.log
	if h.verifier, err = auth.NewVerifier(good); err != nil {
		return nil, err
	}
	if h.db, err = db.Open(ctx, c.DatabaseURL, db.Options{AppName: "pgcast " + name, MaxConns: connections(c.DatabaseURL), Quotas: c.Quotas}); err != nil {
		h.verifier.Close()
		return nil, advised(ctx, c.DatabaseURL, err)
	}
	h.bucket = storage.New(storage.Config{URL: c.SupabaseURL + "/storage/v1", Key: c.ServiceKey, Bucket: c.Bucket, Log: h.log})
	return h, nil
}

// connections is how many the process opens at most: what the URL says, or ten,
// which leaves a processor seven for completions that wait for the storage.
// They are opened when they are needed.
func connections(url string) int32 {
	if strings.Contains(url, "pool_max_conns") {
		return 0
	}
	return 10
}

// tokens says which access tokens are good: those signed with a published key of
// the project, and, where it has one, with its secret. A project that moves from
// the secret to signing keys has tokens of both for a while. The issuer tells
// hosted projects apart; elsewhere the signature does alone.
func tokens(c config.Config) auth.Config {
	good := auth.Config{Secret: []byte(c.JWTSecret), JWKSURL: c.SupabaseURL + "/auth/v1/.well-known/jwks.json"}
	if projectOfURL(c.SupabaseURL) != "" {
		good.Issuer = c.SupabaseURL + "/auth/v1"
	}
	return good
}

func (h *house) close() {
	h.tracer.Close()
	h.db.Close()
	h.verifier.Close()
}

// door is ingest. wake tells the mode of readiness; watch is nil without a
// notifier, local but in `up`.
func (h *house) door(ready func(context.Context) ingest.Readiness, watch watchFunc, local func(*http.Request) (ingest.Session, bool)) *ingest.Server {
	return ingest.New(ingest.Config{
		Jobs:         h.db,
		Files:        doorFiles{h.bucket},
		Authenticate: h.authenticate,
		Scan: func(ctx context.Context, r io.Reader) (*dataset.Profile, error) {
			return dataset.Scan(ctx, r, dataset.DefaultLimits)
		},
		Resolve:           h.resolve,
		Code:              codeOf,
		Ready:             ready,
		Watch:             watch,
		Local:             local,
		Page:              web.Page(),
		Models:            append([]string{"auto"}, forecast.Models()...),
		Origins:           h.config.Origins,
		MaxUploadBytes:    h.config.MaxUpload,
		RequestsPerMinute: h.config.RateLimit,
		DrainTimeout:      5 * time.Second,
		Log:               h.log,
	})
}

// watchFunc is [ingest.Config.Watch].
type watchFunc = func(user job.UserID, id job.ID, wake func()) (stop func(), ok bool)

func (h *house) authenticate(ctx context.Context, token string) (ingest.User, error) {
	user, err := h.verifier.Verify(ctx, token)
	return ingest.User{ID: user.ID, Role: user.Role}, err
}

// resolve checks a request against what is known of a stored file.
func (h *house) resolve(spec job.Spec, d job.Detail) (any, error) {
	if err := h.mayCall(spec.Webhook); err != nil {
		return nil, err
	}
	text, err := profileText(d)
	if err != nil {
		return nil, err
	}
	var p dataset.Profile
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, fmt.Errorf("read the profile of job %s: %w", d.ID, err)
	}
	return engine.Resolve(spec, &p)
}

// window is the notifier. A stop closes its sockets over the time of spread.
func (h *house) window(spread time.Duration) *notifier.Notifier {
	return notifier.New(notifier.Config{
		Jobs: h.db, Tokens: h.verifier, URL: h.config.ListenURL, Origins: h.config.Origins,
		Version: h.env.Version, Log: h.log, Registry: h.registry, Spread: spread,
		Keys: realtime.Keys{Anon: h.config.AnonKey, Service: h.config.ServiceKey},
	})
}

// workshop is a processor and the wake-ups that reach it.
func (h *house) workshop(grace time.Duration) (*processor.Processor, *wakes) {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	w := newWakes(h)
	w.postman = h.postman()
	w.processor = processor.New(processor.Config{
		Queue:       h.db,
		Files:       workshopFiles{h.bucket},
		Engine:      h.engine,
		Log:         h.log,
		ID:          w.id,
		Name:        host,
		Slots:       h.config.Slots,
		Connections: int(h.db.Pool().Config().MaxConns),
		Grace:       grace,
		LockKey:     w.lock.Load,
		Listening:   w.proven.Load,
		Metrics:     h.registry,
	})
	return w.processor, w
}

// engine runs the series of a job on every core, so that a panel alone is fast;
// several jobs at once share them.
func (h *house) engine(ctx context.Context, s job.Spec, file io.ReadSeeker, progress func(float64, string)) (*engine.Output, error) {
	ctx, end := h.tracer.Span(ctx, "forecast")
	out, err := engine.Run(ctx, s, file, engine.Options{Version: h.env.Version, Limits: dataset.DefaultLimits, Progress: progress})
	end(err)
	return out, err
}

// current fails with what to do when the schema is older than the binary.
func (h *house) current(ctx context.Context) error {
	if err := h.db.Current(ctx); err != nil {
		return fmt.Errorf("%w (set DATABASE_LISTEN_URL to a direct or session connection if DATABASE_URL is a transaction pooler)", err)
	}
	return nil
}

// checks are what every service needs to be of use.
func (h *house) checks(ctx context.Context) map[string]error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	var database, bucket error
	var wait sync.WaitGroup
	wait.Go(func() { database = h.db.Current(ctx) })
	wait.Go(func() { bucket = h.bucket.Ping(ctx) })
	wait.Wait()
	return map[string]error{"database": database, "storage": bucket}
}
