package notifier_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier"
	"github.com/pgcast/pgcast/notifier/feed"
)

func TestRealtimeClientHearsOfItsRows(t *testing.T) {
	t.Parallel()
	for _, source := range sources {
		t.Run(string(source), func(t *testing.T) {
			t.Parallel()
			b := setup(t, source, withKeys)
			owner, other := newUser(), newUser()
			mine, theirs, anon := b.phoenix(t, keys.Anon), b.phoenix(t, keys.Anon), b.phoenix(t, keys.Anon)
			service := b.phoenix(t, keys.Service)
			mine.join(t, token(t, auth.RoleAuthenticated, owner, time.Hour), everything)
			theirs.join(t, token(t, auth.RoleAuthenticated, other, time.Hour), everything)
			anon.join(t, "", everything)
			service.join(t, "", everything)

			var got, served []string
			id := life(t, b.DB, owner, func(string) {
				h := mine.wants(t, "postgres_changes", "")
				got = append(got, h.story())
				served = append(served, service.next(t).story())
				if d := h.Payload.Data; d.Schema != "public" || d.Table != "jobs" || d.At.IsZero() || len(d.Columns) < 20 || d.Errors != nil {
					t.Errorf("heard %s", h.raw)
				}
			})
			want := []string{"INSERT <nil>→pending", "UPDATE pending→pending", "UPDATE pending→processing", "UPDATE processing→processing",
				"UPDATE processing→completed", "UPDATE completed→pending", "UPDATE pending→canceled", "DELETE canceled→<nil>"}
			if !slices.Equal(got, want) {
				t.Errorf("the owner heard\n%q, want\n%q", got, want)
			}
			if !slices.Equal(served, want) {
				t.Errorf("the service role heard\n%q, want\n%q", served, want)
			}
			own := b.Job(t, other, "").ID
			if h := theirs.wants(t, "postgres_changes", "INSERT"); h.Payload.Data.Record["id"] != own.String() {
				t.Errorf("another user heard %s, want only its own job and nothing of %s", h.raw, id)
			}
			anon.text(t, `[null,"9","phoenix","heartbeat",{}]`)
			anon.wants(t, "phx_reply", `"ok"`) // and nothing before
		})
	}
}

func TestBothSourcesTellRealtimeClientsTheSame(t *testing.T) {
	t.Parallel()
	first := setup(t, feed.Replication, withKeys)
	second := beside(t, first.DB, feed.Listen, withKeys)
	user := newUser()
	a, b := first.phoenix(t, keys.Anon), second.phoenix(t, keys.Anon)
	for _, c := range []*phoenix{a, b} {
		c.join(t, token(t, auth.RoleAuthenticated, user, time.Hour), everything)
	}
	life(t, first.DB, user, func(what string) {
		x, y := a.next(t), b.next(t)
		x.Payload.Data.At, y.Payload.Data.At = time.Time{}, time.Time{} // LISTEN knows the commit's time only about
		if one, two := fmt.Sprintf("%+v", x.Payload), fmt.Sprintf("%+v", y.Payload); one != two {
			t.Errorf("%s:\nreplication %s\nlisten      %s", what, one, two)
		}
	})
}

