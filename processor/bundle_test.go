package processor_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/internal/engine"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/localstorage"
	"github.com/pgcast/pgcast/internal/storage"
	"github.com/pgcast/pgcast/processor"
)

// bundle is what a test works with: a migrated database, a storage server with
// a bucket, and a user.
type bundle struct {
	*dbtest.DB
	t      testing.TB
	bucket *storage.Bucket
	down   atomic.Bool // the storage answers every write with 500
	closed atomic.Bool // the storage answers every write with 403
	user   job.UserID
	tune   func(*processor.Processor) // called before a processor runs; may be nil
}

func setup(t testing.TB) *bundle {
	t.Helper()
	b := &bundle{DB: dbtest.New(t), t: t, user: job.UserID{UUID: uuid.New()}}
	server, err := localstorage.New(localstorage.Config{Dir: t.TempDir(), JWTSecret: []byte("secret"), ServiceKey: "service", Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b.down.Load() && r.Method == http.MethodPost {
			http.Error(w, "the disk is on fire", http.StatusInternalServerError)
			return
		}
		if b.closed.Load() && r.Method == http.MethodPost {
			http.Error(w, "Access denied", http.StatusForbidden)
			return
		}
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	b.bucket = storage.New(storage.Config{URL: front.URL, Key: "service", Bucket: "forecast-uploads"})
	if err := b.bucket.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

// start runs a processor with a listener, as the mains wire it. The returned
// func stops it and waits; a test need not call it.
func (b *bundle) start(e processor.Engine, change ...func(*processor.Config)) (stop func()) {
	b.t.Helper()
	c := processor.Config{Queue: b.DB, Files: files{b.bucket}, Engine: e, Slots: 2, Log: quiet(b.t), Scratch: b.t.TempDir(), Grace: time.Second}
	for _, f := range change {
		f(&c)
	}
	p := processor.New(c)
	if b.tune != nil {
		b.tune(p)
	}
	ctx, cancel := context.WithCancel(context.Background())
	listening := make(chan struct{})
	listener := db.Listener{
		URL: b.URL, Channels: []string{"pgcast_wake", "pgcast_control"},
		OnConnect: func(context.Context, *pgx.Conn) error { close(listening); return nil },
		OnNotify: func(channel, _ string) {
			if channel == "pgcast_control" {
				p.Control()
				return
			}
			p.Wake()
		},
	}
	done := make(chan error, 2)
	go func() { done <- listener.Run(ctx) }()
	go func() { done <- p.Run(ctx) }()
	<-listening
	stop = func() {
		cancel()
		for range 2 {
			if err := <-done; err != nil {
				b.t.Errorf("stop: %v", err)
			}
		}
		done <- nil
		done <- nil
	}
	b.t.Cleanup(stop)
	return stop
}

func (b *bundle) noError(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// quiet logs to the test, or to nobody where the log would be the bottleneck.
func quiet(t testing.TB) *slog.Logger {
	if _, bench := t.(*testing.B); bench {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(t.Output(), nil))
}

// submit uploads a file and queues a forecast of it.
func (b *bundle) submit(csv, params string) job.ID {
	b.t.Helper()
	id := job.NewID()
	key := storage.Input(b.user, id)
	if err := b.bucket.Upload(b.t.Context(), key, strings.NewReader(csv), storage.UploadOptions{ContentType: "text/csv"}); err != nil {
		b.t.Fatal(err)
	}
	_, err := b.Create(b.t.Context(), b.user, job.Upload{
		ID: id, InputPath: key.String(), FileName: "sales.csv", FileBytes: int64(len(csv)),
		Columns: []byte(`[]`), TimeCandidates: []byte(`[]`), Preview: []byte(`[]`), Profile: []byte(`{}`), Params: []byte(params),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

func (b *bundle) get(id job.ID) job.Detail {
	b.t.Helper()
	found, err := b.Get(b.t.Context(), b.user, id)
	if err != nil {
		b.t.Fatal(err)
	}
	return found
}

// await waits until the job has the status, and fails when it ended otherwise.
func (b *bundle) await(id job.ID, want job.Status) job.Detail {
	b.t.Helper()
	dbtest.Eventually(b.t, "job "+id.String()+" to be "+string(want), func() bool {
		found := b.get(id)
		if found.Status.Terminal() && found.Status != want {
			b.t.Fatalf("the job is %s (%s %s), want %s", found.Status, found.ErrorCode, found.ErrorMessage, want)
		}
		return found.Status == want
	})
	return b.get(id)
}

// result is the newest completed run.
func (b *bundle) result(id job.ID) job.Run {
	b.t.Helper()
	r, err := b.LatestRun(b.t.Context(), b.user, id)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// sum is the SHA-256 of an object in hex, "" when it is not there.
func (b *bundle) sum(key storage.Key) string {
	o, err := b.bucket.Download(b.t.Context(), key, "")
	if err != nil {
		return ""
	}
	defer o.Body.Close()
	h := sha256.New()
	if _, err := io.Copy(h, o.Body); err != nil {
		b.t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// whole reports an error unless the run's folder and the canonical paths hold
// the files whose checksums are recorded.
func (b *bundle) whole(r job.Run) {
	b.t.Helper()
	if len(r.Checksums) != 3 {
		b.t.Errorf("the run has checksums of %d files, want 3", len(r.Checksums))
	}
	for name, want := range r.Checksums {
		own, err := storage.RunFile(r.UserID, r.JobID, r.ID, r.Fence, name)
		if err != nil {
			b.t.Fatal(err)
		}
		canonical, err := storage.Canonical(r.UserID, r.JobID, name)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, key := range []storage.Key{own, canonical} {
			if b.sum(key) != want {
				b.t.Errorf("%s is not the file that the run recorded", key)
			}
		}
	}
}

// fences are the attempts of the run that have a folder.
func (b *bundle) fences(r job.Run) []int64 {
	b.t.Helper()
	found, err := files{b.bucket}.Attempts(b.t.Context(), processor.Attempt{User: r.UserID, Job: r.JobID, Run: r.ID})
	if err != nil {
		b.t.Fatal(err)
	}
	return found
}

// flat is a finished forecast that carries a mark, so that results can be told
// apart.
func flat(mark string) *engine.Output {
	o := &engine.Output{SchemaVersion: engine.SchemaVersion, Summary: engine.Summary{Series: 1, Model: mark}}
	o.Series = []engine.Series{{ID: mark, Points: engine.Points{
		Time: []string{"2026-01-01"}, ISO: []string{"2026-01-01T00:00:00"}, Mean: []forecast.Number{1},
	}}}
	return o
}

// instant is an engine without work.
func instant(context.Context, job.Spec, io.ReadSeeker, func(float64, string)) (*engine.Output, error) {
	return flat("instant"), nil
}

// patient is an engine that says when it starts and works until it is told to
// stop.
type patient struct{ started, stopped chan struct{} }

func newPatient() *patient { return &patient{make(chan struct{}, 10), make(chan struct{}, 10)} }

func (e *patient) run(ctx context.Context, _ job.Spec, _ io.ReadSeeker, progress func(float64, string)) (*engine.Output, error) {
	progress(0.5, "backtest")
	e.started <- struct{}{}
	<-ctx.Done()
	e.stopped <- struct{}{}
	return nil, ctx.Err()
}

// receive waits for a signal, for at most two minutes: only what hangs is
// found by it.
func receive(t testing.TB, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(2 * time.Minute):
		t.Fatalf("waited two minutes for: %s", what)
	}
}
