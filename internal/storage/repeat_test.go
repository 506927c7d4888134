package storage

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// flaky lets the bucket calls through, and fails the first n others after it
// has read their body.
func flaky(n int32, calls *atomic.Int32) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.URL.Path, "/object/") || calls.Add(1) > n {
				next.ServeHTTP(w, r)
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, "<html>502 Bad Gateway</html>")
		})
	}
}

func TestWhatIsSafeToRepeatIsRepeated(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long ", headBytes)
	for name, c := range map[string]struct {
		r     io.Reader
		o     UploadOptions
		calls int32
		want  string // "" when the upload fails
	}{
		"seekable":                 {strings.NewReader(long), UploadOptions{Upsert: true}, 3, long},
		"streamed, short":          {plain{strings.NewReader("short")}, UploadOptions{Upsert: true}, 3, "short"},
		"streamed, long":           {plain{strings.NewReader(long)}, UploadOptions{Upsert: true}, 1, ""},
		"seekable, without upsert": {strings.NewReader("short"), UploadOptions{}, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			b := setup(t, flaky(2, &calls))
			err := b.Upload(t.Context(), b.input(), c.r, c.o)
			if got := calls.Load(); got != c.calls {
				t.Errorf("%d attempts, want %d", got, c.calls)
			}
			if c.want == "" {
				if !errors.Is(err, ErrUnavailable) {
					t.Errorf("got %v, want ErrUnavailable", err)
				}
				return
			}
			if err != nil || b.get(t, b.input()) != c.want {
				t.Errorf("got %v, or other bytes", err)
			}
		})
	}
}

func TestASeekableReaderIsSentFromWhereItStands(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	b := setup(t, flaky(1, &calls))
	r := bytes.NewReader([]byte("head and body"))
	if _, err := r.Seek(9, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if err := b.Upload(t.Context(), b.input(), r, UploadOptions{Upsert: true}); err != nil {
		t.Fatal(err)
	}
	if got := b.get(t, b.input()); got != "body" {
		t.Errorf("got %q", got)
	}
}

func TestADeadServerIsUnavailableSoon(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	b := New(Config{URL: server.URL, Key: serviceKey, Bucket: "forecast-uploads"})
	b.limits.first = time.Millisecond
	started := time.Now()
	for name, err := range map[string]error{
		"ping":   b.Ping(t.Context()),
		"upload": b.Upload(t.Context(), Input(another()), strings.NewReader("x"), UploadOptions{}),
	} {
		if !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: got %v, want ErrUnavailable", name, err)
		}
	}
	if took := time.Since(started); took > time.Minute {
		t.Errorf("took %v", took)
	}
}

// A URL with http where https is served redirects, and a POST becomes a GET
// on the way: nothing would be stored, and all would look well.
func TestARedirectIsAnErrorThatSaysWhatToSet(t *testing.T) {
	t.Parallel()
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
	t.Cleanup(target.Close)
	server := httptest.NewServer(http.RedirectHandler(target.URL, http.StatusMovedPermanently))
	t.Cleanup(server.Close)
	b := New(Config{URL: server.URL, Key: serviceKey, Bucket: "forecast-uploads"})
	err := b.Upload(t.Context(), Input(another()), strings.NewReader("x"), UploadOptions{})
	if err == nil || !strings.Contains(err.Error(), "SUPABASE_URL") {
		t.Errorf("got %v, want a word about SUPABASE_URL", err)
	}
}

func TestBothHeadersCarryTheKey(t *testing.T) {
	t.Parallel()
	var got atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got.Store(r.Header.Clone())
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(server.Close)
	b := New(Config{URL: server.URL + "/", Key: serviceKey, Bucket: "forecast-uploads"})
	if err := b.Upload(t.Context(), Input(another()), strings.NewReader("x"), UploadOptions{ContentType: "text/csv", Upsert: true}); err != nil {
		t.Fatal(err)
	}
	h := got.Load().(http.Header)
	for name, want := range map[string]string{
		"Apikey": serviceKey, "Authorization": "Bearer " + serviceKey, "Content-Type": "text/csv", "X-Upsert": "true", "Connection": "close",
	} {
		if v := h[name]; len(v) != 1 || v[0] != want {
			t.Errorf("%s: got %q, want once %q", name, v, want)
		}
	}
}
