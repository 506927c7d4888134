package storage

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/localstorage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const serviceKey = "sb_secret_for_these_tests"

// bundle is a bucket on a real local storage server, and a job in it.
type bundle struct {
	*Bucket
	server *httptest.Server
	user   job.UserID
	id     job.ID
	run    job.RunID
}

// setup starts a server. wrap, if not nil, stands between it and the client.
func setup(t *testing.T, wrap func(http.Handler) http.Handler) bundle {
	t.Helper()
	local, err := localstorage.New(localstorage.Config{
		Dir: t.TempDir(), JWTSecret: []byte("a secret of at least thirty-two bytes"), ServiceKey: serviceKey,
		MaxObjectBytes: 256 << 20, Ephemeral: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	var h http.Handler = http.StripPrefix("/storage/v1", local)
	if wrap != nil {
		h = wrap(h)
	}
	server := httptest.NewServer(h)
	t.Cleanup(func() {
		server.Close()
		if err := local.Close(); err != nil {
			t.Error(err)
		}
	})
	b := New(Config{URL: server.URL + "/storage/v1", Key: serviceKey, Bucket: "forecast-uploads"})
	b.limits.first = time.Millisecond
	if err := b.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	return bundle{Bucket: b, server: server, user: job.UserID{UUID: uuid.New()}, id: job.NewID(), run: job.RunID{UUID: uuid.New()}}
}

func (b bundle) input() Key { return Input(b.user, b.id) }

// put uploads a text and fails the test if it cannot.
func (b bundle) put(t *testing.T, k Key, text string) {
	t.Helper()
	if err := b.Upload(t.Context(), k, bytes.NewReader([]byte(text)), UploadOptions{ContentType: "text/csv", Upsert: true}); err != nil {
		t.Fatal(err)
	}
}

// get downloads a text and fails the test if it cannot.
func (b bundle) get(t *testing.T, k Key) string {
	t.Helper()
	text, err := b.read(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (b bundle) read(ctx context.Context, k Key) (string, error) {
	o, err := b.Download(ctx, k, "")
	if err != nil {
		return "", err
	}
	defer o.Body.Close()
	body, err := io.ReadAll(o.Body)
	return string(body), err
}

// another returns the ids of another job of another user.
func another() (job.UserID, job.ID) {
	return job.UserID{UUID: uuid.New()}, job.NewID()
}

func itoa(i int64) string { return strconv.FormatInt(i, 10) }

// plain hides that a reader can seek.
type plain struct{ io.Reader }
