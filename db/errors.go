package db

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcast/pgcast/internal/job"
)

// The verbs' own SQLSTATEs.
const (
	stateNotFound = "PC404"
	stateConflict = "PC409"
	stateVersion  = "PC412"
	stateReused   = "PC422"
	stateQuota    = "PC429"
)

// stateLocked is lock_not_available.
const stateLocked = "55P03"

// ErrUnavailable is wrapped by errors of calls that found no database, or a row
// locked for too long: the same call may succeed in a moment.
var ErrUnavailable = errors.New("db: unavailable")

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
		case stateVersion:
			return fmt.Errorf("%s: %w", doing, job.ErrVersion)
		case stateReused:
			return fmt.Errorf("%s: %w", doing, job.ErrKeyReused)
		case stateQuota:
			return fmt.Errorf("%s: %w", doing, quotaError(pg))
		}
		if pg.Hint != "" {
			return fmt.Errorf("%s: %w (%s)", doing, err, pg.Hint)
		}
	}
	if unavailable(err) {
		return fmt.Errorf("%s: %w: %w", doing, ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// unavailable reports whether err means that the database could not be
// reached, ended the connection, or was waited for in vain.
func unavailable(err error) bool {
	var (
		connect *pgconn.ConnectError
		network net.Error
		pg      *pgconn.PgError
	)
	switch {
	case errors.As(err, &pg):
		return strings.HasPrefix(pg.Code, "08") || // connection exception
			strings.HasPrefix(pg.Code, "57P") || // shut down, crashed, starting up
			pg.Code == "53300" || // too many connections
			pg.Code == stateLocked // by somebody else for longer than we wait
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return false // the caller's time was up
	case errors.As(err, &connect), errors.As(err, &network):
		return true
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
