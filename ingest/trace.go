package ingest

import (
	"crypto/rand"
	"encoding/hex"
	"regexp"

	"github.com/gofiber/fiber/v2"
)

// trace is where a request belongs, for the log and for support.
type trace struct {
	ID string // 32 hex digits
}

var (
	// W3C Trace Context, section 3.2: version, trace id, parent id, flags.
	traceparent = regexp.MustCompile(`^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})`)
	requestID   = regexp.MustCompile(`^[A-Za-z0-9._:/+=-]{1,128}$`)
)

const noTrace = "00000000000000000000000000000000"

// traceOf returns the request's trace. The first call takes it from the
// request, or makes one, and tells it in the answer.
func traceOf(c *fiber.Ctx) trace {
	if t, ok := c.Locals("trace").(trace); ok {
		return t
	}
	t, flags := trace{ID: randomHex(16)}, "00"
	if m := traceparent.FindStringSubmatch(c.Get("traceparent")); m != nil && m[1] != noTrace {
		t.ID, flags = m[1], m[3]
	}
	c.Locals("trace", t)
	c.Set("traceparent", "00-"+t.ID+"-"+randomHex(8)+"-"+flags)
	id := c.Get(fiber.HeaderXRequestID)
	if !requestID.MatchString(id) {
		id = t.ID
	}
	c.Set(fiber.HeaderXRequestID, id)
	return t
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return hex.EncodeToString(b)
}
