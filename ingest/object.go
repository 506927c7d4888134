package ingest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
)

// maxJSONBytes bounds a JSON body: the largest honest one names thousands of
// columns.
const maxJSONBytes = 1 << 20

// object reads the body as one JSON object. No body is an empty object.
func (s *Server) object(c *fiber.Ctx) (map[string]json.RawMessage, error) {
	b := s.body(c, maxJSONBytes)
	text, err := io.ReadAll(b)
	if b.problem != nil {
		return nil, b.problem
	}
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	if n := c.Request().Header.ContentLength(); n > len(text) {
		return nil, problem.New("bad_request", "The body ended early.")
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return map[string]json.RawMessage{}, nil
	}
	if !isJSON(c.Get(fiber.HeaderContentType)) {
		return nil, problem.New("unsupported_media_type", "The body is not declared as JSON.").WithHint("Send the header Content-Type: application/json.")
	}
	return parseObject(text)
}

func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return contentType == "" || err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}

// parseObject reads one JSON object into its fields, each written anew: text
// that Postgres cannot store as jsonb (the character U+0000, half a surrogate
// pair) is replaced on the way.
func parseObject(text []byte) (map[string]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var values map[string]any
	if err := dec.Decode(&values); err != nil {
		return nil, problem.New("invalid_json", "The body "+job.NotObject(err)+".")
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, problem.New("invalid_json", "Something follows the JSON object.")
	}
	fields := make(map[string]json.RawMessage, len(values))
	for name, value := range values {
		again, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("write field %q anew: %w", name, err)
		}
		fields[name] = withoutNUL(again)
	}
	return fields, nil
}

// withoutNUL replaces U+0000, which neither text nor jsonb of Postgres can
// hold, by U+FFFD in a JSON text.
func withoutNUL(text []byte) []byte {
	const nul = `\u0000`
	if !bytes.Contains(text, []byte(nul)) {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && bytes.HasPrefix(text[i:], []byte(nul)):
			out = append(out, `\ufffd`...)
			i += len(nul) - 1
		case text[i] == '\\' && i+1 < len(text):
			out = append(out, text[i], text[i+1])
			i++
		default:
			out = append(out, text[i])
		}
	}
	return out
}
