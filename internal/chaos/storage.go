package chaos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/pgcast/pgcast/internal/localstorage"
	"github.com/pgcast/pgcast/internal/storage"
)

// The keys of the deployment; it lives for minutes on loopback.
const (
	jwtSecret  = "what the chaos signs its tokens with"
	serviceKey = "sb_secret_of_the_chaos"
	bucketName = "forecast-uploads"
)

// store is the storage of the deployment. Processors reach it through the
// front, which fails; the harness and the oracle do not.
type store struct {
	front  *front
	bucket *storage.Bucket // past the front
	peek   peek            // likewise
	url    string          // of the front
	close  func() error
}

func openStore(dir string, random *rand.Rand) (*store, error) {
	files, err := localstorage.New(localstorage.Config{
		Dir: filepath.Join(dir, "storage"), JWTSecret: []byte(jwtSecret), ServiceKey: serviceKey, Ephemeral: true,
	})
	if err != nil {
		return nil, err
	}
	routed := http.StripPrefix("/storage/v1", files)
	s := &store{front: &front{files: routed, random: random, changed: make(chan struct{}), counts: map[string]int{}}}
	fronted, stopFront, err := serve(s.front)
	if err != nil {
		return nil, errors.Join(err, files.Close())
	}
	direct, stopDirect, err := serve(routed)
	if err != nil {
		return nil, errors.Join(err, stopFront(), files.Close())
	}
	s.url, s.peek = fronted, peek{direct}
	s.bucket = storage.New(storage.Config{URL: direct + "/storage/v1", Key: serviceKey, Bucket: bucketName})
	s.close = func() error {
		s.front.turn(fair, 0)
		return errors.Join(stopFront(), stopDirect(), files.Close())
	}
	return s, nil
}

// serve answers on a port of loopback.
func serve(h http.Handler) (url string, stop func() error, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: h}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			return fmt.Errorf("stop serving storage: %w", errors.Join(err, server.Close()))
		}
		return nil
	}, nil
}

// What the storage does to a request.
const (
	fair      = "fair"
	failing   = "failing"   // answers 500 and does nothing
	resetting = "resetting" // cuts the connection and does nothing
	forgetful = "forgetful" // does it and cuts the connection: the answer is lost
	hanging   = "hanging"   // keeps the request until the weather changes, then cuts the connection
	late      = "late"      // keeps the request, and does it seconds after, whoever waits for it
)

var weathers = []string{failing, resetting, forgetful, hanging, late}

// front is the storage as the processors see it: slow, and worse by the
// weather.
type front struct {
	files http.Handler

	mu      sync.Mutex
	random  *rand.Rand
	delay   time.Duration // the mean wait before any answer
	weather string
	share   float64       // of the requests that the weather falls on
	changed chan struct{} // closed when the weather changes
	counts  map[string]int
}

// turn changes the weather.
func (f *front) turn(weather string, share float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.weather, f.share = weather, share
	close(f.changed)
	f.changed = make(chan struct{})
}

// slow sets the mean wait before any answer.
func (f *front) slow(delay time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.delay = delay
}

// draw is what happens to the next request: after which delay, in which
// weather, for how long a late one is kept, and what ends that early.
func (f *front) draw() (delay time.Duration, weather string, keep time.Duration, changed <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delay = time.Duration(2 * f.random.Float64() * float64(f.delay))
	keep = time.Duration((1 + 14*f.random.Float64()) * float64(time.Second))
	weather = fair
	if f.random.Float64() < f.share {
		weather = f.weather
		f.counts[weather]++
	}
	return delay, weather, keep, f.changed
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	delay, weather, keep, changed := f.draw()
	wait(r.Context().Done(), delay)
	switch weather {
	case failing:
		_, _ = io.Copy(io.Discard, r.Body)
		http.Error(w, `{"statusCode":"500","error":"Internal","message":"the disk is on fire"}`, http.StatusInternalServerError)
	case resetting:
		cut(w)
	case forgetful:
		f.files.ServeHTTP(&nobody{header: http.Header{}}, r)
		cut(w)
	case hanging:
		select {
		case <-changed:
		case <-r.Context().Done():
		}
		cut(w)
	case late:
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		wait(changed, keep)
		kept := r.Clone(context.WithoutCancel(r.Context()))
		kept.Body = io.NopCloser(bytes.NewReader(body))
		f.files.ServeHTTP(&nobody{header: http.Header{}}, kept)
		cut(w)
	default:
		f.files.ServeHTTP(w, r)
	}
}

// wait returns after d, or when done is closed.
func wait(done <-chan struct{}, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	}
}

// cut resets the connection of a request.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// nobody receives an answer that gets lost.
type nobody struct{ header http.Header }

func (n *nobody) Header() http.Header         { return n.header }
func (n *nobody) Write(p []byte) (int, error) { return len(p), nil }
func (n *nobody) WriteHeader(int)             {}
