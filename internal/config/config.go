// Package config reads the environment once, into a struct that says what each
// setting means. No other package looks at the environment.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcast/pgcast/internal/job"
)

// Config holds the settings of every service. A field that a verb needs and
// that is empty is named by [Config.Require].
type Config struct {
	Port        int        // PORT: HTTP port; 0 lets the system choose (default 8080)
	AdminAddr   string     // ADMIN_ADDR: host:port of metrics, detailed readiness and pprof; "" = off
	DatabaseURL string     // DATABASE_URL: any kind of connection
	ListenURL   string     // DATABASE_LISTEN_URL: direct or session connection; default DATABASE_URL
	SupabaseURL string     // SUPABASE_URL: base of storage and auth, without a slash at the end
	ServiceKey  string     // SUPABASE_SERVICE_ROLE_KEY: legacy JWT or sb_secret_…
	AnonKey     string     // SUPABASE_ANON_KEY: legacy JWT or sb_publishable_…
	JWTSecret   string     // SUPABASE_JWT_SECRET: HS256 secret; "" = JWKS of SupabaseURL
	WebhookKey  string     // WEBHOOK_SECRET: signs webhooks, whsec_… or any text of 8 bytes or more; "" = no webhooks
	WebhookOpen bool       // WEBHOOK_ALLOW_PRIVATE: webhooks may go to private addresses and by http (default false)
	Bucket      string     // STORAGE_BUCKET (default forecast-uploads)
	Collector   string     // OTEL_EXPORTER_OTLP_ENDPOINT: base URL of an OTLP receiver over HTTP; "" = no traces
	Origins     []string   // ALLOWED_ORIGINS: comma separated; empty = same origin only
	LogLevel    slog.Level // LOG_LEVEL: debug, info, warn, error (default info)
	MaxUpload   int64      // MAX_UPLOAD_BYTES (default 512 MiB), of the CSV text
	RateLimit   int        // RATE_LIMIT_PER_MINUTE: requests of one user at one door (default 6000, 0 = no bound)
	Quotas      job.Quotas // QUOTA_JOBS, QUOTA_BYTES, QUOTA_RUNS_PER_DAY, QUOTA_WAITING_RUNS: of each user, over all doors (default 0 = no bound)
	Slots       int        // PROCESSOR_SLOTS: jobs one processor runs at once (default 0 = one per core)
}

const (
	defaultPort   = 8080
	defaultBucket = "forecast-uploads"
	defaultUpload = 512 << 20
	defaultRate   = 6000
)

// Read takes every setting from getenv. The error names each one that cannot
// be read and what it wants.
func Read(getenv func(string) string) (Config, error) {
	r := reader{getenv: getenv}
	c := Config{
		Port:        int(r.number("PORT", defaultPort, 65535)),
		AdminAddr:   getenv("ADMIN_ADDR"),
		DatabaseURL: r.database("DATABASE_URL"),
		ListenURL:   r.database("DATABASE_LISTEN_URL"),
		SupabaseURL: r.base("SUPABASE_URL"),
		ServiceKey:  getenv("SUPABASE_SERVICE_ROLE_KEY"),
		AnonKey:     getenv("SUPABASE_ANON_KEY"),
		JWTSecret:   getenv("SUPABASE_JWT_SECRET"),
		WebhookKey:  getenv("WEBHOOK_SECRET"),
		WebhookOpen: r.boolean("WEBHOOK_ALLOW_PRIVATE"),
		Bucket:      getenv("STORAGE_BUCKET"),
		Collector:   r.base("OTEL_EXPORTER_OTLP_ENDPOINT"),
		Origins:     list(getenv("ALLOWED_ORIGINS")),
		LogLevel:    r.level("LOG_LEVEL"),
		MaxUpload:   r.number("MAX_UPLOAD_BYTES", defaultUpload, 1<<40),
		RateLimit:   int(r.number("RATE_LIMIT_PER_MINUTE", defaultRate, 1<<30)),
		Quotas: job.Quotas{
			Jobs: r.number("QUOTA_JOBS", 0, 1<<50), Bytes: r.number("QUOTA_BYTES", 0, 1<<60),
			Runs: r.number("QUOTA_RUNS_PER_DAY", 0, 1<<50), Waiting: r.number("QUOTA_WAITING_RUNS", 0, 1<<50),
		},
		Slots: int(r.number("PROCESSOR_SLOTS", 0, 10_000)),
	}
	if c.ListenURL == "" {
		c.ListenURL = c.DatabaseURL
	}
	if c.Bucket == "" {
		c.Bucket = defaultBucket
	}
	return c, errors.Join(r.errs...)
}

