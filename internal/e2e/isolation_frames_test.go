package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/pgcast/pgcast/internal/job"
)

// window is one websocket at /v1/ws.
type window struct{ *websocket.Conn }

// frame is what tells frames apart.
type frame struct {
	Type  string
	Job   job.Job
	JobID job.ID `json:"job_id"`
	Jobs  []job.Job
}

func (m *member) window(t *testing.T) window {
	t.Helper()
	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(m.url(), "http")+"/v1/ws",
		http.Header{"Authorization": {"Bearer " + m.token}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	return window{conn}
}

// until reads frames up to one that is wanted, and returns all of them.
func (w window) until(t *testing.T, what string, wanted func(frame) bool) (seen []string) {
	t.Helper()
	for {
		_, text, err := w.ReadMessage()
		if err != nil {
			t.Fatalf("wait for %s: %v; seen so far:\n%s", what, err, strings.Join(seen, "\n"))
		}
		seen = append(seen, string(text))
		var f frame
		if err := json.Unmarshal(text, &f); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if wanted(f) {
			return seen
		}
	}
}

func (w window) subscribe(t *testing.T, text string) {
	t.Helper()
	if err := w.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

// The other user listens to everything and to a job of a's by its id, claiming
// to have seen it, while that job is run again and deleted. What they hear of
// it is what they hear of an id that nobody has.
func TestStrangersSeeNoFrame(t *testing.T) {
	t.Parallel()
	s := meet(t)
	id := s.job.ID.String()
	theirs, other := s.a.window(t), s.b.window(t)
	theirs.subscribe(t, `{"type": "subscribe", "id": 1, "all": true}`)
	theirs.until(t, "a's snapshot", func(f frame) bool { return len(f.Jobs) == 1 && f.Jobs[0].ID == s.job.ID })
	other.subscribe(t, `{"type": "subscribe", "id": 1, "all": true}`)
	seen := other.until(t, "the first snapshot", func(f frame) bool { return f.Type == "snapshot" })
	nobodys := job.NewID().String() // of no job at all
	other.subscribe(t, `{"type": "subscribe", "id": 2, "jobs": ["`+id+`", "`+nobodys+`"], "after": {"`+id+`": 1, "`+nobodys+`": 1}}`)
	seen = append(seen, other.until(t, "the second snapshot", func(f frame) bool { return f.Type == "snapshot" })...)

	for _, step := range []request{{"POST", "/v1/jobs/" + id + "/reprocess", "{}"}, {"DELETE", "/v1/jobs/" + id, ""}} {
		if res, text := s.a.call(t, step.method, step.path, strings.NewReader(step.body)); res.StatusCode/100 != 2 {
			t.Fatalf("%s %s: %s: %s", step.method, step.path, res.Status, text)
		}
	}
	theirs.until(t, "a's own frames", func(f frame) bool { return f.Type == "deleted" && f.JobID == s.job.ID })

	// Frames keep their order: when b's own job shows, what was a's is past.
	mine := s.b.upload(t, sample(), "")
	seen = append(seen, other.until(t, "b's own frame", func(f frame) bool { return f.Type == "job" && f.Job.ID == mine })...)
	told := map[string]int{} // how often, with the id of a's job replaced by that of no job
	for _, text := range seen {
		told[strings.ReplaceAll(text, id, nobodys)]++
		if strings.Contains(text, s.a.id.String()) {
			t.Errorf("another user got the frame %s", text)
		}
	}
	for text, n := range told {
		if strings.Contains(text, nobodys) && n != 2 {
			t.Errorf("a's job and no job at all are told apart by the frame %s", text)
		}
	}
}

func TestWindowsNeedAUser(t *testing.T) {
	t.Parallel()
	w := startUp(t, dataDir(t)).world()
	for who, token := range map[string]string{
		"nobody":                     "",
		"a token of another project": forged(t, w.join(t).id),
	} {
		header := http.Header{}
		if token != "" {
			header.Set("Authorization", "Bearer "+token)
		}
		conn, res, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(w.url(), "http")+"/v1/ws", header)
		if err == nil {
			_ = conn.Close()
			t.Errorf("%s got a websocket", who)
		} else if res == nil || res.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %v", who, err)
		}
	}
	anon := (&member{token: w.env["SUPABASE_ANON_KEY"], url: w.url}).window(t)
	_, text, err := anon.ReadMessage()
	for ; err == nil; _, text, err = anon.ReadMessage() {
		if !strings.Contains(string(text), `"hello"`) && !strings.Contains(string(text), `"error"`) {
			t.Errorf("the anon key got the frame %s", text)
		}
	}
	if !websocket.IsCloseError(err, 4401, 4403) {
		t.Errorf("the window of the anon key ended with %v", err)
	}
}
