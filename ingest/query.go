package ingest

import (
	"fmt"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
)

// known refuses a query with parameters of other names: a filter that is
// misspelt must not pass for one that everything fits.
func known(c *fiber.Ctx, names ...string) error {
	for name := range c.Context().QueryArgs().All() {
		if slices.Contains(names, string(name)) {
			continue
		}
		p := problem.New("unknown_parameter", fmt.Sprintf("%q is no parameter of this address.", name))
		if near := job.Nearest(string(name), names); near != "" {
			p = p.WithHint(`did you mean "` + near + `"?`)
		}
		return p
	}
	return nil
}

// moment reads a query parameter that is a time; the zero time when it is absent.
func moment(c *fiber.Ctx, name string) (time.Time, error) {
	text := c.Query(name)
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, problem.New("invalid_parameter", fmt.Sprintf("%s is %q.", name, text)).
		WithHint("Send a time as in 2026-11-23T09:00:00Z, or a date.")
}

// flag reads a query parameter that is on or off.
func flag(c *fiber.Ctx, name string) (bool, error) {
	switch text := c.Query(name); text {
	case "", "0", "false":
		return false, nil
	case "1", "true":
		return true, nil
	default:
		return false, problem.New("invalid_parameter", fmt.Sprintf("%s is %q.", name, text)).WithHint("Send 1 or 0.")
	}
}
