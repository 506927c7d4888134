package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"path"
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// pagePolicy lets the page load its own files and call its own interface, and
// nothing else.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// hashed names carry a hash of their content, such as app-1a2b3c4d.js, and
// never change.
var hashed = regexp.MustCompile(`[-.][0-9a-f]{8,}\.[a-z0-9]+$`)

// page serves the files of the web page, each under its own route, so that an
// unknown address is still a 404 and a wrong method a 405.
func (s *Server) page() {
	if s.Page == nil {
		return
	}
	err := fs.WalkDir(s.Page, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(s.Page, name)
		if err != nil {
			return err
		}
		serve := asset(name, content)
		s.app.Get("/"+name, serve)
		if name == "index.html" {
			s.app.Get("/", serve)
		}
		return nil
	})
	if err != nil {
		panic("ingest: read the page: " + err.Error()) // it is embedded
	}
}

// asset answers with one file. The content is not copied: embedded files are
// part of the binary.
func asset(name string, content []byte) fiber.Handler {
	sum := sha256.Sum256(content)
	etag := `"` + hex.EncodeToString(sum[:8]) + `"`
	kind := mime.TypeByExtension(path.Ext(name))
	if strings.HasSuffix(name, ".csv") {
		kind = "text/csv; charset=utf-8"
	}
	cache := "no-cache"
	if hashed.MatchString(name) {
		cache = "public, max-age=31536000, immutable"
	}
	return func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentSecurityPolicy, pagePolicy)
		c.Set(fiber.HeaderCacheControl, cache)
		if unchanged(c, etag) {
			return nil
		}
		c.Set(fiber.HeaderContentType, or(kind, fiber.MIMEOctetStream))
		c.Context().Response.SetBodyRaw(content)
		return nil
	}
}
