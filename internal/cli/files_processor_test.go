package cli

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/localstorage"
	"github.com/pgcast/pgcast/internal/storage"
	"github.com/pgcast/pgcast/processor"
)

// bucketFor is a bucket on a storage server of the test's own.
func bucketFor(t *testing.T, ensure bool) (good, bad *storage.Bucket) {
	t.Helper()
	server, err := localstorage.New(localstorage.Config{Dir: t.TempDir(), JWTSecret: []byte("secret"), ServiceKey: "service", Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	front := httptest.NewServer(http.Handler(server))
	t.Cleanup(front.Close)
	good = storage.New(storage.Config{URL: front.URL, Key: "service", Bucket: "forecast-uploads"})
	if ensure {
		if err := good.Ensure(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return good, storage.New(storage.Config{URL: front.URL, Key: "old", Bucket: "forecast-uploads"})
}

// TestTheWorkshopKnowsWhatWillNotPass: a key that is refused and a bucket that
// is gone are not an outage, and a bucket that is gone is not a missing file.
func TestTheWorkshopKnowsWhatWillNotPass(t *testing.T) {
	t.Parallel()
	there, refused := bucketFor(t, true)
	gone, _ := bucketFor(t, false)
	for name, c := range map[string]struct {
		bucket *storage.Bucket
		want   error // of reading the input; storing ends in the same, or well
	}{
		"a file is missing":   {there, job.ErrNotFound},
		"the key is refused":  {refused, processor.ErrDenied},
		"the bucket is gone ": {gone, processor.ErrDenied},
	} {
		f := workshopFiles{c.bucket}
		a := processor.Attempt{User: job.UserID{UUID: uuid.New()}, Job: job.NewID(), Run: job.RunID{UUID: uuid.New()}, Fence: 1}
		_, err := f.Input(t.Context(), job.Claim{ID: a.Job, UserID: a.User})
		if !errors.Is(err, c.want) || c.want != job.ErrNotFound && errors.Is(err, job.ErrNotFound) {
			t.Errorf("%s: read the input: %v, want %v", name, err, c.want)
		}
		err = f.Store(t.Context(), a, storage.OutputName, "application/json", strings.NewReader("{}"))
		if denied := errors.Is(err, processor.ErrDenied); denied != (c.want == processor.ErrDenied) || !denied && err != nil {
			t.Errorf("%s: store a result: %v", name, err)
		}
	}
}

func TestTheWorkshopRemovesAllOfAJob(t *testing.T) {
	t.Parallel()
	bucket, _ := bucketFor(t, true)
	f, ctx := workshopFiles{bucket}, context.Background()
	a := processor.Attempt{User: job.UserID{UUID: uuid.New()}, Job: job.NewID(), Run: job.RunID{UUID: uuid.New()}, Fence: 1}
	other := a
	other.Job = job.NewID()
	for _, of := range []processor.Attempt{a, other} {
		for _, name := range storage.ResultNames {
			if err := f.Store(ctx, of, name, "text/plain", strings.NewReader("x")); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Publish(ctx, of); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // there, and not there any more
		if err := f.RemoveJob(ctx, a.User, a.Job); err != nil {
			t.Fatal(err)
		}
	}
	for of, want := range map[job.ID]int{a.Job: 0, other.Job: len(storage.ResultNames) + 1} {
		if left, err := bucket.List(ctx, storage.Folder(a.User, of)); err != nil || len(left) != want {
			t.Errorf("the folder has %d entries, %v; want %d", len(left), err, want)
		}
	}
}
