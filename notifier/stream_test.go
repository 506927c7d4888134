package notifier_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
)

// stream is a client that reads events, as an EventSource does.
type stream struct {
	body io.ReadCloser
	read *bufio.Scanner
	end  context.CancelFunc

	id    string // the last one
	retry string
	ended bool
}

// event is one that a page would hear.
type event struct {
	name string
	frame
}

// get asks for a stream; the body is the caller's.
func (b *bundle) get(t testing.TB, path string, h http.Header) (*http.Response, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.server.URL+path, nil)
	if err != nil {
		t.Fatalf("make a request: %v", err)
	}
	r.Header = h
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("get %s: %v", path, err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer, cancel
}

// listen opens a stream; from is where an earlier one ended, "": nowhere.
func (b *bundle) listen(t testing.TB, user job.UserID, path, from string) *stream {
	t.Helper()
	h := http.Header{"Authorization": {"Bearer " + token(t, auth.RoleAuthenticated, user, time.Hour)}, "Accept": {"text/event-stream"}}
	if from != "" {
		h.Set("Last-Event-ID", from)
	}
	answer, end := b.get(t, path, h)
	if answer.StatusCode != http.StatusOK || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") ||
		answer.Header.Get("X-Accel-Buffering") != "no" || !strings.Contains(answer.Header.Get("Cache-Control"), "no-transform") {
		t.Fatalf("%s answers %d %v", path, answer.StatusCode, answer.Header)
	}
	return newStream(answer.Body, end, from)
}

func newStream(body io.ReadCloser, end context.CancelFunc, from string) *stream {
	s := &stream{body: body, read: bufio.NewScanner(body), end: end, id: from}
	s.read.Buffer(nil, 16<<20)
	return s
}

// next is the next event that a page hears; a stream that ends has none.
func (s *stream) next(t testing.TB) (e event) {
	t.Helper()
	data := ""
	for s.read.Scan() {
		field, value, _ := strings.Cut(s.read.Text(), ": ")
		switch field {
		case "id":
			s.id = value
		case "event":
			e.name = value
		case "data":
			data = value
		case "retry":
			s.retry = value
		case "":
			if data == "" {
				continue
			}
			if err := json.Unmarshal([]byte(data), &e.frame); err != nil {
				t.Fatalf("event %s: %s is not JSON: %v", e.name, data, err)
			}
			if e.raw = data; e.name != e.Type {
				t.Errorf("event %s holds %s", e.name, data)
			}
			return e
		}
	}
	s.ended = true
	return event{}
}

func (s *stream) close() {
	s.end()
	_ = s.body.Close()
}
