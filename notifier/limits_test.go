package notifier_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/notifier"
	"github.com/pgcast/pgcast/notifier/feed"
)

// Who sends faster than is served is read more slowly, and not closed. What
// takes longer than the least time is the machine's matter.
func TestHastyClientsAreReadSlowly(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Listen, withKeys)
	own := func(t *testing.T) *websocket.Conn { return b.connect(t, newUser()).ws }
	theirs := func(t *testing.T) *websocket.Conn { return b.phoenix(t, keys.Anon).ws }
	for name, hasty := range map[string]struct {
		open  func(*testing.T) *websocket.Conn
		frame string // "": pings of the websocket
		count int
		least time.Duration
	}{
		"frames of /v1/ws":    {own, `{"type":"ping","id":%d}`, 50, (50 - 41) * time.Second / 10},
		"pings of /v1/ws":     {own, "", 50, (50 - 41) * time.Second / 10},
		"heartbeats":          {theirs, `[null,"%d","phoenix","heartbeat",{}]`, 250, (250 - 201) * time.Second / 50},
		"unknown channels":    {theirs, `[null,"%d","realtime:x","phx_leave",{}]`, 250, (250 - 201) * time.Second / 50},
		"joins that are none": {theirs, `[null,"%d","realtime:","phx_join",{}]`, 115, (115 - 101) * time.Second / 20},
		"websocket pings":     {theirs, "", 250, (250 - 201) * time.Second / 50},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ws := hasty.open(t) // not before: an idle one is closed after a minute
			answers := 0
			ws.SetPongHandler(func(string) error { answers++; return nil })
			began := time.Now()
			go func() {
				for i := range hasty.count {
					if hasty.frame == "" {
						_ = ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(patience))
					} else {
						_ = ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, hasty.frame, i))
					}
				}
				// one that is answered, so that there is a message behind the pongs
				_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"ping","id":9}`))
				_ = ws.WriteMessage(websocket.TextMessage, []byte(`[null,"9","phoenix","heartbeat",{}]`))
			}()
			_ = ws.SetReadDeadline(time.Now().Add(4 * patience))
			for answers < hasty.count {
				if _, _, err := ws.ReadMessage(); err != nil {
					t.Fatalf("after %d answers: %v", answers, err)
				}
				if hasty.frame != "" {
					answers++
				}
			}
			if took := time.Since(began); took < hasty.least {
				t.Errorf("took %v, want %v at least", took, hasty.least)
			}
		})
	}
}

// A client that did not read in time hears why it has to go, and that it may
// come back, when it reads again.
func TestSlowClientsAreToldWhy(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, withKeys, func(c *notifier.Config) { c.QueueBytes = 1 })
	user := newUser()
	own, theirs := b.connect(t, user), b.phoenix(t, keys.Anon)
	own.follow(t)
	theirs.join(t, token(t, auth.RoleAuthenticated, user, time.Hour), everything)
	// more at once than the queue takes
	b.Exec(t, `insert into jobs (user_id) select $1::uuid from generate_series(1, 500)`, user.String())
	for name, c := range map[string]*client{"/v1/ws": own, "Supabase": {theirs.ws}} {
		if code := closeCode(t, c); code != 4413 {
			t.Errorf("%s: a slow client was closed with %d, want 4413", name, code)
		}
	}
}

func closeCode(t *testing.T, c *client) int {
	t.Helper()
	_ = c.ws.SetReadDeadline(time.Now().Add(patience))
	for {
		_, _, err := c.ws.ReadMessage()
		var closed *websocket.CloseError
		if errors.As(err, &closed) {
			return closed.Code
		}
		if err != nil {
			t.Fatalf("wait for the close: %v", err)
		}
	}
}

// A socket has as many subscriptions, a subscription as many jobs, as the page of
// the protocol says.
func TestSubscriptionsOfASocketAreLimited(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Listen)
	c := b.connect(t, newUser())
	id := b.Job(t, newUser(), "").ID
	for i := range 101 {
		c.send(t, fmt.Sprintf(`{"type":"subscribe","id":%d,"jobs":[%q]}`, i+1, id))
		f := c.next(t)
		if i < 100 && f.Type != "snapshot" || i == 100 && f.Code != "too_many_subscriptions" {
			t.Fatalf("subscription %d is answered %s", i+1, f.raw)
		}
	}
	c.send(t, `{"type":"subscribe","id":1,"jobs":[`+strings.Repeat(fmt.Sprintf("%q,", id), 200)+fmt.Sprintf("%q]}", id))
	if f := c.next(t); f.Code != "too_many_jobs" {
		t.Errorf("201 jobs in one subscription are answered %s", f.raw)
	}
}

// Whoever waits for a job in the same process is told when to look.
func TestWatchersAreToldOfNews(t *testing.T) {
	t.Parallel()
	for _, source := range sources {
		t.Run(string(source), func(t *testing.T) {
			t.Parallel()
			b := setup(t, source, func(c *notifier.Config) { c.MaxSocketsPerUser = 4 })
			user := newUser()
			id := b.Job(t, user, "").ID
			news := make(chan struct{}, 100)
			stop, ok := b.notifier.Watch(user, id, func() { news <- struct{}{} })
			if !ok {
				t.Fatal("nobody tells")
			}
			b.Job(t, user, "") // another one is no news
			b.Exec(t, `update jobs set status = 'canceled' where id = $1`, id.String())
			select {
			case <-news:
			case <-time.After(4 * patience):
				t.Fatal("nothing is told")
			}
			stop()
			if n := b.notifier.Ready().Sessions; n != 0 {
				t.Errorf("%d sessions are left", n)
			}
			for range 2 { // half of what the user may have open is for sockets
				b.connect(t, user)
			}
			if _, ok := b.notifier.Watch(user, id, func() {}); ok {
				t.Error("watchers take the places of sockets")
			}
		})
	}
}
