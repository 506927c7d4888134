package ingest

import (
	"html/template"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/pgcast/pgcast/internal/problem"
)

// problemTemplate shows entries of the catalogue: what the type of a problem
// document points at.
var problemTemplate = template.Must(template.New("problems").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>pgcast problems</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/docs/docs.css">
<main>
<p><a href="/docs">pgcast API</a> · <a href="/problems">all problems</a></p>
{{range .}}<section id="{{.Code}}">
<h2>{{.Title}}</h2>
<p><a href="/problems/{{.Code}}"><code>{{.Code}}</code></a> · HTTP {{.Status}}</p>
<p>{{.Cause}}</p>
<p><b>What to do.</b> {{.Hint}}</p>
</section>
{{end}}</main>
</html>
`))

func (s *Server) problemList(c *fiber.Ctx) error { return showProblems(c, problem.Catalogue()) }

func (s *Server) problemPage(c *fiber.Ctx) error {
	k, ok := problem.Lookup(c.Params("code"))
	if !ok {
		return problem.New("not_found", "There is no such problem.")
	}
	return showProblems(c, []problem.Kind{k})
}

func showProblems(c *fiber.Ctx, kinds []problem.Kind) error {
	var page strings.Builder
	if err := problemTemplate.Execute(&page, kinds); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentSecurityPolicy, pagePolicy)
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.SendString(page.String())
}