// wanted says what each required setting is and where to find it.
var wanted = map[string]string{
	"OTEL_EXPORTER_OTLP_ENDPOINT": "the base URL of an OpenTelemetry collector, for instance http://127.0.0.1:4318",
	"DATABASE_URL":                "the connection string of the database, for instance postgres://postgres:…@db.<ref>.supabase.co:5432/postgres",
	"SUPABASE_URL":                "the URL of the Supabase project, for instance https://<ref>.supabase.co",
	"SUPABASE_SERVICE_ROLE_KEY":   "the service_role key (or an sb_secret_… key) of the project's API settings",
}

// Require returns an error naming those of the settings that are empty, each
// with what to set.
func (c Config) Require(names ...string) error {
	values := map[string]string{
		"DATABASE_URL": c.DatabaseURL, "SUPABASE_URL": c.SupabaseURL, "SUPABASE_SERVICE_ROLE_KEY": c.ServiceKey,
	}
	var errs []error
	for _, name := range names {
		if values[name] == "" {
			errs = append(errs, fmt.Errorf("%s is not set: set it to %s", name, wanted[name]))
		}
	}
	return errors.Join(errs...)
}

type reader struct {
	getenv func(string) string
	errs   []error
}

func (r *reader) fail(name, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf(name+" "+format, args...))
}

func (r *reader) number(name string, standard, most int64) int64 {
	text := r.getenv(name)
	if text == "" {
		return standard
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > most {
		r.fail(name, "is %q: set it to a number from 0 to %d", text, most)
		return standard
	}
	return n
}

// database checks a connection string without ever repeating it: it holds a
// password.
func (r *reader) database(name string) string {
	text := r.getenv(name)
	if text == "" || isDatabase(text) {
		return text
	}
	r.fail(name, "is not a connection string: set it to %s (in a URL, write @ in a password as %%40, / as %%2F)", wanted["DATABASE_URL"])
	return ""
}

// isDatabase reports whether text is a connection string. What pgx would find
// wrong with it later, it would repeat: it does not know the password in words
// such as "password = secret", and takes what follows the first of two @ for
// the host.
func isDatabase(text string) bool {
	_, rest, isURL := strings.Cut(text, "://")
	if !isURL {
		_, err := pgconn.ParseConfig(text)
		return err == nil && strings.Contains(text, "=")
	}
	authority, _, _ := strings.Cut(rest, "/")
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql") && strings.Count(authority, "@") <= 1
}

func (r *reader) base(name string) string {
	text := strings.TrimRight(r.getenv(name), "/")
	if text == "" {
		return ""
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		r.fail(name, "is %q: set it to %s", text, wanted[name])
		return ""
	}
	return text
}

func (r *reader) boolean(name string) bool {
	text := r.getenv(name)
	if text == "" {
		return false
	}
	b, err := strconv.ParseBool(text)
	if err != nil {
		r.fail(name, "is %q: set it to true or false", text)
	}
	return b
}

func (r *reader) level(name string) slog.Level {
	var level slog.Level
	text := r.getenv(name)
	if text == "" {
		return level
	}
	if err := level.UnmarshalText([]byte(text)); err != nil {
		r.fail(name, "is %q: set it to debug, info, warn or error", text)
	}
	return level
}

func list(text string) []string {
	var out []string
	for _, item := range strings.Split(text, ",") {
		if item = strings.TrimRight(strings.TrimSpace(item), "/"); item != "" {
			out = append(out, item)
		}
	}
	return out
}
