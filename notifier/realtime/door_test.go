package realtime

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/hub"
	"github.com/pgcast/pgcast/notifier/wire"
)

// counts takes the place of metrics.
type counts struct{ closed atomic.Int64 }

func (*counts) Frame(string, time.Time) {}
func (*counts) Refused(string)          {}
func (*counts) Sessions(int)            {}
func (*counts) Merged()                 {}
func (*counts) Resync(int)              {}
func (*counts) Resumed(string)          {}
func (*counts) Behind(bool)             {}
func (*counts) MadeUp(int)              {}
func (c *counts) Closed(code int)       { c.closed.Store(int64(code)) }

// noTokens knows keys alone.
type noTokens struct{}

func (noTokens) Verify(context.Context, string) (auth.User, error) {
	return auth.User{}, auth.ErrKeysUnavailable
}

// open serves a door whose source of changes is as live says.
func open(t *testing.T, live *atomic.Bool, change func(*Config)) (*websocket.Conn, *counts) {
	t.Helper()
	m := &counts{}
	gate := &wire.Gate{}
	config := Config{
		Hub:    hub.New(hub.Config{Metrics: m, Log: slog.New(slog.DiscardHandler)}),
		Tokens: noTokens{}, Keys: Keys{Anon: "sb_publishable_a", Service: "sb_secret_s"},
		Live: live.Load, Gate: gate, Metrics: m, Log: slog.New(slog.DiscardHandler), Patience: 50 * time.Millisecond,
		Columns: func(context.Context) ([]job.Column, error) { return []job.Column{{Name: "id", Type: 2950}}, nil },
	}
	change(&config)
	server := httptest.NewServer(New(config))
	ws, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(server.URL, "http")+"/?vsn=1.0.0",
		http.Header{"X-Api-Key": {"sb_secret_s"}})
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() {
		_ = ws.Close()
		if err := gate.Stop(context.Background(), 0); err != nil {
			t.Errorf("stop: %v", err)
		}
		server.Close()
	})
	_ = ws.SetReadDeadline(time.Now().Add(time.Minute))
	return ws, m
}

func says(t *testing.T, ws *websocket.Conn, word string) {
	t.Helper()
	_, frame, err := ws.ReadMessage()
	if err != nil || !strings.Contains(string(frame), word) {
		t.Fatalf("the door says %s, %v; want %s", frame, err, word)
	}
}

func TestJoinsAreAnsweredWhenChangesFlow(t *testing.T) {
	t.Parallel()
	var live atomic.Bool
	ws, _ := open(t, &live, func(*Config) {})
	join := func() {
		t.Helper()
		err := ws.WriteMessage(websocket.TextMessage, []byte(`{"topic":"realtime:a","event":"phx_join","ref":"1","payload":{"config":{"postgres_changes":[{"event":"*"}]}}}`))
		if err != nil {
			t.Fatal(err)
		}
	}
	join()
	says(t, ws, "UnableToSubscribe")
	time.AfterFunc(10*time.Millisecond, func() { live.Store(true) })
	for { // the first may still be too early
		join()
		_, frame, err := ws.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(frame), `"ok"`) {
			break
		}
	}
	says(t, ws, "Subscribed to PostgreSQL")
}

func TestSilenceEndsAConnection(t *testing.T) {
	t.Parallel()
	var live atomic.Bool
	ws, m := open(t, &live, func(c *Config) { c.Silence = 100 * time.Millisecond })
	_, _, err := ws.ReadMessage()
	if !websocket.IsCloseError(err, wire.CloseIdle) || m.closed.Load() != wire.CloseIdle {
		t.Errorf("silence ends with %v, counted as %d", err, m.closed.Load())
	}
}
