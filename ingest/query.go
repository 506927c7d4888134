package ingest

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"github.com/pgcast/pgcast/internal/problem"
)

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
