package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/engine"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/localstorage"
	"github.com/pgcast/pgcast/internal/storage"
)

// bucketURL is a project whose storage is real.
func bucketURL(t *testing.T) string {
	t.Helper()
	server, err := localstorage.New(localstorage.Config{Dir: t.TempDir(), JWTSecret: []byte("secret"), ServiceKey: "service", Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	front := httptest.NewServer(http.StripPrefix("/storage/v1", server))
	t.Cleanup(front.Close)
	return front.URL
}

// work runs the processor of the wake-ups until the test ends.
func (l *listener) work(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.processor.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	dbtest.Eventually(t, "the processor is ready", func() bool { return l.processor.Ready() == nil })
}

// submit stores two years of months and asks for their forecast.
func (l *listener) submit(t *testing.T) job.ID {
	t.Helper()
	var file strings.Builder
	file.WriteString("month,sales\n")
	for i := range 24 {
		fmt.Fprintf(&file, "%d-%02d-01,%d\n", 2020+i/12, i%12+1, 100+i+10*(i%12))
	}
	user := job.UserID{UUID: uuid.New()}
	made := l.db.Job(t, user, "")
	key := storage.Input(user, made.ID)
	if err := l.house.bucket.Upload(t.Context(), key, strings.NewReader(file.String()), storage.UploadOptions{ContentType: "text/csv"}); err != nil {
		t.Fatal(err)
	}
	l.db.Exec(t, `update jobs set params = '{"horizon": 3, "model": "naive"}' where id = $1`, made.ID.String())
	return made.ID
}

// state is what a row says of its run.
type state struct {
	Status    string
	Attempts  int
	ClaimedBy string
}

func (l *listener) state(t *testing.T, id job.ID) (s state) {
	t.Helper()
	err := l.db.Pool().QueryRow(t.Context(), `select status, attempts, coalesce(claimed_by, '') from jobs where id = $1`, id.String()).
		Scan(&s.Status, &s.Attempts, &s.ClaimedBy)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (l *listener) completes(t *testing.T, id job.ID) {
	t.Helper()
	dbtest.Eventually(t, "the job is completed", func() bool { return l.state(t, id).Status == "completed" })
	if s := l.state(t, id); s.Attempts != 1 {
		t.Errorf("it took %d attempts", s.Attempts)
	}
	var strange int
	err := l.db.Pool().QueryRow(t.Context(), `select count(*) from job_events where job_id = $1 and code = 'processor_lost'`, id.String()).Scan(&strange)
	if err != nil || strange != 0 {
		t.Errorf("%d events of a processor that was lost, %v", strange, err)
	}
}

// held makes forecasts wait until they are let go.
func held(release <-chan struct{}) func(*wakes) {
	return func(w *wakes) {
		forecast := w.processor.Engine
		w.processor.Engine = func(ctx context.Context, s job.Spec, file io.ReadSeeker, progress func(float64, string)) (*engine.Output, error) {
			select {
			case <-release:
				return forecast(ctx, s, file, progress)
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}
	}
}
