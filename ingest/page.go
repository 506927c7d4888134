package ingest

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"path"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"
)

// pagePolicy lets the page load its own files and call its own interface, and
// nothing else.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

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

// asset answers with one file, packed for whoever takes that; it is packed when
// it is first asked for. The content is not copied: embedded files are part of
// the binary.
func asset(name string, content []byte) fiber.Handler {
	sum := sha256.Sum256(content)
	tag := hex.EncodeToString(sum[:8])
	kind := mime.TypeByExtension(path.Ext(name))
	if strings.HasSuffix(name, ".csv") {
		kind = "text/csv; charset=utf-8"
	}
	packed := sync.OnceValue(func() []byte { return pack(content) })
	return func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentSecurityPolicy, pagePolicy)
		c.Set(fiber.HeaderCacheControl, "no-cache")
		c.Vary(fiber.HeaderAcceptEncoding)
		body, etag := content, `"`+tag+`"`
		if takesGzip(c) && len(packed()) < len(content) {
			body, etag = packed(), `"`+tag+`-gzip"`
			c.Set(fiber.HeaderContentEncoding, "gzip")
		}
		if unchanged(c, etag) {
			return nil
		}
		c.Set(fiber.HeaderContentType, or(kind, fiber.MIMEOctetStream))
		c.Context().Response.SetBodyRaw(body)
		return nil
	}
}

// takesGzip reports whether the client says so; one that says nothing gets the
// file as it is.
func takesGzip(c *fiber.Ctx) bool {
	return c.Get(fiber.HeaderAcceptEncoding) != "" && c.AcceptsEncodings("gzip") == "gzip"
}

func pack(content []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // which is a level there is
	_, _ = w.Write(content)                               // to memory
	_ = w.Close()
	return b.Bytes()
}
