package ingest

import (
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/pgcast/pgcast/internal/problem"
)

// routes is the table of contents of the interface.
func (s *Server) routes() {
	s.app.Get("/healthz", s.healthz)
	s.app.Get("/readyz", s.readyz)
	s.app.Get("/problems", s.problemList)
	s.app.Get("/problems/:code", s.problemPage)
	s.app.Get("/openapi.json", asset("openapi.json", openAPI))
	s.app.Get("/docs", asset("docs.html", docsPage))
	s.app.Get("/docs/docs.js", asset("docs.js", docsScript))
	s.app.Get("/docs/docs.css", asset("docs.css", docsStyle))
	s.app.Get("/v1/local/session", s.localSession)

	v1 := s.app.Group("/v1")
	v1.Get("/limits", s.user(s.limits))
	v1.Post("/ws/ticket", s.user(s.ticket))
	v1.Post("/upload", s.user(s.upload))
	v1.Post("/forecast", s.user(s.forecast))
	v1.Get("/forecast/:forecast_id", s.user(s.result))
	v1.Get("/jobs", s.user(s.list))
	v1.Get("/jobs/:id", s.user(s.get))
	v1.Delete("/jobs/:id", s.user(s.remove))
	v1.Get("/jobs/:id/events", s.user(s.events))
	v1.Post("/jobs/:id/cancel", s.user(s.cancel))
	v1.Post("/jobs/:id/reprocess", s.user(s.reprocess))
	v1.Get("/jobs/:id/files/:name", s.user(s.file))

	s.page()
}

// guardMethods answers methods that HTTP does not have, which fiber would
// answer in plain text before any handler of ours.
func (s *Server) guardMethods() {
	known := map[string]bool{}
	for _, m := range fiber.DefaultMethods {
		known[m] = true
	}
	next := s.app.Server().Handler
	s.app.Server().Handler = func(ctx *fasthttp.RequestCtx) {
		if known[string(ctx.Method())] {
			next(ctx)
			return
		}
		p := problem.New("method_not_allowed", "There is no such method.")
		ctx.SetStatusCode(p.Status)
		ctx.Response.Header.Set(fiber.HeaderAllow, "GET, HEAD, POST, DELETE, OPTIONS")
		ctx.SetContentType(problem.ContentType)
		ctx.SetBody(p.JSON())
	}
}
