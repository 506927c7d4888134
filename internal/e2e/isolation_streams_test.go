package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/pgcast/pgcast/internal/job"
)

// stream opens server-sent events; the lines come until the test ends.
func (m *member) stream(t *testing.T, path string, header ...string) (*http.Response, <-chan string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, m.url()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	if m.token != "" {
		r.Header.Set("Authorization", "Bearer "+m.token)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	lines, done := make(chan string, 10_000), make(chan struct{})
	go func() {
		defer close(done)
		defer close(lines)
		for scan := bufio.NewScanner(res.Body); scan.Scan(); {
			lines <- scan.Text()
		}
	}()
	t.Cleanup(func() {
		cancel()
		_ = res.Body.Close()
		<-done
	})
	return res, lines
}

// heard collects lines up to one that tells of a job.
func heard(t *testing.T, lines <-chan string, id job.ID) (all []string) {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case line, more := <-lines:
			all = append(all, line)
			if strings.Contains(line, id.String()) {
				return all
			}
			if !more {
				t.Fatalf("the stream ended:\n%s", strings.Join(all, "\n"))
			}
		case <-late:
			t.Fatalf("nothing was heard of the own job:\n%s", strings.Join(all, "\n"))
		}
	}
}

// isAs reports whether a text is about something of a's.
func (s *strangers) isAs(text string) bool {
	return strings.Contains(text, s.a.id.String()) || strings.Contains(text, s.job.ID.String()) || strings.Contains(text, s.job.ForecastID)
}

// rerun makes a's job change in every way, and ends with a job of b's.
func (s *strangers) rerun(t *testing.T) (own job.ID) {
	t.Helper()
	id := s.job.ID.String()
	for _, r := range []request{{"POST", "/v1/jobs/" + id + "/reprocess", "{}"}, {"DELETE", "/v1/jobs/" + id, ""}} {
		if res, text := s.a.call(t, r.method, r.path, strings.NewReader(r.body)); res.StatusCode/100 != 2 {
			t.Fatalf("%s %s: %s: %s", r.method, r.path, res.Status, text)
		}
	}
	return s.b.upload(t, sample(), "")
}

// Server-sent events, as the socket: what others do is not heard, also not by
// whoever claims to have been away and names the job.
func TestStrangersHearNoEvent(t *testing.T) {
	t.Parallel()
	s := meet(t)
	one := "/v1/jobs/" + s.job.ID.String() + "/events"
	for _, who := range []struct {
		name   string
		as     *member
		path   string
		status int
	}{
		{"another user, a's job", s.b, one, http.StatusNotFound},
		{"nobody", &member{url: s.url}, "/v1/events", http.StatusUnauthorized},
		{"nobody, a's job", &member{url: s.url}, one, http.StatusUnauthorized},
		{"the anon key", &member{token: s.env["SUPABASE_ANON_KEY"], url: s.url}, "/v1/events", http.StatusForbidden},
		{"a token of another project", &member{token: forged(t, s.a.id), url: s.url}, "/v1/events", http.StatusUnauthorized},
	} {
		if res, _ := who.as.stream(t, who.path); res.StatusCode != who.status {
			t.Errorf("%s: GET %s: %s, want %d", who.name, who.path, res.Status, who.status)
		}
	}
	_, all := s.b.stream(t, "/v1/events")
	_, back := s.b.stream(t, "/v1/events", "Last-Event-ID", "0-1")
	own := s.rerun(t)
	for name, lines := range map[string]<-chan string{"from now on": all, "from before": back} {
		for _, line := range heard(t, lines, own) {
			if s.isAs(line) {
				t.Errorf("%s: another user heard %s", name, line)
			}
		}
	}
}

// The protocol of Supabase Realtime: a subscription to all of the table brings
// one's own rows, one to a's rows by a filter brings nothing.
func TestStrangersSeeNoChangeOverRealtime(t *testing.T) {
	t.Parallel()
	s := meet(t)
	var all []*channel
	for name, filter := range map[string]string{"all": "", "a's by the user": "user_id=eq." + s.a.id.String(), "a's by the job": "id=eq." + s.job.ID.String()} {
		for who, token := range map[string]string{"another user": s.b.token, "the anon key": s.env["SUPABASE_ANON_KEY"]} {
			all = append(all, s.realtime(t, who+", "+name, token, filter))
		}
	}
	own := s.realtime(t, "b", s.b.token, "")
	own.await(t, "b's own change", s.rerun(t).String())
	for _, c := range all { // what was on its way to them comes before the answer
		c.beat(t)
	}
}

// channel is a connection that has joined, and what has come through it.
type channel struct {
	who    string
	conn   *websocket.Conn
	frames <-chan string // closed when the connection is
}

// await reads up to a frame with some text in it.
func (c *channel) await(t *testing.T, what, text string) {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case frame, more := <-c.frames:
			if strings.Contains(frame, text) {
				return
			}
			if !more {
				t.Fatalf("%s: the connection ended before %s", c.who, what)
			}
		case <-late:
			t.Fatalf("%s: %s did not come", c.who, what)
		}
	}
}

// beat sends a heartbeat and waits for its answer.
func (c *channel) beat(t *testing.T) {
	t.Helper()
	const ref = "the last heartbeat"
	if err := c.conn.WriteJSON(map[string]any{"topic": "phoenix", "event": "heartbeat", "ref": ref, "payload": map[string]any{}}); err != nil {
		t.Fatal(err)
	}
	c.await(t, "the answer to a heartbeat", ref)
}

// realtime joins a channel; whatever comes through it must not betray a.
func (s *strangers) realtime(t *testing.T, who, token, filter string) *channel {
	t.Helper()
	at := "ws" + strings.TrimPrefix(s.url(), "http") + "/realtime/v1/websocket?" + url.Values{"apikey": {s.env["SUPABASE_ANON_KEY"]}, "vsn": {"1.0.0"}}.Encode()
	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), at, nil)
	if err != nil {
		t.Fatal(err)
	}
	binding := map[string]string{"event": "*", "schema": "public", "table": "jobs"}
	if filter != "" {
		binding["filter"] = filter
	}
	join, err := json.Marshal(map[string]any{"topic": "realtime:x", "event": "phx_join", "ref": "1", "join_ref": "1",
		"payload": map[string]any{"config": map[string]any{"postgres_changes": []any{binding}}, "access_token": token}})
	if err == nil {
		err = conn.WriteMessage(websocket.TextMessage, join)
	}
	if err != nil {
		t.Fatal(err)
	}
	frames, done := make(chan string, 1000), make(chan struct{})
	joined := make(chan struct{})
	go func() {
		defer close(done)
		defer close(frames)
		for first := true; ; first = false {
			_, text, err := conn.ReadMessage()
			if first {
				close(joined)
			}
			if err != nil {
				return
			}
			if strings.Contains(string(text), `"record"`) && s.isAs(string(text)) {
				t.Errorf("%s got %s", who, text)
			}
			frames <- string(text)
		}
	}()
	<-joined
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return &channel{who: who, conn: conn, frames: frames}
}
