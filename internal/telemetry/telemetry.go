// Package telemetry sends spans to an OpenTelemetry collector: one for each HTTP
// request and one for each run, in one trace from the upload to the result.
//
// A nil [Tracer] does nothing and costs nothing; that is what a deployment
// without an endpoint has. The exporter and the sampler read the standard
// variables of OpenTelemetry beside it: OTEL_EXPORTER_OTLP_HEADERS,
// OTEL_TRACES_SAMPLER, OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME.
package telemetry

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/pgcast/pgcast/internal/job"
)

// Tracer makes spans. It is safe for concurrent use, and nil does nothing.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// goodbye is how long the last spans may take.
const goodbye = 2 * time.Second

// New returns a tracer that sends to endpoint, the base of an OTLP receiver over
// HTTP such as http://127.0.0.1:4318; nil when that is empty. It does not wait
// for the receiver: what cannot be sent is dropped, and the log is told.
func New(ctx context.Context, endpoint, service, version string, log *slog.Logger) (*Tracer, error) {
	if endpoint == "" {
		return nil, nil
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(strings.TrimRight(endpoint, "/")+"/v1/traces"))
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	from, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", service), attribute.String("service.version", version)),
		resource.WithHost(), resource.WithFromEnv())
	if err != nil {
		log.Warn("telemetry knows little of this machine", "error", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("spans are not sent", "error", err) }))
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(from), sdk.WithIDGenerator(ids{}))
	return &Tracer{provider: provider, tracer: provider.Tracer("github.com/pgcast/pgcast")}, nil
}

// Close sends what is left.
func (t *Tracer) Close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	_ = t.provider.Shutdown(ctx) // the error handler has told why
}

// Span begins a span of the trace that ctx belongs to, see [job.WithTrace]. The
// function it returns ends it.
func (t *Tracer) Span(ctx context.Context, name string) (context.Context, func(error)) {
	if t == nil {
		return ctx, func(error) {}
	}
	ctx, span := t.tracer.Start(ctx, name)
	return ctx, func(err error) {
		if err != nil {
			span.RecordError(err)
			span.SetStatus(codes.Error, name+" failed")
		}
		span.End()
	}
}

// ids gives spans without a parent the trace id that their context names: the row
// of a job carries the trace of the request that asked for it, not its span.
type ids struct{}

// NewIDs implements sdk.IDGenerator.
func (ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	id, err := trace.TraceIDFromHex(job.Trace(ctx))
	if err != nil {
		_, _ = rand.Read(id[:]) // never fails
	}
	return id, ids{}.NewSpanID(ctx, id)
}

// NewSpanID implements sdk.IDGenerator.
func (ids) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	_, _ = rand.Read(id[:]) // never fails
	return id
}
