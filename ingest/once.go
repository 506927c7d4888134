package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
)

// The headers of draft-ietf-httpapi-idempotency-key-header.
const (
	headerKey      = "Idempotency-Key"
	headerReplayed = "Idempotency-Replayed"
)

var keyText = regexp.MustCompile(`^[\x21\x23-\x7e]{1,255}$`)

// change is what a request that changes something asks to hold for it.
type change struct {
	user job.UserID
	key  job.Key // of the Idempotency-Key; no text: none was sent

	job      job.ID
	expects  bool    // If-Match was sent
	versions []int64 // that it names; nil: any
}

// changeOf reads the headers of a change of a job. fingerprint tells this
// request from another one with the same key.
func changeOf(c *fiber.Ctx, user job.UserID, id job.ID, fingerprint []byte) (change, error) {
	key, err := keyOf(c)
	ch := change{user: user, key: job.Key{Text: key, Fingerprint: fingerprint}, job: id}
	ch.versions, ch.expects = versionsOf(c.Get(fiber.HeaderIfMatch))
	return ch, err
}

// keyOf reads the Idempotency-Key, with the quotes that the draft wants and few
// clients send, or without.
func keyOf(c *fiber.Ctx) (string, error) {
	header := c.Get(headerKey)
	if header == "" {
		return "", nil
	}
	key := header
	if inner, ok := strings.CutPrefix(key, `"`); ok {
		key = strings.TrimSuffix(inner, `"`)
	}
	if !keyText.MatchString(key) {
		return "", problem.New("invalid_parameter", "The Idempotency-Key cannot be used.").WithHint("Send 1 to 255 visible ASCII characters, for instance a UUID.")
	}
	return key, nil
}

// fingerprintOf is the SHA-256 of the parts of a request that make it another
// one when they differ.
func fingerprintOf(parts ...string) []byte {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return h.Sum(nil)
}

// versionsOf reads If-Match, where ETags compare strongly (RFC 9110, section
// 13.1.1). A tag that is no version of ours matches none.
func versionsOf(header string) (versions []int64, sent bool) {
	if header == "" {
		return nil, false
	}
	if strings.TrimSpace(header) == "*" {
		return nil, true
	}
	for tag := range strings.SplitSeq(header, ",") {
		version, err := strconv.ParseInt(strings.Trim(strings.TrimSpace(tag), `"`), 10, 64)
		if err != nil {
			version = -1
		}
		versions = append(versions, version)
	}
	return versions, true
}

// commit makes a change: as one transaction with the checks and the key that the
// request asks for, or without one when it asks for none. What do returns is
// the answer; of a key that was used before it is the first one.
func commit[T any](ctx context.Context, s *Server, c *fiber.Ctx, ch change, status int, do func(context.Context) (T, error)) (made T, text []byte, err error) {
	if ch.key.Text == "" && !ch.expects {
		if made, err = do(ctx); err != nil {
			return made, nil, err
		}
		text, err = json.Marshal(made)
		return made, text, err
	}
	err = s.Jobs.Together(ctx, func(ctx context.Context) error {
		if ch.key.Text != "" {
			first, used, err := s.Jobs.Recall(ctx, ch.user, ch.key)
			if err != nil {
				return err
			}
			if used {
				c.Set(headerReplayed, "true")
				text = []byte(first.Body)
				return json.Unmarshal(text, &made)
			}
		}
		if ch.expects {
			if err := s.Jobs.Expect(ctx, ch.user, ch.job, ch.versions); err != nil {
				return err
			}
		}
		if made, err = do(ctx); err != nil {
			return err
		}
		if text, err = json.Marshal(made); err != nil {
			return err
		}
		if ch.key.Text == "" {
			return nil
		}
		return s.Jobs.Remember(ctx, ch.user, ch.key.Text, job.Answer{Status: status, Body: string(text)})
	})
	return made, text, err
}
