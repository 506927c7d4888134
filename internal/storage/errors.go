package storage

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// What can be wrong, for errors.Is.
var (
	ErrNotFound    = errors.New("storage: not found")           // no such object or bucket, or not ours to see
	ErrExists      = errors.New("storage: already exists")      // an upload without upsert met an object
	ErrDenied      = errors.New("storage: denied")              // the key or the policies do not allow it
	ErrTooLarge    = errors.New("storage: too large")           // over the size limit of the server
	ErrRange       = errors.New("storage: range not satisfied") // the range lies past the end
	ErrUnavailable = errors.New("storage: unavailable")         // no answer, or one that may be better next time
	ErrPublic      = errors.New("storage: bucket is public")    // anybody could read everybody's files
)

// messages are the texts by which an error is known. Storage answers nearly
// every error with HTTP 400 and puts the truth into the JSON body, of which
// storage-go keeps only the message.
var messages = []struct {
	part string // in lower case
	kind error
}{
	{"not found", ErrNotFound}, // "Object not found", "Bucket not found"
	{"already exists", ErrExists},
	{"exceeded the maximum", ErrTooLarge},
	{"row-level security", ErrDenied},
	{"access denied", ErrDenied},
	{"signature", ErrDenied}, // "signature verification failed", "Invalid Signature"
	{"compact jws", ErrDenied},
	{"claim timestamp", ErrDenied}, // "exp" or "nbf"
	{"header parameter value", ErrDenied},
	{"jwt", ErrDenied},
	{"api key", ErrDenied}, // the gateway of a hosted project
	{"unauthorized", ErrDenied},
	{"timeout", ErrUnavailable},
	{"timed out", ErrUnavailable},
	{"too many", ErrUnavailable},
}

// statuses are the HTTP statuses that say something by themselves: gateways
// use them truthfully, and so do a few answers of Storage.
var statuses = map[int]error{
	http.StatusUnauthorized:                 ErrDenied,
	http.StatusForbidden:                    ErrDenied,
	http.StatusNotFound:                     ErrNotFound,
	http.StatusConflict:                     ErrExists,
	http.StatusRequestEntityTooLarge:        ErrTooLarge,
	http.StatusRequestedRangeNotSatisfiable: ErrRange,
	http.StatusRequestTimeout:               ErrUnavailable,
	http.StatusTooManyRequests:              ErrUnavailable,
}

// refusal turns an answer that is an error into one of the kinds above, or
// into a plain error when the answer is of none.
func refusal(status int, message string) error {
	kind := statuses[status]
	if kind == nil && status >= http.StatusInternalServerError {
		kind = ErrUnavailable
	}
	lower := strings.ToLower(message)
	for _, m := range messages {
		if kind == nil && strings.Contains(lower, m.part) {
			kind = m.kind
		}
	}
	switch {
	case message == "" && kind == nil:
		return fmt.Errorf("storage: answered HTTP %d", status)
	case message == "":
		return fmt.Errorf("%w (HTTP %d)", kind, status)
	case kind == nil:
		return fmt.Errorf("storage: %s (HTTP %d)", message, status)
	}
	return fmt.Errorf("%w: %s (HTTP %d)", kind, message, status)
}
