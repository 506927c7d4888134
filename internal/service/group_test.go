package service_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/pgcast/pgcast/internal/service"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// fasthttp keeps these for up to ten seconds after a stop, or for ever.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"))
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// recorder notes the order in which actors stop.
type recorder struct {
	mu      sync.Mutex
	stopped []string
}

func (r *recorder) actor(name string, started chan<- string) func(context.Context) error {
	return func(ctx context.Context) error {
		started <- name
		<-ctx.Done()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.stopped = append(r.stopped, name)
		return nil
	}
}

func TestGroupStopsInTheOppositeOrderOfStart(t *testing.T) {
	t.Parallel()
	var r recorder
	started := make(chan string, 3)
	g := service.NewGroup(quiet())
	for _, name := range []string{"postgres", "workshop", "door"} {
		g.Add(name, r.actor(name, started))
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- g.Run(ctx) }()
	for range 3 {
		<-started
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatalf("a clean stop returned %v", err)
	}
	if want := []string{"door", "workshop", "postgres"}; !slices.Equal(r.stopped, want) {
		t.Errorf("stopped in order %v, want %v", r.stopped, want)
	}
}

func TestGroupEndsWhenOneActorFails(t *testing.T) {
	t.Parallel()
	var r recorder
	started := make(chan string, 1)
	boom := errors.New("boom")
	g := service.NewGroup(quiet())
	g.Add("healthy", r.actor("healthy", started))
	g.Add("broken", func(context.Context) error { <-started; return boom })
	err := g.Run(t.Context())
	if !errors.Is(err, boom) || !strings.Contains(err.Error(), "broken") {
		t.Errorf("error %v does not name the broken actor and its cause", err)
	}
	if !slices.Equal(r.stopped, []string{"healthy"}) {
		t.Errorf("the healthy actor was not stopped: %v", r.stopped)
	}
}

func TestGroupReportsAnActorThatEndsByItself(t *testing.T) {
	t.Parallel()
	g := service.NewGroup(quiet())
	g.Add("brief", func(context.Context) error { return nil })
	if err := g.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "brief") {
		t.Errorf("error is %v", err)
	}
}
