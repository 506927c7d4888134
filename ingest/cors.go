package ingest

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// exposed are the headers a page on another site may read.
const exposed = "Location, Retry-After, ETag, Link, Content-Disposition, Content-Range, Preference-Applied, " +
	"Idempotency-Replayed, RateLimit, RateLimit-Policy, X-Request-Id, Traceparent"

// cors tells browsers which other sites may call, and reports whether that
// was all the request wanted to know. Access is by bearer token, never by
// cookie, so no credentials are allowed.
func (s *Server) cors(c *fiber.Ctx) (answered bool) {
	origin := c.Get(fiber.HeaderOrigin)
	if origin != "" && len(s.Origins) > 0 {
		c.Vary(fiber.HeaderOrigin)
	}
	if origin != "" && s.mayCall(origin) {
		c.Set(fiber.HeaderAccessControlAllowOrigin, origin)
		c.Set(fiber.HeaderAccessControlExposeHeaders, exposed)
		c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	if c.Method() != fiber.MethodOptions || c.Get(fiber.HeaderAccessControlRequestMethod) == "" {
		return false
	}
	if s.mayCall(origin) {
		c.Set(fiber.HeaderAccessControlAllowMethods, "GET, HEAD, POST, DELETE")
		c.Set(fiber.HeaderAccessControlAllowHeaders, "Authorization, Content-Type, If-Match, If-None-Match, Prefer, Range, Idempotency-Key, X-Request-Id, traceparent")
		c.Set(fiber.HeaderAccessControlMaxAge, "600")
	}
	c.Status(fiber.StatusNoContent)
	return true
}

func (s *Server) mayCall(origin string) bool {
	return slices.Contains(s.Origins, "*") || slices.ContainsFunc(s.Origins, func(o string) bool { return strings.EqualFold(o, origin) })
}
