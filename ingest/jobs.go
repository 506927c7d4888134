package ingest

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
)

// list answers with one page of the user's jobs, newest first.
func (s *Server) list(c *fiber.Ctx, user job.UserID) error {
	filter, err := filterOf(c)
	if err != nil {
		return err
	}
	if err := known(c, filterNames...); err != nil {
		return err
	}
	page, err := s.Jobs.List(c.UserContext(), user, filter)
	if err != nil {
		return fmt.Errorf("list jobs: %w", err)
	}
	if page.Jobs == nil {
		page.Jobs = []job.Job{}
	}
	if page.NextCursor != "" {
		next := url.Values{"cursor": {page.NextCursor}}
		for _, name := range filterNames {
			if v := c.Query(name); v != "" && name != "cursor" {
				next.Set(name, v)
			}
		}
		c.Set(fiber.HeaderLink, `</v1/jobs?`+next.Encode()+`>; rel="next"`)
	}
	return answer(c, fiber.StatusOK, page)
}

var filterNames = []string{"status", "model", "created_after", "created_before", "limit", "cursor"}

func filterOf(c *fiber.Ctx) (job.Filter, error) {
	f := job.Filter{Cursor: c.Query("cursor"), Model: storable(c.Query("model"))}
	var err error
	if f.After, err = moment(c, "created_after"); err != nil {
		return f, err
	}
	if f.Before, err = moment(c, "created_before"); err != nil {
		return f, err
	}
	if text := c.Query("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 200 {
			return f, problem.New("invalid_parameter", fmt.Sprintf("limit is %q.", text)).WithHint("Send a limit from 1 to 200.")
		}
		f.Limit = n
	}
	for _, word := range strings.Split(c.Query("status"), ",") {
		if word = strings.TrimSpace(word); word != "" {
			f.Statuses = append(f.Statuses, job.Status(storable(word)))
		}
	}
	return f, nil
}

// storable is a text without what Postgres cannot hold.
func storable(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "")
}

// get answers with one job, or with 304 when the client has this version.
func (s *Server) get(c *fiber.Ctx, user job.UserID) error {
	id, err := jobID(c)
	if err != nil {
		return err
	}
	d, err := s.Jobs.Get(c.UserContext(), user, id)
	if err != nil {
		return fmt.Errorf("get job: %w", err)
	}
	if !d.Status.Terminal() {
		c.Set(fiber.HeaderRetryAfter, retryAfter(sinceUpdate(d.Job)))
	}
	if unchanged(c, fmt.Sprintf(`"%d"`, d.Version)) {
		return nil
	}
	return answer(c, fiber.StatusOK, detailAnswer{Detail: d, Links: linksOf(d.Job)})
}

// events answers with the audit trail of a job and what became of its webhooks,
// oldest first.
func (s *Server) events(c *fiber.Ctx, user job.UserID) error {
	if c.Accepts(fiber.MIMEApplicationJSON) == "" {
		return problem.New("not_acceptable", "The audit trail is JSON here.")
	}
	id, err := jobID(c)
	if err != nil {
		return err
	}
	events, err := s.Jobs.Events(c.UserContext(), user, id)
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	told, err := s.Jobs.Webhooks(c.UserContext(), user, id)
	if err != nil {
		return fmt.Errorf("read webhooks: %w", err)
	}
	return answer(c, fiber.StatusOK, map[string]any{"data": append([]job.Event{}, events...), "webhooks": append([]job.Told{}, told...)})
}

// cancel stops a job, also while it runs.
func (s *Server) cancel(c *fiber.Ctx, user job.UserID) error {
	id, err := jobID(c)
	if err != nil {
		return err
	}
	fields, err := s.object(c)
	if err != nil {
		return err
	}
	for name := range fields {
		return job.UnknownField("/"+name, name, nil)
	}
	ch := change{user: user, job: id}
	ch.versions, ch.expects = versionsOf(c.Get(fiber.HeaderIfMatch))
	_, text, err := commit(c.UserContext(), s, c, ch, fiber.StatusAccepted, func(ctx context.Context) (jobAnswer, error) {
		j, err := s.Jobs.Cancel(ctx, user, id)
		if err != nil {
			return jobAnswer{}, fmt.Errorf("cancel job: %w", err)
		}
		return jobAnswer{Job: j, Links: linksOf(j)}, nil
	})
	if err != nil {
		return err
	}
	return send(c, fiber.StatusAccepted, text)
}

// remove deletes a job and its files. The row goes first, so that nobody meets
// a job without files. When the bucket does not answer, the files that stay
// behind go when the request is repeated: it then finds no row, but tries again.
func (s *Server) remove(c *fiber.Ctx, user job.UserID) error {
	id, err := jobID(c)
	if err != nil {
		return err
	}
	ch := change{user: user, job: id}
	ch.versions, ch.expects = versionsOf(c.Get(fiber.HeaderIfMatch))
	_, _, gone := commit(c.UserContext(), s, c, ch, fiber.StatusNoContent, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.Jobs.Delete(ctx, user, id)
	})
	if gone != nil && s.problemOf(gone).Code != "not_found" {
		return fmt.Errorf("delete job: %w", gone)
	}
	if err := s.Files.RemoveJob(c.UserContext(), user, id); err != nil {
		return fmt.Errorf("remove files: %w", err)
	}
	if gone != nil {
		return gone
	}
	c.Status(fiber.StatusNoContent)
	return nil
}
