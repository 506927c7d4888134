package ingest

import (
	_ "embed" // for the documentation

	"github.com/gofiber/fiber/v2"
)

var (
	//go:embed docs/openapi.json
	openAPI []byte
	//go:embed docs/docs.html
	docsPage []byte
	//go:embed docs/docs.js
	docsScript []byte
	//go:embed docs/docs.css
	docsStyle []byte
)

func (s *Server) openAPI(c *fiber.Ctx) error    { return asset("openapi.json", openAPI)(c) }
func (s *Server) docs(c *fiber.Ctx) error       { return asset("docs.html", docsPage)(c) }
func (s *Server) docsScript(c *fiber.Ctx) error { return asset("docs.js", docsScript)(c) }
func (s *Server) docsStyle(c *fiber.Ctx) error  { return asset("docs.css", docsStyle)(c) }
