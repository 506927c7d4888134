package ingest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
)

// healthz says that the process runs.
func (s *Server) healthz(c *fiber.Ctx) error {
	return answer(c, fiber.StatusOK, map[string]string{"status": "ok"})
}

// readyz says whether a request would be served. Why not is for the log and
// the operator's port, not for everybody.
func (s *Server) readyz(c *fiber.Ctx) error {
	var r Readiness
	if s.Ready != nil {
		r = s.Ready(c.UserContext())
	}
	checks := map[string]string{}
	p := problem.New("unavailable", "Something that requests need is not there yet.")
	for _, name := range slices.Sorted(maps.Keys(r.Checks)) {
		checks[name] = "ok"
		if err := r.Checks[name]; err != nil {
			p.Errors = append(p.Errors, problem.Field{Pointer: "/checks/" + name, Code: p.Code, Detail: name + " is not ready"})
		}
	}
	s.logReadiness(r)
	if len(p.Errors) > 0 {
		return refuse(c, p)
	}
	ready := map[string]any{"status": "ready", "mode": r.Mode, "checks": checks}
	if r.Source != "" {
		ready["source"] = r.Source
	}
	return answer(c, fiber.StatusOK, ready)
}

// logReadiness tells when other checks fail than at the last question:
// platforms ask every few seconds.
func (s *Server) logReadiness(r Readiness) {
	var names []string
	var failed []error
	for _, name := range slices.Sorted(maps.Keys(r.Checks)) {
		if err := r.Checks[name]; err != nil {
			names, failed = append(names, name), append(failed, fmt.Errorf("%s: %w", name, err))
		}
	}
	failing := strings.Join(names, ", ")
	before := s.failing.Swap(&failing)
	switch {
	case failing == *before:
	case failing == "":
		s.Log.Info("ready again", "was_missing", *before)
	default:
		s.Log.Warn("not ready", "missing", failing, "error", errors.Join(failed...))
	}
}

// limits says what may be sent, and what is used of the quotas.
func (s *Server) limits(c *fiber.Ctx, user job.UserID) error {
	usage, err := s.Jobs.Usage(c.UserContext(), user)
	if err != nil {
		return fmt.Errorf("read usage: %w", err)
	}
	return answer(c, fiber.StatusOK, map[string]any{
		"upload": map[string]any{
			"max_bytes": s.MaxUploadBytes, "compression": []string{"gzip"},
			"max_columns": or(s.Limits.Columns, dataset.DefaultLimits.Columns), "max_series": or(s.Limits.Series, dataset.DefaultLimits.Series),
		},
		"request": map[string]any{
			"max_json_bytes": maxJSONBytes, "max_wait_seconds": int(maxWait.Seconds()), "idempotency_key_hours": 24, "per_minute": s.RequestsPerMinute,
		},
		"forecast": map[string]any{"models": s.Models, "default_levels": []float64{80, 95}, "max_series_per_result_request": maxSeries},
		"list":     map[string]any{"default_limit": 50, "max_limit": 200},
		"quotas":   usage.Quotas,
		"used":     usage.Used,
	})
}

// ticket issues a ticket for clients that cannot set headers.
func (s *Server) ticket(c *fiber.Ctx, user job.UserID) error {
	text, expires, err := s.Jobs.Ticket(c.UserContext(), user)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return answer(c, fiber.StatusOK, map[string]any{"ticket": text, "expires_at": expires, "url": "/v1/ws"})
}
