package notifier_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier"
	"github.com/pgcast/pgcast/notifier/feed"
)

func TestTicketOpensOneSocket(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication)
	user := newUser()
	ticket, _, err := b.Ticket(t.Context(), user)
	if err != nil {
		t.Fatalf("ticket: %v", err)
	}
	page := http.Header{"Origin": {b.server.URL}}
	first, _, err := b.dial(page, "pgcast.v1", "ticket."+ticket)
	if err != nil {
		t.Fatalf("connect with a ticket: %v", err)
	}
	defer first.ws.Close()
	if got := first.ws.Subprotocol(); got != "pgcast.v1" {
		t.Errorf("the server chose subprotocol %q, want pgcast.v1", got)
	}
	first.next(t)
	if jobs := first.follow(t); len(jobs) != 0 {
		t.Errorf("a new user has jobs: %v", jobs)
	}
	made := b.Job(t, user, "")
	if f := first.next(t); f.Job.ID != made.ID {
		t.Errorf("got %s, want the user's job", f.raw)
	}

	second, _, err := b.dial(page, "pgcast.v1", "ticket."+ticket)
	if err != nil {
		t.Fatalf("connect again: %v", err)
	}
	defer second.ws.Close()
	if code := second.closes(t); code != 4401 {
		t.Errorf("a used ticket was closed with %d, want 4401", code)
	}
}

func TestDoorRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, func(c *notifier.Config) { c.Origins = []string{"https://app.example.com"} })
	good := "Bearer " + token(t, auth.RoleAuthenticated, newUser(), time.Hour)
	for _, test := range []struct {
		name   string
		header http.Header
		status int
	}{
		{"no credential", http.Header{}, http.StatusUnauthorized},
		{"a forged token", http.Header{"Authorization": {good + "x"}}, http.StatusUnauthorized},
		{"an old token", http.Header{"Authorization": {"Bearer " + token(t, auth.RoleAuthenticated, newUser(), -time.Hour)}}, http.StatusUnauthorized},
		{"a foreign origin", http.Header{"Authorization": {good}, "Origin": {"https://evil.example.com"}}, http.StatusForbidden},
		{"no origin at all of a browser", http.Header{"Authorization": {good}, "Origin": {"null"}}, http.StatusForbidden},
		{"an allowed origin", http.Header{"Authorization": {good}, "Origin": {"https://app.example.com"}}, http.StatusSwitchingProtocols},
		{"the same origin", http.Header{"Authorization": {good}, "Origin": {b.server.URL}}, http.StatusSwitchingProtocols},
	} {
		c, status, _ := b.dial(test.header)
		if status != test.status {
			t.Errorf("%s: status %d, want %d", test.name, status, test.status)
		}
		if c != nil {
			_ = c.ws.Close()
		}
	}
	answer, err := http.Get(b.server.URL + "/v1/ws?access_token=" + strings.TrimPrefix(good, "Bearer "))
	if err != nil {
		t.Fatalf("get: %v", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusBadRequest || answer.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("a plain GET got %d %s, want 400 as a problem", answer.StatusCode, answer.Header.Get("Content-Type"))
	}
}

func TestAnonSeesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication)
	c, _, err := b.dial(http.Header{"Authorization": {"Bearer " + token(t, auth.RoleAnon, job.UserID{}, time.Hour)}})
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	defer c.ws.Close()
	if code := c.closes(t); code != 4403 {
		t.Errorf("anon was closed with %d, want 4403", code)
	}
}

func TestTooManySocketsOfAUser(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, func(c *notifier.Config) { c.MaxSocketsPerUser = 2 })
	user := newUser()
	b.connect(t, user)
	b.connect(t, user)
	third, _, err := b.dial(http.Header{"Authorization": {"Bearer " + token(t, auth.RoleAuthenticated, user, time.Hour)}})
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	defer third.ws.Close()
	if code := third.closes(t); code != 4429 {
		t.Errorf("the third socket was closed with %d, want 4429", code)
	}
	b.connect(t, newUser())
}

func TestTokenEndIsAnnouncedAndRenewed(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication)
	user := newUser()
	c, _, err := b.dial(http.Header{"Authorization": {"Bearer " + token(t, auth.RoleAuthenticated, user, 8*time.Second)}})
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	defer c.ws.Close()
	c.next(t)
	if f := c.next(t); f.Type != "token_expiring" {
		t.Fatalf("got %s, want token_expiring", f.raw)
	}
	c.send(t, fmt.Sprintf(`{"type":"renew","id":5,"token":%q}`, token(t, auth.RoleAuthenticated, newUser(), time.Hour)))
	if f := c.next(t); f.Type != "error" || f.Code != "forbidden" {
		t.Errorf("somebody else's token got %s, want forbidden", f.raw)
	}
	c.send(t, fmt.Sprintf(`{"type":"renew","id":6,"token":%q}`, token(t, auth.RoleAuthenticated, user, 10*time.Second)))
	if f := c.next(t); f.Type != "renewed" || f.ID != 6 {
		t.Errorf("got %s, want renewed", f.raw)
	}
	if f := c.next(t); f.Type != "token_expiring" {
		t.Errorf("got %s, want token_expiring again", f.raw)
	}
	if code := c.closes(t); code != 4401 {
		t.Errorf("closed with %d, want 4401", code)
	}
}

