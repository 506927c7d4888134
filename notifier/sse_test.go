package notifier_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier"
	"github.com/pgcast/pgcast/notifier/feed"
)

func TestStreamTellsEveryStep(t *testing.T) {
	t.Parallel()
	for _, source := range sources {
		t.Run(string(source), func(t *testing.T) {
			t.Parallel()
			b := setup(t, source)
			user := newUser()
			had := b.Job(t, user, "")
			b.Job(t, newUser(), "")
			all := b.listen(t, user, "/v1/events", "")
			if e := all.next(t); e.name != "snapshot" || len(e.Jobs) != 1 || e.Jobs[0].ID != had.ID {
				t.Fatalf("first event is %s, want a snapshot of %s", e.raw, had.ID)
			}
			one := b.listen(t, user, "/v1/jobs/"+had.ID.String()+"/events", "")
			if e := one.next(t); e.name != "snapshot" || len(e.Jobs) != 1 || e.Jobs[0].ID != had.ID {
				t.Fatalf("first event of the job is %s, want a snapshot of it", e.raw)
			}
			var got []string
			life(t, b.DB, user, func(string) { got = append(got, step(all.next(t).frame)) })
			want := []string{"insert→pending", "update pending→pending", "update pending→processing", "update processing→processing",
				"update processing→completed", "update completed→pending", "update pending→canceled", "deleted canceled"}
			if !slices.Equal(got, want) {
				t.Errorf("the stream said\n%q, want\n%q", got, want)
			}
			b.Exec(t, `update jobs set priority = 7 where id = $1`, had.ID.String())
			if e := one.next(t); e.name != "job" || e.Job.ID != had.ID {
				t.Errorf("the stream of the job said %s", e.raw)
			}
		})
	}
}

func TestStreamDoor(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Listen, func(c *notifier.Config) {
		c.Origins = []string{"https://app.example.com"}
		c.MaxSocketsPerUser = 2
	})
	user, busy := newUser(), newUser()
	mine, theirs := b.Job(t, user, "").ID.String(), b.Job(t, newUser(), "").ID.String()
	for range 2 {
		b.connect(t, busy)
	}
	bearer := func(role string, user job.UserID, life time.Duration) http.Header {
		return http.Header{"Authorization": {"Bearer " + token(t, role, user, life)}}
	}
	with := func(h http.Header, name, value string) http.Header {
		h = h.Clone()
		h.Set(name, value)
		return h
	}
	good := bearer(auth.RoleAuthenticated, user, time.Hour)
	for _, test := range []struct {
		name, path string
		header     http.Header
		status     int
	}{
		{"curl", "/v1/events", with(good, "Accept", "*/*"), 200},
		{"an allowed origin", "/v1/events", with(good, "Origin", "https://app.example.com"), 200},
		{"a foreign origin", "/v1/events", with(good, "Origin", "https://evil.example.com"), 403},
		{"no credential", "/v1/events", http.Header{}, 401},
		{"a token in the address", "/v1/events?token=" + token(t, auth.RoleAuthenticated, user, time.Hour), http.Header{}, 401},
		{"an old token", "/v1/events", bearer(auth.RoleAuthenticated, user, -time.Hour), 401},
		{"a made-up ticket", "/v1/events?ticket=abc", http.Header{}, 401},
		{"anon", "/v1/events", bearer(auth.RoleAnon, job.UserID{}, time.Hour), 403},
		{"a user with too many sockets", "/v1/events", bearer(auth.RoleAuthenticated, busy, time.Hour), 429},
		{"JSON", "/v1/events", with(good, "Accept", "application/json"), 406},
		{"an own job", "/v1/jobs/" + mine + "/events", good, 200},
		{"somebody else's job", "/v1/jobs/" + theirs + "/events", good, 404},
		{"no job at all", "/v1/jobs/" + job.NewID().String() + "/events", good, 404},
		{"no id", "/v1/jobs/x/events", good, 404},
	} {
		answer, end := b.get(t, test.path, test.header)
		if answer.StatusCode != test.status {
			t.Errorf("%s: status %d, want %d", test.name, answer.StatusCode, test.status)
		}
		if kind := answer.Header.Get("Content-Type"); test.status != 200 && kind != "application/problem+json" {
			t.Errorf("%s: the answer is %s, want a problem", test.name, kind)
		}
		end()
	}
	dbtest.Eventually(t, "the clients that went to be gone", func() bool { return b.notifier.Ready().Sessions == 2 })
}

