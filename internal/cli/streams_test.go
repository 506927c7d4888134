package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestStreamsGoToTheWindow(t *testing.T) {
	t.Parallel()
	says := func(word string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, word)
		})
	}
	both := &port{mux: http.NewServeMux(), door: says("door")}
	both.addStreams(says("window"))
	both.mux.Handle("/", both.door)
	alone := &port{mux: http.NewServeMux()}
	alone.addStreams(says("window"))
	for _, test := range []struct {
		port                       *port
		method, path, accept, want string
	}{
		{both, "GET", "/v1/jobs/1/events", "text/event-stream", "window"},
		{both, "GET", "/v1/jobs/1/events", "application/json;q=0.5, text/event-stream; q=0.9", "window"},
		{both, "GET", "/v1/jobs/1/events", "application/json, text/event-stream;q=0", "door"},
		{both, "GET", "/v1/jobs/1/events", "application/json", "door"},
		{both, "GET", "/v1/jobs/1/events", "*/*", "door"},
		{both, "GET", "/v1/jobs/1/events", "", "door"},
		{both, "OPTIONS", "/v1/jobs/1/events", "", "window"},
		{both, "GET", "/v1/events", "*/*", "window"},
		{both, "OPTIONS", "/v1/events", "", "window"},
		{both, "GET", "/v1/jobs/1", "text/event-stream", "door"},
		{alone, "GET", "/v1/jobs/1/events", "", "window"},
	} {
		r := httptest.NewRequest(test.method, test.path, nil)
		if test.accept != "" {
			r.Header.Set("Accept", test.accept)
		}
		w := httptest.NewRecorder()
		test.port.mux.ServeHTTP(w, r)
		if got := w.Body.String(); got != test.want {
			t.Errorf("%s %s accepting %q went to the %s, want the %s", test.method, test.path, test.accept, got, test.want)
		}
	}
}
