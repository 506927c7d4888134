package hub

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// cursorVersion begins every cursor.
const cursorVersion = "c1"

// Bounds of a cursor. Of more open transactions it names only the oldest: all
// that came after it is then told again.
const (
	maxOpen   = 32
	maxCursor = 1024 // bytes
	maxAt     = 1 << 40
)

// errCursor refuses a text that is no cursor.
var errCursor = errors.New("hub: not a cursor")

// printCursor writes a moment for clients, to whom it is opaque:
// c1.database.last.at.next, and, one behind the other, how far before next the
// open transactions are. Numbers are in base 36.
func printCursor(m job.Mark) string {
	if len(m.Open) > maxOpen {
		m.Next, m.Open = slices.Min(m.Open), nil
	}
	parts := []string{cursorVersion, m.Database, strconv.FormatInt(m.Last, 36), strconv.FormatInt(m.At.Unix(), 36), strconv.FormatUint(m.Next, 36)}
	for _, txid := range m.Open {
		parts = append(parts, strconv.FormatUint(m.Next-txid, 36))
	}
	return strings.Join(parts, ".")
}

func parseCursor(s string) (m job.Mark, err error) {
	parts := strings.Split(s, ".")
	if len(s) > maxCursor || len(parts) < 5 || len(parts) > 5+maxOpen || parts[0] != cursorVersion {
		return m, errCursor
	}
	m.Database = parts[1]
	if m.Last, err = strconv.ParseInt(parts[2], 36, 64); err != nil || m.Last < 0 {
		return m, errCursor
	}
	at, err := strconv.ParseInt(parts[3], 36, 64)
	if err != nil || at < 0 || at > maxAt {
		return m, errCursor
	}
	m.At = time.Unix(at, 0)
	if m.Next, err = strconv.ParseUint(parts[4], 36, 64); err != nil {
		return m, errCursor
	}
	for _, text := range parts[5:] {
		before, err := strconv.ParseUint(text, 36, 64)
		if err != nil || before == 0 || before > m.Next {
			return m, errCursor
		}
		m.Open = append(m.Open, m.Next-before)
	}
	return m, nil
}