func TestGarbageHurtsNobody(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication)
	user := newUser()
	good := b.connect(t, user)
	good.follow(t)
	bad := b.connect(t, newUser())
	for _, text := range []string{``, `{`, `null`, `[]`, `"x"`, `{"type":"nonsense"}`, `{"type":"subscribe"}`, `{"type":"subscribe","jobs":["x"]}`,
		`{"type":"subscribe","all":true,"job":["x"]}`, `{"type":"renew"}`, "\x00\xff", `{"type":"ping"}{"type":"ping"}`} {
		bad.send(t, text)
		if f := bad.next(t); f.Type != "error" || f.Code == "" {
			t.Errorf("%q got %s, want an error", text, f.raw)
		}
	}
	if err := bad.ws.WriteMessage(websocket.BinaryMessage, []byte{3, 0, 0}); err != nil {
		t.Fatalf("send: %v", err)
	}
	if f := bad.next(t); f.Type != "error" {
		t.Errorf("a binary message got %s, want an error", f.raw)
	}
	bad.send(t, `{"type":"ping","id":9}`)
	if f := bad.next(t); f.Type != "pong" || f.ID != 9 {
		t.Errorf("got %s, want pong", f.raw)
	}
	bad.send(t, strings.Repeat("x", 70<<10))
	if code := bad.closes(t); code != websocket.CloseMessageTooBig {
		t.Errorf("a huge message was closed with %d, want 1009", code)
	}
	made := b.Job(t, user, "")
	if f := good.next(t); f.Job.ID != made.ID {
		t.Errorf("got %s, want the job", f.raw)
	}
}

func TestClientThatWasAwayGetsWhatDiffers(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication)
	user := newUser()
	same, moved, gone := b.Job(t, user, ""), b.Job(t, user, ""), b.Job(t, user, "")
	b.Exec(t, `update jobs set status = 'pending' where id = $1`, moved.ID.String())
	b.Exec(t, `delete from jobs where id = $1`, gone.ID.String())
	c := b.connect(t, user)
	c.send(t, fmt.Sprintf(`{"type":"subscribe","id":3,"all":true,"after":{%q:%d,%q:%d,%q:%d}}`,
		same.ID, same.Version, moved.ID, moved.Version, gone.ID, gone.Version))
	f := c.next(t)
	if f.Type != "snapshot" || len(f.Jobs) != 1 || f.Jobs[0].ID != moved.ID {
		t.Errorf("got %s, want a snapshot of only %s", f.raw, moved.ID)
	}
	if f := c.next(t); f.Type != "deleted" || f.JobID != gone.ID {
		t.Errorf("got %s, want deleted %s", f.raw, gone.ID)
	}
}

func TestSubscriptionToSomeJobs(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication)
	user := newUser()
	wanted, other, foreign := b.Job(t, user, ""), b.Job(t, user, ""), b.Job(t, newUser(), "")
	c := b.connect(t, user)
	c.send(t, fmt.Sprintf(`{"type":"subscribe","id":4,"jobs":[%q,%q]}`, wanted.ID, foreign.ID))
	if f := c.next(t); len(f.Jobs) != 1 || f.Jobs[0].ID != wanted.ID {
		t.Errorf("got %s, want a snapshot of only %s", f.raw, wanted.ID)
	}
	for _, id := range []job.ID{foreign.ID, other.ID, wanted.ID} {
		b.Exec(t, `update jobs set priority = 3 where id = $1`, id.String())
	}
	if f := c.next(t); f.Job.ID != wanted.ID {
		t.Errorf("got %s, want only changes of %s", f.raw, wanted.ID)
	}
	c.send(t, `{"type":"unsubscribe","id":4}`)
	if f := c.next(t); f.Type != "unsubscribed" {
		t.Errorf("got %s, want unsubscribed", f.raw)
	}
}

func TestStopTellsClientsToComeBack(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication)
	clients := []*client{b.connect(t, newUser()), b.connect(t, newUser()), b.connect(t, newUser())}
	stopped := make(chan error, 1)
	go func() { stopped <- b.stop() }()
	for _, c := range clients {
		if code := c.closes(t); code != websocket.CloseServiceRestart {
			t.Errorf("closed with %d, want 1012", code)
		}
	}
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
	if _, status, _ := b.dial(http.Header{}); status != http.StatusServiceUnavailable {
		t.Errorf("a stopped notifier answers %d, want 503", status)
	}
	dbtest.Eventually(t, "the slot to go", func() bool {
		var slots int
		err := b.Pool().QueryRow(context.Background(), `select count(*) from pg_replication_slots where database = current_database()`).Scan(&slots)
		return err == nil && slots == 0
	})
}

func TestSlowClientHurtsNobody(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, func(c *notifier.Config) { c.QueueBytes = 200 << 10 })
	user := newUser()
	fast, slow := b.connect(t, user), b.connect(t, user)
	fast.follow(t)
	slow.follow(t) // and reads no more

	made := b.Job(t, user, "")
	fast.next(t)
	filler := strings.Repeat("x", 50<<10)
	deadline := time.Now().Add(3 * patience)
	for n := 0; b.notifier.Ready().Sessions == 2; n++ {
		if time.Now().After(deadline) {
			t.Fatal("the slow client is still there")
		}
		// Each makes a new run, which is never merged.
		b.Exec(t, `update jobs set params = $2, status = 'pending' where id = $1`, made.ID.String(), fmt.Sprintf(`{"timezone": "%d%s"}`, n, filler))
		if f := fast.next(t); f.Type != "job" {
			t.Fatalf("the fast client got %.200s, want the job", f.raw)
		}
	}
}
