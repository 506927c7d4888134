package ingest

import (
	"errors"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
)

// maxSeries bounds how many series one ?series= request may pick.
const maxSeries = 100

// result answers with output.json of one run, or with the series of it that
// ?series= names.
func (s *Server) result(c *fiber.Ctx, user job.UserID) error {
	text := c.Params("forecast_id")
	id, err := job.ParseRunID(text)
	if err != nil || len(text) != 36 {
		return problem.New("not_found", "There is no such forecast.")
	}
	if err := known(c, "series"); err != nil {
		return err
	}
	run, err := s.Jobs.Run(c.UserContext(), user, id)
	if err != nil {
		return fmt.Errorf("get run: %w", err)
	}
	if err := available(c, run); err != nil {
		return err
	}
	f := fileOf(run, OutputName)
	wanted := c.Context().QueryArgs().PeekMulti("series")
	if len(wanted) == 0 {
		return s.send(c, f, checksum(run, OutputName), "")
	}
	if len(wanted) > maxSeries {
		return problem.New("invalid_parameter", fmt.Sprintf("More than %d series are asked for.", maxSeries)).WithHint("Ask for fewer, or for the whole result.")
	}
	return s.sendSeries(c, f, wanted)
}

// available tells why a run has no result to show.
func available(c *fiber.Ctx, run job.Run) error {
	c.Set(fiber.HeaderLocation, "/v1/jobs/"+run.JobID.String())
	switch {
	case run.ExpiredAt != nil:
		return problem.New("expired", "")
	case run.Status == job.Completed:
		c.Response().Header.Del(fiber.HeaderLocation)
		return nil
	case run.Status == job.Failed:
		p := problem.New("run_failed", run.Error)
		if k, ok := problem.Lookup(run.ErrorCode); ok {
			p = p.WithHint(k.Hint)
		}
		return p
	case run.Status == job.Canceled:
		return problem.New("canceled", "")
	}
	c.Set(fiber.HeaderRetryAfter, "1")
	return problem.New("not_ready", fmt.Sprintf("The run is %s.", run.Status))
}

func (s *Server) sendSeries(c *fiber.Ctx, f File, wanted [][]byte) error {
	names := make(map[string]bool, len(wanted))
	for _, name := range wanted {
		names[string(name)] = true
	}
	o, err := s.Files.Open(c.UserContext(), f, "")
	if err != nil {
		return s.missing(fmt.Errorf("open result: %w", err))
	}
	picked, err := pickSeries(o.Body, names)
	if err := errors.Join(err, o.Body.Close()); err != nil {
		return fmt.Errorf("pick series: %w", err)
	}
	if picked == nil {
		return problem.New("series_not_found", "")
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Send(picked)
}
