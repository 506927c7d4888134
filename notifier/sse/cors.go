package sse

import (
	"net/http"
	"slices"

	"github.com/pgcast/pgcast/notifier/wire"
)

// cors tells a browser whether the page that asks may read the answer, and
// reports it. A page that is named in the list may also ask with credentials: not
// that any are looked for, but an EventSource can be told to send some, and a
// proxy on the way may want them.
func (d *Door) cors(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if !wire.AllowedOrigin(r, d.config.Origins) {
		return false
	}
	if origin != "" {
		w.Header().Add("Vary", "Origin")
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Expose-Headers", "Retry-After")
		if slices.Contains(d.config.Origins, origin) {
			w.Header().Set("Access-Control-Allow-Credentials", "true")
		}
	}
	return true
}

// preflight answers a browser that asks before it asks: a page of another origin
// that reads the stream by fetch sends its token and its place in headers.
func (d *Door) preflight(w http.ResponseWriter, r *http.Request) {
	if d.cors(w, r) {
		h := w.Header()
		h.Set("Access-Control-Allow-Methods", "GET, HEAD")
		h.Set("Access-Control-Allow-Headers", "Authorization, Last-Event-ID, Cache-Control, X-Request-Id, traceparent")
		h.Set("Access-Control-Max-Age", "600")
	}
	w.Header().Set("Allow", "GET, HEAD, OPTIONS")
	w.WriteHeader(http.StatusNoContent)
}
