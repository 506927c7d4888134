package storage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// pattern yields n bytes that differ from place to place.
func pattern(n int64) io.Reader { return io.LimitReader(&counter{}, n) }

type counter struct{ at uint64 }

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c.at ^ c.at>>8 ^ c.at>>16)
		c.at++
	}
	return len(p), nil
}

// peak watches the live heap until its stop function is called, which returns
// the largest size seen, in bytes.
func peak() (stop func() uint64) {
	quit, done := make(chan struct{}), make(chan uint64)
	go func() {
		var largest uint64
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			select {
			case <-quit:
				tick.Stop()
				done <- largest
				return
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				largest = max(largest, m.HeapInuse+m.StackInuse)
			}
		}
	}()
	return func() uint64 {
		close(quit)
		return <-done
	}
}

// Client and server share this process, so the bound holds for both together.
// The test is not parallel: other tests' memory would be counted.
func TestMemoryStaysFlatWhile200MiBPassBothWays(t *testing.T) {
	const size, allowed = 200 << 20, 32 << 20
	b := setup(t, nil)
	want := sha256.New()
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	stop := peak()
	body := plain{io.TeeReader(pattern(size), want)}
	if err := b.Upload(t.Context(), b.input(), body, UploadOptions{ContentType: "text/csv", Upsert: true}); err != nil {
		t.Fatal(err)
	}
	o, err := b.Download(t.Context(), b.input(), "")
	if err != nil {
		t.Fatal(err)
	}
	got := sha256.New()
	n, err := io.Copy(got, o.Body)
	if err = errors.Join(err, o.Body.Close()); err != nil {
		t.Fatal(err)
	}
	grown := int64(stop()) - int64(before.HeapInuse+before.StackInuse)
	if n != size || o.Size != size || !bytes.Equal(got.Sum(nil), want.Sum(nil)) {
		t.Errorf("%d bytes came back, or others", n)
	}
	if grown > allowed {
		t.Errorf("memory grew by %d MiB, want at most %d", grown>>20, allowed>>20)
	}
}

func TestManyGoroutinesShareOneBucket(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	var group errgroup.Group
	for worker := range 16 {
		group.Go(func() error {
			for i := range 25 {
				user, id := another()
				k := Input(user, id)
				text := fmt.Sprintf("%d-%d", worker, i)
				o := UploadOptions{ContentType: "text/" + text, Upsert: i%2 == 0}
				if err := b.Upload(t.Context(), k, plain{strings.NewReader(text)}, o); err != nil {
					return err
				}
				if got, err := b.read(t.Context(), k); err != nil || got != text {
					return fmt.Errorf("got %q, %w, want %q", got, err, text)
				}
				info, err := b.Stat(t.Context(), k)
				if err != nil || info.ContentType != "text/"+text {
					return fmt.Errorf("another call's options: %+v, %w", info, err)
				}
				again := b.Upload(t.Context(), k, strings.NewReader("again"), UploadOptions{})
				if !errors.Is(again, ErrExists) {
					return fmt.Errorf("upsert leaked into another call: %w", again)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

func TestARefusedUploadLeavesTheNextCallFast(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.put(t, b.input(), "there")
	for _, size := range []int64{1 << 10, 256 << 10, 1 << 20, 2 << 20, 20 << 20} {
		started := time.Now()
		if err := b.Upload(t.Context(), b.input(), plain{pattern(size)}, UploadOptions{}); !errors.Is(err, ErrExists) {
			t.Errorf("%d bytes: got %v, want ErrExists", size, err)
		}
		if got := b.get(t, b.input()); got != "there" {
			t.Errorf("%d bytes: the object is now %d bytes", size, len(got))
		}
		if took := time.Since(started); took > 30*time.Second { // a poisoned connection waits a minute
			t.Errorf("%d bytes: refusal and next call took %v", size, took)
		}
	}
}

// blocking blocks in Read until it is released, after some bytes.
type blocking struct {
	first   io.Reader
	reached chan struct{}
	release chan struct{}
	once    sync.Once
}

func (r *blocking) Read(p []byte) (int, error) {
	if n, _ := r.first.Read(p); n > 0 {
		return n, nil
	}
	r.once.Do(func() { close(r.reached) })
	<-r.release
	return 0, io.ErrUnexpectedEOF
}

func TestCallsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	var silent atomic.Bool
	reached := make(chan struct{}, 16)
	b := setup(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if silent.Load() {
				_, _ = io.Copy(io.Discard, r.Body)
				reached <- struct{}{}
				<-r.Context().Done()
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	silent.Store(true)
	for name, do := range map[string]func(ctx context.Context) error{
		"ping":     b.Ping,
		"ensure":   b.Ensure,
		"upload":   func(ctx context.Context) error { return b.Upload(ctx, b.input(), pattern(1<<20), UploadOptions{}) },
		"download": func(ctx context.Context) error { _, err := b.Download(ctx, b.input(), ""); return err },
		"list":     func(ctx context.Context) error { _, err := b.List(ctx, Key{}); return err },
		"delete":   func(ctx context.Context) error { return b.Delete(ctx, b.input()) },
		"copy":     func(ctx context.Context) error { return b.Copy(ctx, b.input(), b.input()) },
		"sign":     func(ctx context.Context) error { _, err := b.SignedURL(ctx, b.input(), time.Second); return err },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		var ended time.Time
		go func() {
			<-reached
			ended = time.Now()
			cancel()
		}()
		err := do(ctx)
		<-ctx.Done()
		if took := time.Since(ended); !errors.Is(err, context.Canceled) || took > 30*time.Second {
			t.Errorf("%s: returned %v after %v", name, err, took)
		}
	}
}

func TestAnUploadWhoseReaderIsStuckEndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	r := &blocking{first: strings.NewReader("some"), reached: make(chan struct{}), release: make(chan struct{})}
	go func() {
		<-r.reached
		cancel()
	}()
	err := b.Upload(ctx, b.input(), r, UploadOptions{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the end of the context", err)
	}
	close(r.release)
	if _, err := b.read(t.Context(), b.input()); !errors.Is(err, ErrNotFound) {
		t.Errorf("a part was stored: %v", err)
	}
}

func TestASourceThatFailsStoresNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	b.put(t, b.input(), "old")
	boom := errors.New("disk on fire")
	r := io.MultiReader(pattern(1<<20), failing{boom})
	if err := b.Upload(t.Context(), b.input(), r, UploadOptions{Upsert: true}); !errors.Is(err, boom) {
		t.Errorf("got %v, want the reader's own error", err)
	}
	if got := b.get(t, b.input()); got != "old" {
		t.Errorf("the object is now %d bytes", len(got))
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestADownloadThatIsCutShortIsAnError(t *testing.T) {
	t.Parallel()
	var cut atomic.Bool
	b := setup(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !cut.Load() {
				next.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "ten bytes.")
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		})
	})
	cut.Store(true)
	got, err := b.read(t.Context(), b.input())
	if !errors.Is(err, ErrUnavailable) || !errors.Is(err, io.ErrUnexpectedEOF) || got != "ten bytes." {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestASilentPeerIsGivenUp(t *testing.T) {
	t.Parallel()
	b := setup(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.URL.Path, "/object/") {
				next.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "ten bytes.")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})
	})
	b.limits.silent = 50 * time.Millisecond
	if got, err := b.read(t.Context(), b.input()); !errors.Is(err, ErrUnavailable) || got != "ten bytes." {
		t.Errorf("got %q, %v, want ErrUnavailable", got, err)
	}
}