// An EventSource knows one address. It comes back to it by itself, with the id it
// heard last, and finds its way with the used ticket and the pass in the id.
func TestTicketOpensAStreamAndLetsItComeBack(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Listen, quickly)
	user := newUser()
	address := func() string {
		ticket, _, err := b.Ticket(t.Context(), user)
		if err != nil {
			t.Fatalf("ticket: %v", err)
		}
		return "/v1/events?ticket=" + ticket
	}
	page := func(id string) http.Header {
		h := http.Header{"Accept": {"text/event-stream"}, "Origin": {b.server.URL}}
		if id != "" {
			h.Set("Last-Event-ID", id)
		}
		return h
	}
	path := address()
	answer, end := b.get(t, path, page(""))
	s := newStream(answer.Body, end, "")
	if e := s.next(t); e.name != "snapshot" || !strings.Contains(s.id, "~") {
		t.Fatalf("a ticket opened %s with id %q, want a snapshot and a pass", e.raw, s.id)
	}
	f := newFollower(user)
	f.stay(t, s, b.DB)
	s.close()
	missed := b.Job(t, user, "").ID
	answer, end = b.get(t, path, page(f.cursor))
	s = newStream(answer.Body, end, f.cursor)
	for e := s.next(t); e.Job.ID != missed; e = s.next(t) {
		if e.name != "job" || s.ended {
			t.Fatalf("the stream that came back said %q, want what it missed", e.raw)
		}
	}
	if !strings.Contains(s.id, "~") || strings.HasPrefix(s.id, "~") {
		t.Errorf("the id is %q, want a place and the pass", s.id)
	}
	s.close()

	other := address()
	for name, try := range map[string]struct{ path, id string }{
		"the ticket alone":      {path, ""},
		"another ticket":        {other + "x", f.cursor},
		"a fresh ticket's":      {other, f.cursor},
		"a pass that was cut":   {path, f.cursor[:len(f.cursor)-1]},
		"a pass without ticket": {"/v1/events", f.cursor},
	} {
		if again, _ := b.get(t, try.path, page(try.id)); again.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s got %d, want 401", name, again.StatusCode)
		}
	}

	// A pass in an address is good for nothing from then on; the place in it is.
	answer, end = b.get(t, other+"&cursor="+url.QueryEscape(f.cursor), page(""))
	if e := newStream(answer.Body, end, "").next(t); e.name != "job" || !e.Replayed {
		t.Errorf("a page that comes back with a new ticket is told %s", e.raw)
	}
	if again, _ := b.get(t, path, page(f.cursor)); again.StatusCode != http.StatusUnauthorized {
		t.Errorf("a pass that stood in an address got %d, want 401", again.StatusCode)
	}
	b.Exec(t, `update pgcast.tickets set expires_at = now()`)
	if again, _ := b.get(t, other, page(s.id)); again.StatusCode != http.StatusUnauthorized {
		t.Errorf("after its time a pass got %d, want 401", again.StatusCode)
	}
	if log := b.log.String(); strings.Contains(log, "ticket=") || strings.Contains(log, "~") {
		t.Errorf("a credential stands in the log: %s", log)
	}
}

