package ingest

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/internal/job"
)

// Config is what the door is made of. Jobs, Files, Authenticate, Scan and
// Resolve are needed; everything else has a zero value that works.
type Config struct {
	Jobs  Jobs
	Files Files

	// Authenticate returns whose access token this is. Every error is answered
	// 401, but auth.ErrKeysUnavailable.
	Authenticate func(ctx context.Context, token string) (User, error)

	// Scan profiles a file in one pass over r, in bounded memory.
	Scan func(ctx context.Context, r io.Reader) (*dataset.Profile, error)

	// Resolve fills in a request from the job's columns and checks it against
	// them. What it returns is shown as "resolved"; errors are *job.SpecError.
	Resolve func(spec job.Spec, d job.Detail) (any, error)

	// Code names the problem code of errors from rooms that ingest does not
	// know, "" for those it does not know either. May be nil.
	Code func(error) string

	// Ready looks at everything a request needs. nil: always ready.
	Ready func(ctx context.Context) Readiness

	// Watch calls wake, which does not block, when there may be news of a job,
	// until stop; ok is false when it will not. nil: who waits for a job looks at
	// it again and again.
	Watch func(user job.UserID, id job.ID, wake func()) (stop func(), ok bool)

	// Local gives the page of `pgcast up` the access of the local user, when
	// this request may have it. nil: there is no such user.
	Local func(r *http.Request) (Session, bool)

	Page    fs.FS    // served at /, index.html at the root; nil: no page
	Models  []string // words that model may be, for GET /v1/limits
	Origins []string // origins of other sites that may call; empty: none

	Limits            dataset.Limits // what Scan holds a file to, for GET /v1/limits; zero fields: dataset.DefaultLimits
	MaxUploadBytes    int64          // of the CSV text; 0: 512 MiB
	IdleTimeout       time.Duration  // the longest pause within a request or an answer; 0: 30 s
	RequestsPerMinute int            // of one user, at this door; 0: no bound
	MinUploadRate     int64          // bytes per second a client must send on average; 0: 1 KiB
	DrainTimeout      time.Duration  // how long requests in flight keep a stopping server; 0: 20 s

	Log *slog.Logger // nil: no log
}

// User is who calls.
type User struct {
	ID   job.UserID // the token's sub
	Role string     // the token's role; only "authenticated" may call
}

// Session is the local user's access.
type Session struct {
	AccessToken string     `json:"access_token"`
	UserID      job.UserID `json:"user_id"`
	Expires     time.Time  `json:"expires_at"`
}

// Readiness says what a request would meet.
type Readiness struct {
	Mode   string           // how processors are woken: "listening" or "polling"
	Source string           // of live status: "replication", "listen", "poll" or "none"; empty: not of this process
	Reason string           // why Source is not replication; for operators, not for callers
	Checks map[string]error // by name, for instance "database"; nil: fine
}

const (
	defaultMaxUpload = 512 << 20
	defaultIdle      = 30 * time.Second
	defaultRate      = 1 << 10
	defaultDrain     = 20 * time.Second
)

func (c Config) withDefaults() Config {
	c.MaxUploadBytes = or(c.MaxUploadBytes, defaultMaxUpload)
	c.IdleTimeout = or(c.IdleTimeout, defaultIdle)
	c.MinUploadRate = or(c.MinUploadRate, defaultRate)
	c.DrainTimeout = or(c.DrainTimeout, defaultDrain)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func or[T comparable](value, standard T) T {
	var zero T
	if value == zero {
		return standard
	}
	return value
}
