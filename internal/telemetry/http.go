package telemetry

import (
	"net/http"
	"regexp"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// ids in a path would make every name of a span another one.
var uuids = regexp.MustCompile(`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`)

// Handler wraps next in a span per request, of the trace that the request's
// traceparent names. Whoever reads that header further in finds the span there.
func (t *Tracer) Handler(next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	w3c := propagation.TraceContext{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if unremarkable(r) {
			next.ServeHTTP(w, r)
			return
		}
		ctx := w3c.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, span := t.tracer.Start(ctx, r.Method+" "+uuids.ReplaceAllString(r.URL.Path, "{id}"), trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(attribute.String("http.request.method", r.Method), attribute.String("url.path", r.URL.Path)))
		defer span.End()
		r = r.Clone(ctx)
		w3c.Inject(ctx, propagation.HeaderCarrier(r.Header))
		noted := &noting{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(noted, r)
		span.SetAttributes(attribute.Int("http.response.status_code", noted.status))
		if noted.status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
	})
}

// unremarkable are probes, and streams that last for hours.
func unremarkable(r *http.Request) bool {
	switch r.URL.Path {
	case "/healthz", "/readyz", "/metrics", "/v1/ws", "/v1/events":
		return true
	}
	return strings.HasPrefix(r.URL.Path, "/realtime/") || r.Header.Get("Upgrade") != "" || strings.Contains(r.Header.Get("Accept"), "text/event-stream")
}

// noting remembers the status of an answer.
type noting struct {
	http.ResponseWriter
	status int
}

// Unwrap lets http.ResponseController through.
func (n *noting) Unwrap() http.ResponseWriter { return n.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (n *noting) WriteHeader(status int) {
	if status >= http.StatusOK {
		n.status = status
	}
	n.ResponseWriter.WriteHeader(status)
}
