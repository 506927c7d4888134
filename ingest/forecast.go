package ingest

import (
	"context"
	"encoding/json"
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
	if err := known(c, "dry_run"); err != nil {
		return err
	}
	if dry {
		_, resolved, err := s.plan(c.UserContext(), user, id, func(job.Detail) (job.Spec, json.RawMessage, error) { return spec, params, nil })
		if err != nil {
			return err
		}
		return answer(c, fiber.StatusOK, dryRunAnswer{ID: id, DryRun: true, Resolved: resolved})
	}
	ch, err := changeOf(c, user, id, fingerprintOf(c.Method(), c.Path(), id.String(), string(params)))
	if err != nil {
		return err
	}
	return s.queue(c, ch, func(ctx context.Context) (jobAnswer, error) {
		_, resolved, err := s.plan(ctx, user, id, func(job.Detail) (job.Spec, json.RawMessage, error) { return spec, params, nil })
		if err != nil {
			return jobAnswer{}, err
		}
		j, err := s.Jobs.Request(ctx, user, id, params)
		if err != nil {
			return jobAnswer{}, fmt.Errorf("request forecast: %w", err)
		}
		return jobAnswer{Job: j, Resolved: resolved, Links: linksOf(j)}, nil
	})
}

// reprocess runs a job again, with overrides laid over its request.
func (s *Server) reprocess(c *fiber.Ctx, user job.UserID) error {
	id, err := jobID(c)
	if err != nil {
		return err
	}
	if err := known(c); err != nil {
		return err
	}
	overrides, err := s.object(c)
	if err != nil {
		return err
	}
	said, err := json.Marshal(overrides)
	if err != nil {
		return err
	}
	ch, err := changeOf(c, user, id, fingerprintOf(c.Method(), c.Path(), string(said)))
	if err != nil {
		return err
	}
	return s.queue(c, ch, func(ctx context.Context) (jobAnswer, error) {
		params, resolved, err := s.plan(ctx, user, id, func(d job.Detail) (job.Spec, json.RawMessage, error) { return merged(d.Params, overrides) })
		if err != nil {
			return jobAnswer{}, err
		}
		j, err := s.Jobs.Reprocess(ctx, user, id, params)
		if err != nil {
			return jobAnswer{}, fmt.Errorf("reprocess job: %w", err)
		}
		return jobAnswer{Job: j, Resolved: resolved, Links: linksOf(j)}, nil
	})
}

// plan makes a request for a job and checks it against the job's file.
func (s *Server) plan(ctx context.Context, user job.UserID, id job.ID, request func(job.Detail) (job.Spec, json.RawMessage, error)) (params json.RawMessage, resolved any, err error) {
	d, err := s.Jobs.Get(ctx, user, id)
	if err != nil {
		return nil, nil, fmt.Errorf("get job: %w", err)
	}
	spec, params, err := request(d)
	if err != nil {
		return nil, nil, err
	}
	resolved, err = s.Resolve(spec, d)
	return params, resolved, err
}

// queue asks for a run and answers at once, or with the finished job when the
// client prefers to wait and it ends in time.
func (s *Server) queue(c *fiber.Ctx, ch change, ask func(context.Context) (jobAnswer, error)) error {
	ctx := c.UserContext()
	asked, text, err := commit(ctx, s, c, ch, fiber.StatusAccepted, ask)
	if err != nil {
		return err
	}
	patience := preferredWait(c.Get("Prefer"))
	if patience <= 0 {
		return accepted(c, asked.Job, text)
	}
	c.Set("Preference-Applied", fmt.Sprintf("wait=%d", int(patience.Seconds())))
	ended, err := s.wait(ctx, ch.user, asked.Job, patience)
	if err != nil {
		return err
	}
	asked.Job, asked.Links = ended, linksOf(ended)
	if !ended.Status.Terminal() {
		if text, err = json.Marshal(asked); err != nil {
			return err
		}
		return accepted(c, ended, text)
	}
	c.Set(fiber.HeaderLocation, asked.Links.Self)
	return answer(c, fiber.StatusOK, asked)
}
