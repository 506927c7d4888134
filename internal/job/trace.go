package job

import "context"

type traceKey struct{}

// WithTrace says which W3C trace calls with this context belong to: 32 hex
// digits, or "" for none. What the database writes for them carries it.
func WithTrace(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, traceKey{}, id)
}

// Trace is the trace that ctx belongs to, "" when there is none.
func Trace(ctx context.Context) string {
	id, _ := ctx.Value(traceKey{}).(string)
	return id
}
