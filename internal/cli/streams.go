package cli

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// addStreams sends those who ask for a stream of events to the window. The same
// address of a job is its audit trail, at the door, for everybody else.
func (p *port) addStreams(window http.Handler) {
	p.mux.Handle("GET /v1/events", window)
	p.mux.Handle("/v1/events", notAllowed("GET, HEAD"))
	p.mux.Handle("OPTIONS /v1/events", window) // browsers ask before pages of other origins may
	p.mux.Handle("OPTIONS /v1/jobs/{id}/events", window)
	p.mux.HandleFunc("GET /v1/jobs/{id}/events", func(w http.ResponseWriter, r *http.Request) {
		if p.door == nil || wantsStream(r) {
			window.ServeHTTP(w, r)
			return
		}
		w.Header().Add("Vary", "Accept")
		p.door.ServeHTTP(w, r)
	})
}

// wantsStream reports whether a request names text/event-stream among what it
// accepts. Anything at all, as curl says, is no wish for a stream.
func wantsStream(r *http.Request) bool {
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		kind, parameters, err := mime.ParseMediaType(part)
		if err != nil || kind != "text/event-stream" {
			continue
		}
		q, err := strconv.ParseFloat(parameters["q"], 64)
		return err != nil || q > 0
	}
	return false
}