func TestRealtimeBindingsAreJudgedApart(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, withKeys)
	user := newUser()
	c := b.phoenix(t, keys.Anon)
	reply := c.join(t, token(t, auth.RoleAuthenticated, user, time.Hour),
		`{"event":"INSERT","schema":"public","table":"jobs"}`,
		`{"event":"UPDATE","schema":"public","table":"jobs","filter":"status=in.(canceled,failed),priority=gte.2"}`,
		`{"event":"*","schema":"public","filter":"priority=eq.7","select":["status","priority"]}`,
		`{"event":"DELETE","schema":"public","table":"jobs","filter":"status=eq.pending"}`,
		`{"event":"DELETE","schema":"*","table":"*"}`)
	ids := reply.Payload.Response.Changes
	if len(ids) != 5 || !strings.Contains(reply.raw, `{"event":"*","schema":"public","filter":"priority=eq.7","select":["status","priority"],"id":3}`) {
		t.Fatalf("the answer to the join is %s", reply.raw)
	}
	hears := func(what string, want ...int) heard {
		t.Helper()
		h := c.wants(t, "postgres_changes", what)
		var got []int
		for _, id := range h.Payload.IDs {
			got = append(got, slices.IndexFunc(ids, func(i struct{ ID float64 }) bool { return i.ID == id }))
		}
		if !slices.Equal(got, want) {
			t.Errorf("bindings %v hear of %s, want %v", got, h.raw, want)
		}
		return h
	}
	id := b.Job(t, user, "").ID.String()
	hears("INSERT", 0)
	b.Exec(t, `update jobs set priority = 1 where id = $1`, id)
	b.Exec(t, `update jobs set status = 'canceled', priority = 7 where id = $1`, id)
	hears("UPDATE", 1)
	narrow := hears("UPDATE", 2).Payload.Data
	if len(narrow.Record) != 3 || len(narrow.Columns) != 3 || narrow.Record["priority"] != 7.0 || narrow.Record["id"] != id || len(narrow.Old) != 2 {
		t.Errorf("of three columns the client got %+v", narrow)
	}
	b.Exec(t, `delete from jobs where id = $1`, id)
	if gone := hears("DELETE", 4).Payload.Data; gone.Record != nil || gone.Old["user_id"] != user.String() || gone.Old["status"] != "canceled" {
		t.Errorf("a deletion is told as %+v", gone)
	}
}

func TestRealtimeBindingsThatNeverWork(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, withKeys)
	for binding, word := range map[string]string{
		`{"event":"*","schema":"public","table":"jobs","filter":"colour=eq.1"}`:   "colour",
		`{"event":"*","schema":"public","table":"jobs","filter":"id=eq.1"}`:       "uuid",
		`{"event":"*","schema":"public","table":"jobs","filter":"status=near.1"}`: "near",
		`{"event":"*","schema":"public","table":"messages"}`:                      "messages",
		`{"event":"*","schema":"public","table":"jobs","select":["colour"]}`:      "colour",
	} {
		c := b.phoenix(t, keys.Service)
		c.send(t, 1, 1, "phx_join", joining("", binding))
		c.wants(t, "phx_reply", `"status":"ok"`)
		c.wants(t, "system", word)
		c.send(t, 2, 2, "phx_join", `{"config":{"postgres_changes":[`+binding+`],"postgres_changes_options":{"wait":true}}}`)
		if h := c.wants(t, "phx_reply", "RealtimeDisabledForConfiguration"); h.Payload.Status != "error" {
			t.Errorf("heard %s", h.raw)
		}
	}
}

func TestRealtimeRowsOverAMegabyte(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, withKeys)
	user := newUser()
	c := b.phoenix(t, keys.Anon)
	c.join(t, token(t, auth.RoleAuthenticated, user, time.Hour), everything)
	b.Exec(t, `insert into jobs (user_id, preview) values ($1, repeat('x', 1100000))`, user.String())
	d := c.wants(t, "postgres_changes", "Error 413: Payload Too Large").Payload.Data
	if _, has := d.Record["preview"]; has || d.Record["status"] != "pending" || len(d.Errors) != 1 {
		t.Errorf("told %+v", d)
	}
}

