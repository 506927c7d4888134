package telemetry

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/pgcast/pgcast/internal/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// receiver is a collector that keeps what it gets.
type receiver struct {
	*httptest.Server
	mu  sync.Mutex
	got map[string]*spans.Span // by name
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	c := &receiver{got: map[string]*spans.Span{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request collector.ExportTraceServiceRequest
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = proto.Unmarshal(body, &request)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("%s: %v", r.URL, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, from := range request.ResourceSpans {
			for _, scope := range from.ScopeSpans {
				for _, s := range scope.Spans {
					c.got[s.Name] = s
				}
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *receiver) span(t *testing.T, name string) *spans.Span {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.got[name] == nil {
		t.Fatalf("no span %q among %v", name, c.got)
	}
	return c.got[name]
}

// A request and the run that it asked for are in the trace that the client named.
func TestARequestAndItsRunAreOneTrace(t *testing.T) {
	t.Parallel()
	c := newReceiver(t)
	tracer, err := New(t.Context(), c.URL+"/", "pgcast", "test", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	const id, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	var inner string
	h := tracer.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner += r.Header.Get("traceparent")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	r := httptest.NewRequest("GET", "/v1/jobs/0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b/events", nil)
	r.Header.Set("traceparent", "00-"+id+"-"+parent+"-01")
	h.ServeHTTP(httptest.NewRecorder(), r)
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/healthz", nil))

	_, end := tracer.Span(job.WithTrace(t.Context(), id), "forecast")
	end(errors.New("too short"))
	_, end = tracer.Span(t.Context(), "by hand") // nobody's request
	end(nil)
	tracer.Close()

	if !strings.HasPrefix(inner, "00-"+id+"-") || strings.Contains(inner, parent) {
		t.Errorf("further in the trace is %q", inner)
	}
	request, run := c.span(t, "GET /v1/jobs/{id}/events"), c.span(t, "forecast")
	for _, s := range []*spans.Span{request, run} {
		if got := trace.TraceID(s.TraceId).String(); got != id {
			t.Errorf("%s is in trace %s", s.Name, got)
		}
	}
	if got := trace.SpanID(request.ParentSpanId).String(); got != parent || run.Status.GetCode() != spans.Status_STATUS_CODE_ERROR {
		t.Errorf("the request's parent is %s, the run's status %v", got, run.Status)
	}
	if got := c.span(t, "by hand"); len(got.TraceId) != 16 || trace.TraceID(got.TraceId).String() == id {
		t.Errorf("a run by hand is in trace %x", got.TraceId)
	}
	if len(c.got) != 3 {
		t.Errorf("%d spans, want three", len(c.got))
	}
}

func TestWithoutACollectorNothingHappens(t *testing.T) {
	t.Parallel()
	tracer, err := New(t.Context(), "", "pgcast", "test", nil)
	if err != nil || tracer != nil {
		t.Fatalf("got %v, %v", tracer, err)
	}
	next := http.NotFoundHandler()
	w := httptest.NewRecorder()
	if tracer.Handler(next).ServeHTTP(w, httptest.NewRequest("GET", "/", nil)); w.Code != http.StatusNotFound {
		t.Error("no handler")
	}
	ctx, end := tracer.Span(t.Context(), "x")
	end(nil)
	if ctx != t.Context() {
		t.Error("another context")
	}
	tracer.Close()
}
