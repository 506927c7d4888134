package e2e

import (
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/internal/auth"
)

// An app with the unmodified @supabase/supabase-js, in both framings.
func TestSupabaseClient(t *testing.T) {
	t.Parallel()
	if _, missing := modules(); missing != "" {
		t.Skip(missing)
	}
	d := startUp(t, dataDir(t))
	for _, vsn := range []string{"1.0.0", "2.0.0"} {
		for name, story := range map[string]func(*testing.T, *deployment, string){
			"sees its rows":              seesItsRows,
			"filters":                    filters,
			"is refused":                 isRefused,
			"renews its token":           renewsItsToken,
			"is told what is not":        isToldWhatIsNot,
			"comes back to the notifier": comesBack,
		} {
			t.Run(name+" "+vsn, func(t *testing.T) {
				t.Parallel()
				story(t, d, vsn)
			})
		}
	}
}

// insert makes a job past the API, as an operator would.
func (d *deployment) insert(t *testing.T, user *member) (id string) {
	t.Helper()
	id = uuid.NewString()
	d.psql(t, `insert into jobs (id, user_id, priority) values ('`+id+`', '`+user.id.String()+`', 3)`)
	return id
}

func seesItsRows(t *testing.T, d *deployment, vsn string) {
	mine, theirs := d.world().join(t), d.world().join(t)
	c := newSupabaseClient(t, d.url, d.env["SUPABASE_ANON_KEY"], vsn)
	c.subscribed(t, "early", jobsBinding("*")) // before anybody has signed in
	d.insert(t, mine)
	c.auth(t, mine.token)
	c.next(t, "system", "early", "ok")
	id := d.insert(t, mine)
	d.insert(t, theirs)
	first := c.change(t, "early", "INSERT", id).Payload
	if first.New["priority"] != 3.0 || first.New["status"] != "pending" || first.New["params"] != nil || len(first.Old) != 0 {
		t.Errorf("an insert is told as %+v", first)
	}
	d.psql(t, `update jobs set status = 'canceled' where id = '`+id+`'`)
	second := c.change(t, "early", "UPDATE", id).Payload
	if second.New["status"] != "canceled" || second.Old["status"] != "pending" || second.Old["id"] != id {
		t.Errorf("an update is told as %+v", second)
	}
	d.psql(t, `delete from jobs where user_id in ('`+theirs.id.String()+`')`)
	d.psql(t, `delete from jobs where id = '`+id+`'`)
	third := c.change(t, "early", "DELETE", id).Payload
	if third.Old["status"] != "canceled" || third.Old["user_id"] != mine.id.String() || len(third.New) != 0 {
		t.Errorf("a delete is told as %+v", third)
	}
	beats(t, c)
}

// beats waits for an answered heartbeat.
func beats(t *testing.T, c *supabaseClient) {
	t.Helper()
	eventually(t, "a heartbeat is answered", func() bool {
		select {
		case e := <-c.events:
			return e.What == "heartbeat" && e.Status == "ok"
		default:
			return false
		}
	})
}

func filters(t *testing.T, d *deployment, vsn string) {
	mine := d.world().join(t)
	c := newSupabaseClient(t, d.url, d.env["SUPABASE_ANON_KEY"], vsn)
	c.auth(t, mine.token)
	id, other := d.insert(t, mine), d.insert(t, mine)
	c.subscribed(t, "some",
		jobsBinding("UPDATE", "filter", "id=eq."+id+",priority=gte.5"),
		jobsBinding("*", "filter", "status=not.in.(pending,processing)"),
		jobsBinding("DELETE", "filter", "user_id=eq."+mine.id.String()))
	d.psql(t, `update jobs set priority = 4 where id = '`+id+`'`)
	d.psql(t, `update jobs set priority = 5 where id in ('`+id+`', '`+other+`')`)
	if e := c.change(t, "some", "UPDATE", id); e.Binding != 0 {
		t.Errorf("told %s, want binding 0", e.raw)
	}
	d.psql(t, `update jobs set status = 'canceled' where id = '`+other+`'`)
	if e := c.change(t, "some", "UPDATE", other); e.Binding != 1 {
		t.Errorf("told %s, want binding 1", e.raw)
	}
	d.psql(t, `delete from jobs where id = '`+id+`'`)
	if e := c.change(t, "some", "DELETE", id); e.Binding != 2 {
		t.Errorf("told %s, want binding 2", e.raw)
	}
	c.do(t, map[string]any{"do": "leave", "name": "some"})
	for { // removed, and nothing more is told
		if e := c.take(t); e.What == "left" {
			if e.Status != "ok" {
				t.Errorf("told %s", e.raw)
			}
			return
		}
	}
}

func isRefused(t *testing.T, d *deployment, vsn string) {
	c := newSupabaseClient(t, d.url, d.env["SUPABASE_ANON_KEY"], vsn)
	c.auth(t, "a token of nobody")
	c.join(t, "bad", jobsBinding("*"))
	if e := c.next(t, "status", "bad", "CHANNEL_ERROR"); e.Message == "" {
		t.Errorf("told %s, want a reason", e.raw)
	}
	user := d.world().join(t)
	c.auth(t, user.token)
	c.until(t, "status", "bad", "SUBSCRIBED") // by itself
}

