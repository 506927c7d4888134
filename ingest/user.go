package ingest

import (
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
)

// user lets a handler in for signed-in users only.
func (s *Server) user(handle func(*fiber.Ctx, job.UserID) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		token, err := bearer(c.Get(fiber.HeaderAuthorization))
		if err != nil {
			return err
		}
		u, err := s.Authenticate(c.UserContext(), token)
		switch {
		case errors.Is(err, auth.ErrKeysUnavailable):
			s.Log.Warn("check token", "error", err, "trace_id", traceOf(c).ID)
			return problem.New("auth_unavailable", "")
		case err != nil:
			s.Log.Debug("token refused", "error", err, "trace_id", traceOf(c).ID)
			return problem.New("unauthenticated", "The access token is not valid, or no longer.")
		case u.Role != auth.RoleAuthenticated || u.ID == (job.UserID{}):
			return problem.New("forbidden", "The token is not the token of a signed-in user.")
		}
		if err := s.rate.take(c, u.ID); err != nil {
			return err
		}
		return handle(c, u.ID)
	}
}

func bearer(header string) (string, error) {
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", problem.New("unauthenticated", "The request has no access token.")
	}
	return token, nil
}

// jobID reads the id of the path. What is no id names no job.
func jobID(c *fiber.Ctx) (job.ID, error) {
	text := c.Params("id")
	id, err := job.ParseID(text)
	if err != nil || len(text) != 36 {
		return id, problem.New("not_found", "There is no such job.")
	}
	return id, nil
}