func TestRealtimeLimits(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, withKeys, func(c *notifier.Config) { c.MaxSockets, c.MaxSocketsPerUser = 3, 2 })
	user := newUser()
	mine := token(t, auth.RoleAuthenticated, user, time.Hour)
	for range 2 {
		b.phoenix(t, keys.Anon).join(t, mine, everything)
	}
	third := b.phoenix(t, keys.Anon)
	third.send(t, 1, 1, "phx_join", joining(mine, everything))
	third.wants(t, "phx_reply", "ConnectionRateLimitReached")
	for i := range 101 {
		third.text(t, fmt.Sprintf(`["1","%d","realtime:%d","phx_join",{}]`, i, i))
		want := `"ok"`
		if i == 100 {
			want = "ChannelRateLimitReached"
		}
		third.wants(t, "phx_reply", want)
	}
	_, answer, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(b.server.URL, "http")+"/realtime/v1/websocket?apikey="+keys.Anon, nil)
	if err == nil || answer.StatusCode != http.StatusTooManyRequests {
		t.Errorf("a fourth socket is answered %+v, %v", answer, err)
	}
	third.text(t, strings.Repeat("x", 70<<10))
	if code := (&client{third.ws}).closes(t); code != websocket.CloseMessageTooBig {
		t.Errorf("a frame over 64 KiB ends with %d", code)
	}
}

func TestRealtimeGarbageEndsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, withKeys)
	c := b.phoenix(t, keys.Anon)
	user := newUser()
	for _, frame := range []string{"", "{", "null", "[]", "[1,2,3,4,5]", `[{},{},"a","b",{}]`, `[null,null,"phoenix","heartbeat"]`, `{"topic":"phoenix"}`, "\xff\xfe"} {
		if err := c.ws.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
			t.Fatal(err)
		}
		if err := c.ws.WriteMessage(websocket.BinaryMessage, []byte(frame)); err != nil {
			t.Fatal(err)
		}
	}
	c.join(t, token(t, auth.RoleAuthenticated, user, time.Hour), everything)
	b.Job(t, user, "")
	c.wants(t, "postgres_changes", "INSERT")
}

func TestStopClosesRealtimeSocketsToo(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, withKeys)
	c := b.phoenix(t, keys.Anon)
	c.join(t, token(t, auth.RoleAuthenticated, newUser(), time.Hour), everything)
	stopped := make(chan error, 1)
	go func() { stopped <- b.stop() }()
	if code := (&client{c.ws}).closes(t); code != 1012 {
		t.Errorf("a stop closes with %d", code)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
}

func TestGapIsClosedForRealtimeClients(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, withKeys)
	user := newUser()
	kept := b.Job(t, user, "").ID
	c := b.phoenix(t, keys.Anon)
	c.join(t, token(t, auth.RoleAuthenticated, user, time.Hour), everything)
	b.Exec(t, `alter table jobs disable trigger user`)
	b.Exec(t, `alter publication pgcast drop table jobs`)
	b.Exec(t, `update jobs set status = 'canceled', version = version + 1 where id = $1`, kept.String())
	b.Exec(t, `alter publication pgcast add table jobs`)
	b.Exec(t, `select pg_terminate_backend(active_pid) from pg_replication_slots where database = current_database()`)
	d := c.wants(t, "postgres_changes", "UPDATE").Payload.Data
	if d.Record["id"] != kept.String() || d.Record["status"] != string(job.Canceled) || d.Old["status"] != "pending" {
		t.Errorf("told %+v", d)
	}
}

func TestSlowRealtimeClientHurtsNobody(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, withKeys, func(c *notifier.Config) { c.QueueBytes = 200 << 10 })
	user := newUser()
	fast, slow := b.phoenix(t, keys.Anon), b.phoenix(t, keys.Anon)
	for _, c := range []*phoenix{fast, slow} { // the slow one reads no more
		c.join(t, token(t, auth.RoleAuthenticated, user, time.Hour), everything)
	}
	filler := strings.Repeat("x", 50<<10)
	deadline := time.Now().Add(3 * patience)
	for b.notifier.Ready().Sessions == 2 {
		if time.Now().After(deadline) {
			t.Fatal("the slow client is still there")
		}
		b.Exec(t, `insert into jobs (user_id, preview) values ($1, $2)`, user.String(), filler)
		fast.wants(t, "postgres_changes", "INSERT")
	}
}
