package realtime

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
	"github.com/pgcast/pgcast/notifier/hub"
)

// A join as the client library sends it, and the answers to it.
func TestFramesOnTheWire(t *testing.T) {
	t.Parallel()
	join := message{joinRef: json.RawMessage(`"1"`), ref: json.RawMessage(`"2"`), topic: "realtime:room", event: eventJoin, payload: json.RawMessage(`{"config":{}}`)}
	reply := message{joinRef: join.joinRef, ref: join.ref, topic: join.topic, event: eventReply, payload: json.RawMessage(`{"response":{},"status":"ok"}`)}
	for v, frames := range map[serializer][3]string{
		1: {`{"topic":"realtime:room","event":"phx_join","payload":{"config":{}},"ref":"2","join_ref":"1"}`,
			`{"topic":"realtime:room","event":"phx_reply","ref":"2","join_ref":"1","payload":{"response":{},"status":"ok"}}`,
			`{"topic":"realtime:room","event":"system","ref":null,"join_ref":null,"payload":{"channel":"room","extension":"postgres_changes","message":"Subscribed to PostgreSQL","status":"ok"}}`},
		2: {`["1","2","realtime:room","phx_join",{"config":{}}]`,
			`["1","2","realtime:room","phx_reply",{"response":{},"status":"ok"}]`,
			`[null,null,"realtime:room","system",{"channel":"room","extension":"postgres_changes","message":"Subscribed to PostgreSQL","status":"ok"}]`},
	} {
		if got, err := v.text([]byte(frames[0])); err != nil || !reflect.DeepEqual(got, join) {
			t.Errorf("%s is read as %+v, %v", frames[0], got, err)
		}
		if got := v.encode(reply); string(got) != frames[1] {
			t.Errorf("the reply is\n%s, want\n%s", got, frames[1])
		}
		system := message{topic: join.topic, event: eventSystem, payload: systemPayload(join.topic, eventChanges, "ok", "Subscribed to PostgreSQL")}
		if got := v.encode(system); string(got) != frames[2] {
			t.Errorf("the system message is\n%s, want\n%s", got, frames[2])
		}
	}
}

func TestChangesOnTheWire(t *testing.T) {
	t.Parallel()
	id := job.ID{UUID: uuid.MustParse("01937c1e-7a52-7c1b-9a54-3a1d5a4b9c10")}
	user := job.UserID{UUID: uuid.MustParse("7c9e6679-7425-40de-944b-e07fc1f90ae7")}
	at := time.Date(2026, 11, 23, 9, 0, 0, 123456000, time.UTC)
	j := job.Job{ID: id, UserID: user, Status: job.Failed, Version: 3, ErrorMessage: "é \"quoted\"\n", Metrics: []byte(`{"mase": 0.75}`), UpdatedAt: at}
	v := &view{topic: "realtime:room", bindings: []binding{
		{id: 1, event: "*", only: []string{"status", "error_message", "metrics", "version", "updated_at", "model_used"}, group: "a"},
		{id: 2, event: "INSERT"},
		{id: 3, event: "DELETE", only: []string{"status"}, group: "b"},
		{id: 4, event: "UPDATE", only: []string{"status", "error_message", "metrics", "version", "updated_at", "model_used"}, group: "a"},
	}}
	who := hub.Viewer{User: user, Role: hub.Authenticated}
	write := func(i *hub.Item) (frames []string) {
		e, ok := eventOf(i, who)
		if !ok {
			t.Fatalf("%+v is no change", i)
		}
		v.messages(2, &e, func(frame []byte) { frames = append(frames, string(frame)) })
		return frames
	}
	update := &hub.Item{Kind: hub.Changed, Op: feed.Update, OldStatus: job.Processing, JobID: id,
		Change: &hub.Change{Event: feed.Event{Op: feed.Update, Job: j, Row: feed.ImageOf(&j), At: at}}}
	want := `[null,null,"realtime:room","postgres_changes",{"ids":[1,4],"data":{"schema":"public","table":"jobs","type":"UPDATE","commit_timestamp":"2026-11-23T09:00:00.123Z",` +
		`"columns":[{"name":"id","type":"uuid"},{"name":"status","type":"text"},{"name":"model_used","type":"text"},{"name":"metrics","type":"jsonb"},{"name":"error_message","type":"text"},{"name":"updated_at","type":"timestamptz"},{"name":"version","type":"int8"}],` +
		`"record":{"id":"01937c1e-7a52-7c1b-9a54-3a1d5a4b9c10","status":"failed","model_used":null,"metrics":{"mase": 0.75},"error_message":"é \"quoted\"\n","updated_at":"2026-11-23T09:00:00.123456+00:00","version":3},` +
		`"old_record":{"id":"01937c1e-7a52-7c1b-9a54-3a1d5a4b9c10","status":"processing"},"errors":null}}]`
	if got := write(update); len(got) != 1 || got[0] != want {
		t.Errorf("an update is written as\n%s, want\n%s", got, want)
	}
	// the row went to somebody else: of theirs nothing is told
	update.Kind, update.Change.OldOwner, update.Change.Job.UserID = hub.Deleted, user, job.UserID{UUID: uuid.New()}
	got := write(update)
	if len(got) != 2 || !strings.Contains(got[1], `"ids":[3]`) || strings.Contains(strings.Join(got, ""), "failed") || !strings.Contains(got[0], `"old_record":{"id":`) {
		t.Errorf("a row that is gone is written as\n%s", got)
	}
}

