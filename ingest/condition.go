package ingest

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

// unchanged sets the ETag of an answer and reports whether the client has it
// already; then the answer is 304 (RFC 9110, section 13.1.2).
func unchanged(c *fiber.Ctx, etag string) bool {
	c.Set(fiber.HeaderETag, etag)
	if !matches(c.Get(fiber.HeaderIfNoneMatch), etag) {
		return false
	}
	c.Status(fiber.StatusNotModified)
	return true
}

// matches compares weakly, as If-None-Match wants.
func matches(header, etag string) bool {
	for _, candidate := range strings.Split(header, ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == "*" || candidate != "" && candidate == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}

// rangeOf returns the Range that is to be served: a single range of bytes, and
// only if the client's part is of this very file. Others are served whole,
// which RFC 9110, section 14.2, allows.
func rangeOf(c *fiber.Ctx, etag string) string {
	header := c.Get(fiber.HeaderRange)
	if !strings.HasPrefix(header, "bytes=") || strings.Contains(header, ",") {
		return ""
	}
	if condition := c.Get(fiber.HeaderIfRange); condition != "" && condition != etag {
		return ""
	}
	return header
}
