package ingest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/ingest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/engine"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/localstorage"
	"github.com/pgcast/pgcast/internal/logtest"
	"github.com/pgcast/pgcast/internal/service"
	"github.com/pgcast/pgcast/internal/storage"
)

var secret = []byte("a secret of at least 32 characters, for tests")

// house is a door with real rooms behind it: Postgres, storage over HTTP,
// tokens.
type house struct {
	t      testing.TB
	url    string
	db     *dbtest.DB
	bucket *storage.Bucket
	log    *logtest.Log
	server *ingest.Server
}

func setup(t testing.TB, change ...func(*ingest.Config)) *house {
	t.Helper()
	h := &house{t: t, db: dbtest.New(t), bucket: newBucket(t), log: &logtest.Log{}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log:\n%s", h.log)
		}
	})
	c := ingest.Config{
		Jobs: h.db, Files: files{h.bucket}, Authenticate: authenticate(t), Scan: scan, Resolve: resolve, Code: code,
		Models: append([]string{"auto"}, forecast.Models()...), Page: page, MaxUploadBytes: 4 << 20, DrainTimeout: 5 * time.Second,
		Log: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	for _, f := range change {
		f(&c)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.server, h.url = ingest.New(c), "http://"+l.Addr().String()
	serve(t, h.server, l)
	return h
}

// mounted is a door behind a net/http port, as `up` and `serve` have it.
func mounted(t testing.TB, change ...func(*ingest.Config)) *house {
	t.Helper()
	h := setup(t, change...)
	mount := service.NewMount(service.Answers{Away: http.NotFoundHandler(), Broken: http.NotFoundHandler(), Slow: http.NotFoundHandler()}, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = mount.Close() })
	serve(t, ingest.New(h.server.Config), mount.Listener())
	front := httptest.NewServer(mount)
	t.Cleanup(front.Close)
	h.url = front.URL
	return h
}

// serve runs a server on l until the test ends.
func serve(t testing.TB, s *ingest.Server, l net.Listener) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, l) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the server did not stop cleanly: %v", err)
		}
	})
}

func newBucket(t testing.TB) *storage.Bucket {
	t.Helper()
	key := mint(t, auth.RoleService, job.UserID{}, time.Hour)
	server, err := localstorage.New(localstorage.Config{Dir: t.TempDir(), JWTSecret: secret, ServiceKey: key, Ephemeral: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(http.StripPrefix("/storage/v1", server))
	t.Cleanup(func() { http.DefaultClient.CloseIdleConnections(); front.Close() })
	b := storage.New(storage.Config{URL: front.URL + "/storage/v1", Key: key, Bucket: "forecast-uploads"})
	if err := b.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

func mint(t testing.TB, role string, user job.UserID, life time.Duration) string {
	t.Helper()
	now := time.Now()
	token, err := auth.Mint(secret, auth.Claims{Role: role, User: user, Issued: now.Add(-2 * time.Hour), Expires: now.Add(life)})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func authenticate(t testing.TB) func(context.Context, string) (ingest.User, error) {
	v, err := auth.NewVerifier(auth.Config{Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return func(ctx context.Context, token string) (ingest.User, error) {
		u, err := v.Verify(ctx, token)
		return ingest.User{ID: u.ID, Role: u.Role}, err
	}
}

func scan(ctx context.Context, r io.Reader) (*dataset.Profile, error) {
	return dataset.Scan(ctx, r, dataset.DefaultLimits)
}

func resolve(spec job.Spec, d job.Detail) (any, error) {
	var p dataset.Profile
	for text, into := range map[*json.RawMessage]any{&d.Profile: &p} {
		if err := json.Unmarshal(*text, into); err != nil {
			return nil, err
		}
	}
	err := errors.Join(json.Unmarshal(d.Columns, &p.Columns), json.Unmarshal(d.TimeCandidates, &p.TimeCandidates), json.Unmarshal(d.Preview, &p.Preview))
	if err != nil {
		return nil, err
	}
	return engine.Resolve(spec, &p)
}

func code(err error) string {
	switch {
	case errors.Is(err, storage.ErrRange):
		return "range_not_satisfiable"
	case errors.Is(err, storage.ErrUnavailable):
		return "storage_unavailable"
	}
	return ""
}

// page is a small page with one file of each kind.
var page = fstest.MapFS{
	"index.html": {Data: []byte("<!doctype html><title>pgcast</title>" + strings.Repeat("<p>a page</p>", 100))},
	"js/main.js": {Data: []byte("export {}")},
}
