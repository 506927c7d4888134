package ingest

import (
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"github.com/pgcast/pgcast/internal/problem"
)

// localSession gives the page of `pgcast up` the local user's access.
func (s *Server) localSession(c *fiber.Ctx) error {
	if s.Local == nil {
		return problem.New("not_found", "There is no local user here.").WithHint("Sign in with a Supabase access token.")
	}
	session, ok := s.Local(headOf(c))
	if !ok {
		return problem.New("forbidden", "The local user's token is for the page of this machine only.").
			WithHint("Open the page by its address on localhost, without a proxy.")
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return answer(c, fiber.StatusOK, session)
}

// headOf is the request as net/http would show it, without its body. Empty
// headers stay apart from absent ones, and repeated ones all stay.
func headOf(c *fiber.Ctx) *http.Request {
	r := &http.Request{
		Method: c.Method(), Host: string(c.Request().Header.Host()), URL: &url.URL{Path: c.Path()},
		RemoteAddr: c.Context().RemoteAddr().String(), Header: http.Header{}, Body: http.NoBody,
	}
	for name, value := range c.Request().Header.All() {
		r.Header.Add(string(name), string(value))
	}
	return r
}
