package notifier_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/notifier/feed"
)

func TestRealtimeJoinsThatAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, withKeys)
	c := b.phoenix(t, keys.Anon)
	many := slices.Repeat([]string{everything}, 21)
	for i, test := range []struct{ payload, word string }{
		{joining("nonsense", everything), "MalformedJWT"},
		{joining(token(t, auth.RoleAuthenticated, newUser(), -time.Second), everything), "Token has expired"},
		{joining(token(t, auth.RoleAuthenticated, newUser(), time.Hour)+"x", everything), "JwtSignatureError"},
		{joining("", many...), "20 bindings"},
		{joining("", `[]`), "not an object"},
		{`{"config":7}`, "InvalidJoinPayload"},
	} {
		c.send(t, i, i, "phx_join", test.payload)
		if h := c.wants(t, "phx_reply", test.word); h.Payload.Status != "error" || h.Ref != fmt.Sprint(i) {
			t.Errorf("heard %s", h.raw)
		}
	}
	c.text(t, `["7","7","room","phx_join",{}]`)
	c.wants(t, "phx_reply", "unmatched topic")
}

func TestRealtimeRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, withKeys)
	for query, want := range map[string]int{
		"":                          http.StatusUnauthorized,
		"apikey=sb_publishable_no":  http.StatusUnauthorized,
		"apikey=" + keys.Anon:       http.StatusSwitchingProtocols,
		"vsn=9&apikey=" + keys.Anon: http.StatusBadRequest,
		"apikey=" + token(t, auth.RoleAuthenticated, newUser(), -time.Hour): http.StatusUnauthorized,
		"apikey=" + token(t, auth.RoleAuthenticated, newUser(), time.Hour):  http.StatusSwitchingProtocols,
	} {
		ws, answer, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(b.server.URL, "http")+"/realtime/v1/websocket?"+query, nil)
		if err == nil {
			_ = ws.Close()
		}
		if answer == nil || answer.StatusCode != want {
			t.Errorf("%s: %+v, %v; want %d", query, answer, err, want)
			continue
		}
		var said struct{ Error string }
		if err != nil && (json.NewDecoder(answer.Body).Decode(&said) != nil || said.Error == "") {
			t.Errorf("%s is refused without a word", query)
		}
	}
	_, answer, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(b.server.URL, "http")+"/realtime/v1/websocket?apikey="+keys.Anon,
		http.Header{"Origin": {"https://elsewhere.example"}})
	if err == nil || answer.StatusCode != http.StatusForbidden {
		t.Errorf("a page of elsewhere is answered %+v, %v", answer, err)
	}
	if log := b.log.String(); strings.Contains(log, "apikey") {
		t.Errorf("a key is in the log: %s", log)
	}
}

func TestRealtimeChannelsComeAndGo(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, withKeys)
	user := newUser()
	mine := token(t, auth.RoleAuthenticated, user, time.Hour)
	c := b.phoenix(t, keys.Anon)
	c.join(t, mine, everything)

	// a second join takes the place of the first
	c.send(t, 2, 2, "phx_join", joining(mine, everything))
	if h := c.wants(t, "phx_close", ""); h.JoinRef != "1" {
		t.Errorf("heard %s, want the end of the first", h.raw)
	}
	c.wants(t, "phx_reply", `"id":2`)
	c.wants(t, "system", "ok")
	b.Job(t, user, "")
	if h := c.wants(t, "postgres_changes", "INSERT"); len(h.Payload.IDs) != 1 || h.Payload.IDs[0] != 2 {
		t.Errorf("heard %s, want it once, for the second", h.raw)
	}

	// what is not carried is acknowledged, and told once
	c.send(t, 2, 3, "presence", `{"type":"presence","event":"track","payload":{}}`)
	c.wants(t, "phx_reply", `"status":"ok"`)
	c.wants(t, "system", "carries no broadcasts and no presence")
	c.binary(t, binaryBroadcast("2", "4", "realtime:room", "shout", "", `{"a":1}`)) // no ack is asked for

	// the first one's leave is not the second one's
	c.send(t, 1, 5, "phx_leave", `{}`)
	c.wants(t, "phx_reply", `"ok"`)
	b.Job(t, user, "")
	c.wants(t, "postgres_changes", "INSERT")
	c.send(t, 2, 6, "phx_leave", `{}`)
	c.wants(t, "phx_reply", `"ok"`)
	c.wants(t, "phx_close", "")
	b.Job(t, user, "")
	dbtest.Eventually(t, "the session to end", func() bool { return b.notifier.Ready().Sessions == 0 })
	c.send(t, 2, 7, "access_token", `{"access_token":"x"}`)
	c.wants(t, "phx_reply", "unmatched topic") // and nothing of the last job
}

