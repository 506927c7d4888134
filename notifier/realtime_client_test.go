package notifier_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/pgcast/pgcast/notifier"
	"github.com/pgcast/pgcast/notifier/realtime"
)

// keys are those of the project of these tests.
var keys = realtime.Keys{Anon: "sb_publishable_tests", Service: "sb_secret_tests"}

func withKeys(c *notifier.Config) { c.Keys = keys }

// heard is a message of the Supabase protocol.
type heard struct {
	JoinRef, Ref, Topic, Event string
	Payload                    struct {
		Status   string
		Message  string
		Response struct {
			Reason  string
			Changes []struct {
				ID float64
			} `json:"postgres_changes"`
		}
		IDs  []float64
		Data change
	}
	raw string
}

// change is the part of a message that is about a row.
type change struct {
	Schema, Table, Type string
	At                  time.Time `json:"commit_timestamp"`
	Columns             []struct{ Name, Type string }
	Record              map[string]any
	Old                 map[string]any `json:"old_record"`
	Errors              []string
}

// phoenix is a client that speaks version 2.0.0 of the framing.
type phoenix struct{ ws *websocket.Conn }

func (b *bundle) phoenix(t testing.TB, key string) *phoenix {
	t.Helper()
	ws, answer, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(b.server.URL, "http")+"/realtime/v1/websocket?vsn=2.0.0&apikey="+key, nil)
	if err != nil {
		t.Fatalf("connect: %v (%+v)", err, answer)
	}
	t.Cleanup(func() { _ = ws.Close() })
	return &phoenix{ws}
}

// send sends a message to channel "room" with refs.
func (p *phoenix) send(t testing.TB, joinRef, ref int, event, payload string) {
	t.Helper()
	p.text(t, fmt.Sprintf(`["%d","%d","realtime:room","%s",%s]`, joinRef, ref, event, payload))
}

func (p *phoenix) text(t testing.TB, frame string) {
	t.Helper()
	if err := p.ws.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		t.Fatalf("send %s: %v", frame, err)
	}
}

func (p *phoenix) binary(t testing.TB, frame []byte) {
	t.Helper()
	if err := p.ws.WriteMessage(websocket.BinaryMessage, frame); err != nil {
		t.Fatalf("send %q: %v", frame, err)
	}
}

func (p *phoenix) next(t testing.TB) (h heard) {
	t.Helper()
	_ = p.ws.SetReadDeadline(time.Now().Add(patience))
	_, frame, err := p.ws.ReadMessage()
	if err != nil {
		t.Fatalf("read a frame: %v", err)
	}
	h.raw = string(frame)
	var parts [5]json.RawMessage
	if err := json.Unmarshal(frame, &parts); err != nil {
		t.Fatalf("frame %s: %v", frame, err)
	}
	for i, to := range []any{&h.JoinRef, &h.Ref, &h.Topic, &h.Event, &h.Payload} {
		if err := json.Unmarshal(parts[i], to); err != nil {
			t.Fatalf("frame %s: %v", frame, err)
		}
	}
	return h
}

// wants reads the next message and holds it to an event and a word in it.
func (p *phoenix) wants(t testing.TB, event, word string) heard {
	t.Helper()
	h := p.next(t)
	if h.Event != event || !strings.Contains(h.raw, word) {
		t.Fatalf("heard %s, want %s with %q", h.raw, event, word)
	}
	return h
}

// join subscribes channel "room" and waits until it is ready.
func (p *phoenix) join(t testing.TB, token string, bindings ...string) heard {
	t.Helper()
	p.send(t, 1, 1, "phx_join", joining(token, bindings...))
	h := p.wants(t, "phx_reply", `"status":"ok"`)
	p.wants(t, "system", "Subscribed to PostgreSQL")
	return h
}

func joining(token string, bindings ...string) string {
	if token == "" {
		return `{"config":{"postgres_changes":[` + strings.Join(bindings, ",") + `]}}`
	}
	return `{"config":{"postgres_changes":[` + strings.Join(bindings, ",") + `]},"access_token":"` + token + `"}`
}

const everything = `{"event":"*","schema":"public","table":"jobs"}`

// story is a change in a few words.
func (h heard) story() string {
	d := h.Payload.Data
	return fmt.Sprint(d.Type, " ", d.Old["status"], "→", d.Record["status"])
}

func binaryBroadcast(joinRef, ref, topic, event, meta, payload string) []byte {
	frame := []byte{3, byte(len(joinRef)), byte(len(ref)), byte(len(topic)), byte(len(event)), byte(len(meta)), 1}
	return append(frame, joinRef+ref+topic+event+meta+payload...)
}