func TestPagesOfOtherOriginsMayReadStreams(t *testing.T) {
	t.Parallel()
	const app = "https://app.example.com"
	b := setup(t, feed.Listen, func(c *notifier.Config) { c.Origins = []string{app} })
	for origin, want := range map[string]string{app: app, "https://evil.example.com": ""} {
		for _, path := range []string{"/v1/events", "/v1/jobs/" + job.NewID().String() + "/events"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, b.server.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header = http.Header{"Origin": {origin}, "Access-Control-Request-Method": {"GET"}, "Access-Control-Request-Headers": {"authorization,last-event-id"}}
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			h := answer.Header
			if answer.StatusCode != http.StatusNoContent || h.Get("Access-Control-Allow-Origin") != want ||
				strings.Contains(h.Get("Access-Control-Allow-Headers"), "Last-Event-ID") != (want != "") ||
				(h.Get("Access-Control-Allow-Credentials") == "true") != (want != "") {
				t.Errorf("%s asks before it asks for %s: %d %v", origin, path, answer.StatusCode, h)
			}
		}
	}
}

func TestStreamEndsWithItsToken(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Listen)
	answer, end := b.get(t, "/v1/events", http.Header{"Authorization": {"Bearer " + token(t, auth.RoleAuthenticated, newUser(), 8*time.Second)}})
	s := newStream(answer.Body, end, "")
	if e := s.next(t); e.name != "snapshot" {
		t.Fatalf("got %s, want a snapshot", e.raw)
	}
	if e := s.next(t); e.name != "token_expiring" {
		t.Errorf("got %s, want token_expiring", e.raw)
	}
	if e := s.next(t); !s.ended {
		t.Errorf("got %s, want the end", e.raw)
	}
}

// A browser keeps an id that comes without an event.
func TestPlaceOfAQuietStreamMoves(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Listen, quickly, func(c *notifier.Config) { c.Heartbeat = 100 * time.Millisecond })
	s := b.listen(t, newUser(), "/v1/events", "")
	s.next(t)
	b.Job(t, newUser(), "")
	from := s.id
	pings := 0
	for s.id == from && s.read.Scan() {
		field, value, _ := strings.Cut(s.read.Text(), ": ")
		switch {
		case field == "id":
			s.id = value
		case field == "" && value == "ping":
			pings++
		case field == "event":
			t.Fatalf("event %s", value)
		}
	}
	if s.id == from || pings == 0 {
		t.Errorf("the place stayed %q, after %d pings", s.id, pings)
	}
}

func TestStopEndsStreams(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Listen)
	s := b.listen(t, newUser(), "/v1/events", "")
	s.next(t)
	s.retry = ""
	stopped := make(chan error, 1)
	go func() { stopped <- b.stop() }()
	if e := s.next(t); !s.ended || s.retry == "" {
		t.Errorf("got %s, retry %q; want the end, and when to come back", e.raw, s.retry)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
	if answer, _ := b.get(t, "/v1/events", http.Header{}); answer.StatusCode != http.StatusUnauthorized && answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a stopped notifier answers %d", answer.StatusCode)
	}
}

func TestSlowStreamHurtsNobody(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, func(c *notifier.Config) { c.QueueBytes = 200 << 10 })
	user := newUser()
	fast, slow := b.listen(t, user, "/v1/events", ""), b.listen(t, user, "/v1/events", "")
	fast.next(t)
	slow.next(t) // and reads no more

	made := b.Job(t, user, "")
	fast.next(t)
	filler := strings.Repeat("x", 50<<10)
	deadline := time.Now().Add(3 * patience)
	for n := 0; b.notifier.Ready().Sessions == 2; n++ {
		if time.Now().After(deadline) {
			t.Fatal("the slow client is still there")
		}
		// Each makes a new run, which is never merged.
		b.Exec(t, `update jobs set params = jsonb_build_object('timezone', $2 || $3::int), status = 'pending' where id = $1`, made.ID.String(), filler, n)
		if e := fast.next(t); e.name != "job" {
			t.Fatalf("the fast client got %.200s, want the job", e.raw)
		}
	}
}
