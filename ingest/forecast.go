package ingest

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"github.com/pgcast/pgcast/internal/job"
)

// dryRunAnswer is what a forecast would be asked for.
type dryRunAnswer struct {
	ID       job.ID `json:"job_id"`
	DryRun   bool   `json:"dry_run"`
	Resolved any    `json:"resolved"`
}

// forecast asks for a forecast of an uploaded file.
func (s *Server) forecast(c *fiber.Ctx, user job.UserID) error {
	fields, err := s.object(c)
	if err != nil {
		return err
	}
	id, err := takeJobID(fields)
	if err != nil {
		return err
	}
	spec, params, err := specOf(fields)
	if err != nil {
		return err
	}
	dry, err := flag(c, "dry_run")
	if err != nil {
		return err
	}
	d, err := s.Jobs.Get(c.UserContext(), user, id)
	if err != nil {
		return fmt.Errorf("get job: %w", err)
	}
	resolved, err := s.Resolve(spec, d)
	if err != nil {
		return err
	}
	if dry {
		return answer(c, fiber.StatusOK, dryRunAnswer{ID: id, DryRun: true, Resolved: resolved})
	}
	j, err := s.Jobs.Request(c.UserContext(), user, id, params)
	if err != nil {
		return fmt.Errorf("request forecast: %w", err)
	}
	return s.queued(c, user, j, resolved)
}

// reprocess runs a job again, with overrides laid over its request.
func (s *Server) reprocess(c *fiber.Ctx, user job.UserID) error {
	id, err := jobID(c)
	if err != nil {
		return err
	}
	overrides, err := s.object(c)
	if err != nil {
		return err
	}
	d, err := s.Jobs.Get(c.UserContext(), user, id)
	if err != nil {
		return fmt.Errorf("get job: %w", err)
	}
	spec, params, err := merged(d.Params, overrides)
	if err != nil {
		return err
	}
	resolved, err := s.Resolve(spec, d)
	if err != nil {
		return err
	}
	j, err := s.Jobs.Reprocess(c.UserContext(), user, id, params)
	if err != nil {
		return fmt.Errorf("reprocess job: %w", err)
	}
	return s.queued(c, user, j, resolved)
}

// queued answers for a job that waits for a processor: at once, or with the
// finished job when the client prefers to wait and it ends in time.
func (s *Server) queued(c *fiber.Ctx, user job.UserID, j job.Job, resolved any) error {
	patience := preferredWait(c.Get("Prefer"))
	if patience <= 0 {
		return accepted(c, j, resolved)
	}
	c.Set("Preference-Applied", fmt.Sprintf("wait=%d", int(patience.Seconds())))
	ended, err := s.wait(c.UserContext(), user, j, patience)
	if err != nil {
		return err
	}
	if !ended.Status.Terminal() {
		return accepted(c, ended, resolved)
	}
	c.Set(fiber.HeaderLocation, linksOf(ended).Self)
	return answer(c, fiber.StatusOK, jobAnswer{Job: ended, Resolved: resolved, Links: linksOf(ended)})
}
