package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
)

// around surrounds every request: it names the trace, sets the headers that
// every answer has, turns errors and panics into problems, and logs once.
func (s *Server) around(c *fiber.Ctx) (err error) {
	started := time.Now()
	traceOf(c)
	c.SetUserContext(job.WithTrace(s.base, traceOf(c).ID))
	secure(c)
	lingering(c, false)
	defer func() {
		if r := recover(); r != nil {
			s.Log.Error("panic in a handler", "panic", fmt.Sprint(r), "stack", string(debug.Stack()), "trace_id", traceOf(c).ID)
			err = s.fail(c, problem.New("internal", ""))
		}
		s.logRequest(c, time.Since(started))
	}()
	if s.cors(c) {
		return nil
	}
	if err := c.Next(); err != nil {
		return s.fail(c, err)
	}
	return nil
}

// secure sets the headers that keep a browser from doing more with an answer
// than showing it. The page replaces the policy with its own.
func secure(c *fiber.Ctx) {
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'; sandbox")
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	if c.Get(fiber.HeaderXForwardedProto) == "https" {
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	}
}

// fail answers with the problem that err is. It is also what fiber and
// fasthttp call for requests that never reach a handler.
func (s *Server) fail(c *fiber.Ctx, err error) error {
	p := s.problemOf(err)
	if p.Status >= fiber.StatusInternalServerError {
		s.Log.Error("request failed", "method", c.Method(), "path", c.Path(), "code", p.Code, "error", err, "trace_id", traceOf(c).ID)
	}
	var quota *job.QuotaError
	if errors.As(err, &quota) {
		c.Set(fiber.HeaderRetryAfter, seconds(or(quota.Retry, quotaRetry)))
	}
	return refuse(c, p)
}

// quotaRetry is when a request may be tried again that something has to be
// deleted for.
const quotaRetry = time.Minute

// refuse answers with a problem.
func refuse(c *fiber.Ctx, p problem.Problem) error {
	p.Instance = strings.Clone(c.Path())
	p.TraceID = traceOf(c).ID
	c.Context().Response.ResetBody()
	c.Status(p.Status)
	c.Set(fiber.HeaderContentType, problem.ContentType)
	switch p.Status {
	case fiber.StatusUnauthorized:
		c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="pgcast"`)
	case fiber.StatusServiceUnavailable, fiber.StatusTooManyRequests:
		if c.GetRespHeader(fiber.HeaderRetryAfter) == "" {
			c.Set(fiber.HeaderRetryAfter, "1")
		}
	}
	if p.Code == "idempotency_in_progress" {
		c.Set(fiber.HeaderRetryAfter, "1")
	}
	if c.Context().Request.IsBodyStream() {
		// What is left of the body may end the connection: nobody is to send
		// another request on it, least of all a proxy the request of another.
		c.Set(fiber.HeaderConnection, "close")
		lingering(c, true)
	}
	return c.Send(p.JSON())
}

// lingering says whether the connection, should it be closed after this
// answer, is closed gently: the client may still be sending.
func lingering(c *fiber.Ctx, yes bool) {
	if conn, ok := c.Context().Conn().(*conn); ok {
		conn.linger.Store(yes)
	}
}

// codes are the problems of fiber's own errors, by HTTP status.
var codes = map[int]string{
	fiber.StatusNotFound:                    "not_found",
	fiber.StatusMethodNotAllowed:            "method_not_allowed",
	fiber.StatusRequestTimeout:              "request_timeout",
	fiber.StatusRequestEntityTooLarge:       "payload_too_large",
	fiber.StatusRequestURITooLong:           "uri_too_long",
	fiber.StatusRequestHeaderFieldsTooLarge: "headers_too_large",
}

func (s *Server) problemOf(err error) problem.Problem {
	var own *fiber.Error
	if errors.As(err, &own) {
		if code, ok := codes[own.Code]; ok {
			return problem.New(code, "")
		}
		return problem.New("bad_request", "")
	}
	if errors.Is(err, errStopping) || errors.Is(err, context.Canceled) && errors.Is(context.Cause(s.base), errStopping) {
		return problem.New("unavailable", "The service stopped before the request was done.")
	}
	p := problem.From(err)
	if p.Code == "internal" && s.Code != nil {
		if k, ok := problem.Lookup(s.Code(err)); ok {
			return problem.New(k.Code, "")
		}
	}
	return p
}

// logRequest writes the access log. Queries are left out: they may name what
// is the user's, and tickets.
func (s *Server) logRequest(c *fiber.Ctx, took time.Duration) {
	level := slog.LevelInfo
	if path := c.Path(); !strings.HasPrefix(path, "/v1/") {
		level = slog.LevelDebug
	}
	attrs := []slog.Attr{
		slog.String("method", c.Method()), slog.String("path", strings.Clone(c.Path())), slog.Int("status", c.Response().StatusCode()),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000), slog.String("trace_id", traceOf(c).ID),
	}
	if id := c.GetRespHeader(fiber.HeaderXRequestID); id != traceOf(c).ID { // the client's own
		attrs = append(attrs, slog.String("request_id", id))
	}
	if addr, ok := c.Context().RemoteAddr().(*net.TCPAddr); ok { // behind a mount there is none
		attrs = append(attrs, slog.String("remote", addr.String()))
	}
	s.Log.LogAttrs(s.base, level, "request", attrs...)
}
