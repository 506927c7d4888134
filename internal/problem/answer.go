package problem

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"regexp"
)

// traceparent is a W3C Trace Context, section 3.2, that names a trace.
var traceparent = regexp.MustCompile(`^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}`)

// Answer answers a request of net/http with the problem.
func (p Problem) Answer(w http.ResponseWriter, r *http.Request) {
	p.Instance = "/"
	if r.URL != nil { // the server refused before there was one
		p.Instance = r.URL.Path
	}
	p.TraceID = traceOf(r)
	h := w.Header()
	h.Set("Content-Type", ContentType)
	h.Set("Cache-Control", "no-store")
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		h.Set("Retry-After", "2")
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(p.JSON()) // the client may have left
}

// traceOf is the trace that the request names, else a new one.
func traceOf(r *http.Request) string {
	if m := traceparent.FindStringSubmatch(r.Header.Get("traceparent")); m != nil {
		return m[1]
	}
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails, see crypto/rand
	return hex.EncodeToString(id[:])
}