func TestValuesOnTheWire(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ kind, text, want string }{
		{"int8", "9007199254740993", "9007199254740993"},
		{"float4", "0.25", "0.25"},
		{"float8", "NaN", `"NaN"`},
		{"numeric", "-Infinity", `"-Infinity"`},
		{"bool", "t", "true"},
		{"bool", "f", "false"},
		{"jsonb", `{"a": [1]}`, `{"a": [1]}`},
		{"timestamptz", "2026-11-23 09:00:00.5+00", `"2026-11-23T09:00:00.5+00:00"`},
		{"timestamptz", "infinity", `"infinity"`},
		{"text", "a\"b\\c\x01", `"a\"b\\c\u0001"`},
		{"_text", "{a,b}", `"{a,b}"`},
	} {
		if got := appendValue(nil, shapeOf(test.kind), test.text); string(got) != test.want || !json.Valid(got) {
			t.Errorf("%s %q is written as %s, want %s", test.kind, test.text, got, test.want)
		}
	}
}

func TestBinaryFrames(t *testing.T) {
	t.Parallel()
	frame := []byte("\x03\x01\x02\x0d\x05\x02\x01" + "1" + "12" + "realtime:room" + "shout" + "{}" + `{"a":1}`)
	want := message{joinRef: json.RawMessage(`"1"`), ref: json.RawMessage(`"12"`), topic: "realtime:room", event: eventBroadcast}
	if got, err := binary(frame); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read as %+v, %v", got, err)
	}
	for n := range len(frame) - len(`{"a":1}`) {
		if _, err := binary(frame[:n]); err == nil {
			t.Errorf("the first %d bytes are read", n)
		}
	}
	if _, err := binary(append([]byte{4}, frame[1:]...)); err == nil {
		t.Error("a frame that only servers send is read")
	}
}

// Whatever is read can be answered in either framing.
func answered(t *testing.T, m message) {
	t.Helper()
	for _, v := range []serializer{1, 2} {
		frame := v.encode(message{joinRef: m.joinRef, ref: m.ref, topic: m.topic, event: eventReply})
		if !json.Valid(frame) {
			t.Errorf("the answer to %+v is %s", m, frame)
		}
		if again, err := v.text(frame); err != nil || !bytes.Equal(again.ref, m.ref) {
			t.Errorf("the answer %s is read as %+v, %v", frame, again, err)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{
		`["1","2","realtime:room","phx_join",{"config":{"postgres_changes":[{"event":"*","schema":"public"}]},"access_token":"x"}]`,
		`{"topic":"realtime:room","event":"phx_leave","payload":{},"ref":"2","join_ref":"1"}`,
		`[null,3,"phoenix","heartbeat",{}]`, `[1e400,"a","b","c",null]`, `{"topic":"a","event":"b","ref":1}`, `[]`, `null`, `{"topic":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, v := range []serializer{1, 2} {
			if m, err := v.text(b); err == nil {
				answered(t, m)
			}
		}
	})
}

func FuzzBinary(f *testing.F) {
	f.Add([]byte("\x03\x01\x02\x0d\x05\x02\x01" + "112realtime:roomshout{}" + `{"a":1}`))
	f.Add([]byte{3, 255, 255, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := binary(b); err == nil {
			answered(t, m)
		}
	})
}

func FuzzJoin(f *testing.F) {
	f.Add([]byte(`{"config":{"postgres_changes":[{"event":"INSERT","schema":"public","table":"jobs","filter":"status=eq.a","select":["id"]}],"presence":{"enabled":true}},"access_token":"x"}`))
	f.Add([]byte(`{"config":{"postgres_changes":[{},null,7,"x",{"id":1}]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var p joining
		if json.Unmarshal(b, &p) != nil {
			return
		}
		for _, raw := range p.Config.Changes {
			if echoed, err := echo(raw, 7); err == nil {
				var o struct{ ID int }
				if json.Unmarshal(echoed, &o) != nil || o.ID != 7 {
					t.Errorf("%s comes back as %s", raw, echoed)
				}
			}
			if b, err := compileBinding(raw, 7, testColumns); err == nil {
				b.matches(&event{kind: "INSERT", row: feed.IdentityOf(job.NewID(), job.UserID{}, "pending")})
			}
		}
	})
}
