package job

import (
	"errors"
	"fmt"
)

// The errors every room means by the same name.
var (
	ErrNotFound  = errors.New("job: not found")        // no such row, or not the caller's
	ErrConflict  = errors.New("job: state conflict")   // the job's state does not allow it
	ErrLeaseLost = errors.New("job: lease lost")       // the fencing token is no longer the row's
	ErrNotReady  = errors.New("job: not ready")        // the run has not completed yet
	ErrExpired   = errors.New("job: result expired")   // the run's files are no longer kept
	ErrTicket    = errors.New("job: ticket not valid") // unknown, used or expired
	ErrVersion   = errors.New("job: version")          // the row is not as the caller knows it
	ErrKeyReused = errors.New("job: key reused")       // the Idempotency-Key was used for another request
	ErrKeyInUse  = errors.New("job: key in use")       // the first request with the key has not ended
	ErrBusy      = errors.New("job: busy")             // somebody else holds the row just now
)

// SpecError says what is wrong with one field of a forecast request.
type SpecError struct {
	Pointer string // JSON pointer, for instance "/horizon"; "" for the whole request
	Code    string // snake_case, from the list in internal/problem
	Detail  string // what is wrong
	Hint    string // what to do
}

func (e *SpecError) Error() string {
	if e.Pointer == "" {
		return e.Detail
	}
	return fmt.Sprintf("%s: %s", e.Pointer[1:], e.Detail)
}