// What filters may ask of each change is bounded, and texts without end are not
// searched.
func TestRealtimeFiltersAreBearable(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, withKeys)
	user := newUser()
	mine := token(t, auth.RoleAuthenticated, user, time.Hour)
	c := b.phoenix(t, keys.Anon)
	heavy := `{"event":"*","schema":"public","table":"jobs","filter":"stage=match.` + strings.Repeat(".{100}", 9) + `"}`
	c.send(t, 1, 1, "phx_join", joining(mine, slices.Repeat([]string{heavy}, 20)...))
	c.wants(t, "phx_reply", `"status":"ok"`)
	c.wants(t, "system", "Subscribed")
	c.text(t, `["2","2","realtime:other","phx_join",`+joining(mine, slices.Repeat([]string{heavy}, 5)...)+`]`)
	c.wants(t, "phx_reply", `"status":"ok"`)
	if h := c.wants(t, "system", "too many or too large"); h.Topic != "realtime:other" {
		t.Errorf("heard %s, want it of the other channel", h.raw)
	}
	c.send(t, 3, 3, "phx_join", joining(mine, `{"event":"*","schema":"public","table":"jobs","filter":"preview=like.%x"}`, `{"event":"*","schema":"public","table":"jobs","filter":"preview=not.is.null"}`))
	c.wants(t, "phx_close", "")
	c.wants(t, "phx_reply", `"status":"ok"`)
	c.wants(t, "system", "Subscribed")
	for length, bindings := range map[int]int{100: 2, 5000: 1} {
		b.Exec(t, `insert into jobs (user_id, preview) values ($1, repeat('x', $2))`, user.String(), length)
		if h := c.wants(t, "postgres_changes", "INSERT"); len(h.Payload.IDs) != bindings {
			t.Errorf("a text of %d bytes passes %d filters, want %d", length, len(h.Payload.IDs), bindings)
		}
	}
}

func TestRealtimeAcknowledgesWhatItDoesNotCarry(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, withKeys)
	c := b.phoenix(t, keys.Anon)
	c.send(t, 1, 1, "phx_join", `{"config":{"broadcast":{"ack":true,"self":true,"replication_ready":true},"presence":{"key":"k","enabled":true},"private":true}}`)
	c.wants(t, "phx_reply", `"status":"ok"`)
	c.wants(t, "presence_state", `{}`)
	c.wants(t, "system", "Replication connection established")
	c.binary(t, binaryBroadcast("1", "2", "realtime:room", "shout", `{"x":1}`, "\x00\xff"))
	if h := c.wants(t, "phx_reply", `"status":"ok"`); h.Ref != "2" {
		t.Errorf("heard %s, want the answer to the broadcast", h.raw)
	}
	c.wants(t, "system", "carries no broadcasts")
	c.send(t, 1, 3, "broadcast", `{"type":"broadcast","event":"shout","payload":{}}`)
	c.send(t, 1, 4, "presence", `{"type":"presence","event":"untrack"}`)
	for _, ref := range []string{"3", "4"} {
		if h := c.wants(t, "phx_reply", `"status":"ok"`); h.Ref != ref {
			t.Errorf("heard %s, want the answer to %s and nothing else", h.raw, ref)
		}
	}
}

func TestRealtimeTokensEndAndAreRenewed(t *testing.T) {
	t.Parallel()
	b := setup(t, feed.Replication, withKeys)
	user := newUser()
	c := b.phoenix(t, keys.Anon)
	short := token(t, auth.RoleAuthenticated, user, 8*time.Second)
	c.join(t, short, everything)
	c.wants(t, "system", "Token expires soon")
	ends := time.Now()
	c.wants(t, "system", "Token has expired")
	if h := c.wants(t, "phx_error", ""); h.JoinRef != "1" || time.Since(ends) > 30*time.Second {
		t.Errorf("heard %s after %v", h.raw, time.Since(ends))
	}
	missed := b.Job(t, user, "").ID // while nobody may hear of it
	c.send(t, 2, 2, "phx_join", joining(short, everything))
	c.wants(t, "phx_reply", "Token has expired")
	c.send(t, 3, 3, "phx_join", joining(token(t, auth.RoleAuthenticated, user, time.Hour), everything))
	c.wants(t, "phx_reply", `"status":"ok"`)
	told := []heard{c.next(t), c.next(t)}
	slices.SortFunc(told, func(a, b heard) int { return strings.Compare(a.Event, b.Event) })
	if told[0].Payload.Data.Record["id"] != missed.String() || told[1].Event != "system" {
		t.Errorf("after the token was renewed the client heard %s and %s, want what it missed", told[0].raw, told[1].raw)
	}

	// somebody else's token shows somebody else's rows, and no longer the first's
	other := newUser()
	c.send(t, 3, 4, "access_token", `{"access_token":"`+token(t, auth.RoleAuthenticated, other, time.Hour)+`"}`)
	c.wants(t, "system", "Subscribed to PostgreSQL")
	b.Job(t, user, "")
	theirs := b.Job(t, other, "").ID
	c.wants(t, "postgres_changes", theirs.String())
	c.send(t, 3, 5, "access_token", `{"access_token":"nonsense"}`)
	c.wants(t, "system", "MalformedJWT")
	c.wants(t, "phx_error", "")
}
