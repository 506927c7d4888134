package storage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Config says where the bucket is.
type Config struct {
	URL    string       // the Storage API: SUPABASE_URL + /storage/v1
	Key    string       // the service key: a legacy JWT or sb_secret_…; never parsed
	Bucket string       // its name, for instance forecast-uploads
	Log    *slog.Logger // told of repeated attempts; nil: nobody is
}

// Bucket is the bucket of this deployment. It is safe for concurrent use and
// holds nothing that needs closing.
type Bucket struct {
	base   string
	key    string
	name   string
	log    *slog.Logger
	limits limits
	err    error // what is wrong with the Config; returned by every call
}

// limits are the times a Bucket works with.
type limits struct {
	call   time.Duration // one attempt of a call that carries no file
	silent time.Duration // a transfer without a byte moving
	first  time.Duration // the mean wait before the second attempt
	tries  uint          // attempts in all
}

// bucketName are the names that pgcast takes for a bucket: those that need no
// escaping anywhere.
var bucketName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$`)

// New returns the bucket. It does not talk to it; see [Bucket.Ensure] and
// [Bucket.Ping]. A Config that cannot work makes every call fail with what is
// wrong with it.
func New(c Config) *Bucket {
	b := &Bucket{
		base: strings.TrimRight(c.URL, "/"), key: c.Key, name: c.Bucket, log: c.Log,
		limits: limits{call: 15 * time.Second, silent: time.Minute, first: 100 * time.Millisecond, tries: 5},
	}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	u, err := url.Parse(b.base)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		b.err = fmt.Errorf("storage: %q is not a URL; set SUPABASE_URL", c.URL)
	case !bucketName.MatchString(c.Bucket):
		b.err = fmt.Errorf("storage: %q is not a bucket name; set STORAGE_BUCKET to letters, digits, - and _", c.Bucket)
	case c.Key == "":
		b.err = errors.New("storage: no service key; set SUPABASE_SERVICE_ROLE_KEY")
	}
	return b
}

// Ensure creates the private bucket if it is not there. A bucket that is
// public is [ErrPublic].
func (b *Bucket) Ensure(ctx context.Context) error {
	public, err := b.look(ctx)
	if errors.Is(err, ErrNotFound) {
		err = b.control(ctx, call{method: http.MethodPost, path: "/bucket",
			body: map[string]any{"id": b.name, "name": b.name, "public": false}})
		if err == nil || errors.Is(err, ErrExists) {
			public, err = b.look(ctx)
		}
	}
	if err != nil {
		return fmt.Errorf("ensure bucket %s: %w", b.name, err)
	}
	if public {
		return fmt.Errorf("ensure bucket %s: %w: make it private in the dashboard", b.name, ErrPublic)
	}
	return nil
}

// Ping reports whether the bucket can be reached with this key now. It asks
// once.
func (b *Bucket) Ping(ctx context.Context) error {
	if err := b.attempt(ctx, call{method: http.MethodGet, path: "/bucket/" + b.name}); err != nil {
		return fmt.Errorf("ping bucket %s: %w", b.name, err)
	}
	return nil
}

// look asks whether the bucket is public.
func (b *Bucket) look(ctx context.Context) (public bool, err error) {
	var found struct {
		Public bool `json:"public"`
	}
	err = b.control(ctx, call{method: http.MethodGet, path: "/bucket/" + b.name, out: &found})
	return found.Public, err
}