func renewsItsToken(t *testing.T, d *deployment, vsn string) {
	user := d.world().join(t)
	c := newSupabaseClient(t, d.url, d.env["SUPABASE_ANON_KEY"], vsn)
	now := time.Now()
	short, err := auth.Mint([]byte(d.env["SUPABASE_JWT_SECRET"]), auth.Claims{
		Role: auth.RoleAuthenticated, User: user.id, Issued: now, Expires: now.Add(8 * time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	c.auth(t, short)
	c.subscribed(t, "live", jobsBinding("*"))
	c.next(t, "system", "live", "error") // it ends soon
	c.until(t, "status", "live", "CHANNEL_ERROR")
	missed := d.insert(t, user) // while the client has no good token
	c.auth(t, user.token)
	c.until(t, "status", "live", "SUBSCRIBED")
	for {
		if e := c.take(t); e.What == "change" {
			if e.Payload.New["id"] != missed {
				t.Errorf("told %s, want the job that was missed", e.raw)
			}
			break
		}
	}
	again := d.world().mint(t, auth.RoleAuthenticated, user.id)
	c.auth(t, again) // in time: nothing is to be seen of it
	id := d.insert(t, user)
	for {
		if e := c.take(t); e.What == "change" {
			if e.Payload.New["id"] != id {
				t.Errorf("told %s, want %s", e.raw, id)
			}
			return
		}
	}
}

func isToldWhatIsNot(t *testing.T, d *deployment, vsn string) {
	nobody := &member{url: func() string { return d.url }}
	for path, want := range map[string]int{"/realtime/v1/websocket?vsn=" + vsn: http.StatusUpgradeRequired, "/realtime/v1/api/broadcast": http.StatusNotImplemented} {
		if res, text := nobody.call(t, http.MethodGet, path, nil); res.StatusCode != want {
			t.Errorf("GET %s: %s, %s; want %d", path, res.Status, text, want)
		}
	}
	c := newSupabaseClient(t, d.url, d.env["SUPABASE_SERVICE_ROLE_KEY"], vsn)
	c.join(t, "odd", jobsBinding("*", "filter", "colour=eq.blue"))
	c.next(t, "status", "odd", "SUBSCRIBED")
	c.next(t, "system", "odd", "error")
	for name, config := range map[string]map[string]any{
		"loud":    {"broadcast": map[string]any{"ack": true, "self": true}, "presence": map[string]any{"key": "me"}},
		"private": {"broadcast": map[string]any{"ack": true}, "private": true},
		"quiet":   {}, // a broadcast is not answered
	} {
		c.do(t, map[string]any{"do": "join", "name": name, "bindings": []binding{jobsBinding("*")}, "config": config, "presence": true})
		c.until(t, "status", name, "SUBSCRIBED")
		c.until(t, "present", name, "0")
		c.do(t, map[string]any{"do": "broadcast", "name": name})
		c.until(t, "sent", name, "ok")
		c.do(t, map[string]any{"do": "track", "name": name})
		c.until(t, "tracked", name, "ok")
		c.until(t, "untracked", name, "ok")
	}
	c.do(t, map[string]any{"do": "post", "name": "elsewhere"})
	if e := c.until(t, "posted", "elsewhere", "refused"); !strings.Contains(e.Message, "not broadcasts over HTTP") {
		t.Errorf("a broadcast over HTTP is told %s", e.raw)
	}
	c.join(t, "all", jobsBinding("INSERT", "filter", "priority=eq.3"))
	c.until(t, "status", "all", "SUBSCRIBED")
}

// A notifier of its own, with keys of the newer kind, is stopped and started
// under a client.
func comesBack(t *testing.T, d *deployment, vsn string) {
	user := d.world().join(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	_ = l.Close()
	s := keep(t, []string{"PORT=" + port, "DATABASE_URL=" + d.env["DATABASE_URL"], "SUPABASE_URL=" + d.url,
		"SUPABASE_SERVICE_ROLE_KEY=sb_secret_tests", "SUPABASE_ANON_KEY=sb_publishable_tests",
		"SUPABASE_JWT_SECRET=" + d.env["SUPABASE_JWT_SECRET"]}, "notifier")
	c := newSupabaseClient(t, "http://127.0.0.1:"+port, "sb_publishable_tests", vsn)
	c.auth(t, user.token)
	c.join(t, "live", jobsBinding("*"))
	c.until(t, "status", "live", "SUBSCRIBED") // perhaps not at the first try
	c.until(t, "system", "live", "ok")
	c.change(t, "live", "INSERT", d.insert(t, user))
	if took := s.terminate(t); took > stopLimit {
		t.Errorf("the notifier took %v to stop", took)
	}
	c.until(t, "status", "live", "CHANNEL_ERROR")
	c.until(t, "status", "live", "SUBSCRIBED")
	c.until(t, "system", "live", "ok")
	c.change(t, "live", "INSERT", d.insert(t, user))
}
