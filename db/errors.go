package db

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcast/pgcast/internal/job"
)

// The verbs' own SQLSTATEs.
const (
	stateNotFound = "PC404"
	stateConflict = "PC409"
)

// wrap says what was done, and names the errors that have a name in package
// job. It returns nil for nil.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%s: %w", doing, job.ErrNotFound)
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case stateNotFound:
			return fmt.Errorf("%s: %w", doing, job.ErrNotFound)
		case stateConflict:
			return fmt.Errorf("%s: %s: %w", doing, pg.Message, job.ErrConflict)
		}
		if pg.Hint != "" {
			return fmt.Errorf("%s: %w (%s)", doing, err, pg.Hint)
		}
	}
	return fmt.Errorf("%s: %w", doing, err)
}
