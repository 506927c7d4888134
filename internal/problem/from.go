package problem

import (
	"context"
	"errors"
	"fmt"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/internal/job"
)

// Coder is an error that names its code in the list. Rooms that this package
// must not know, such as the storage, make themselves understood by it.
type Coder interface {
	error
	ProblemCode() string
}

// statusClientClosed is nginx's word for a request whose client left. Nobody
// reads that answer; it keeps the log honest.
const statusClientClosed = 499

// sentinels are the errors that mean one code each.
var sentinels = []struct {
	err  error
	code string
}{
	{job.ErrNotFound, "not_found"},
	{job.ErrConflict, "state_conflict"},
	{job.ErrLeaseLost, "lease_lost"},
	{job.ErrVersion, "precondition_failed"},
	{job.ErrKeyReused, "idempotency_mismatch"},
	{job.ErrKeyInUse, "idempotency_in_progress"},
	{job.ErrNotReady, "not_ready"},
	{job.ErrExpired, "expired"},
	{job.ErrTicket, "ticket_invalid"},
	{context.DeadlineExceeded, "deadline_exceeded"},
}

// From returns the problem that an error is. An error that is none of the
// kinds it knows becomes "internal", and its text is not told.
func From(err error) Problem {
	var (
		p    Problem
		spec *job.SpecError
		file *dataset.Error
		code Coder
		over *job.QuotaError
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &spec):
		return fromSpec(spec)
	case errors.As(err, &file):
		return fromFile(file)
	case errors.As(err, &over):
		return known("quota_exceeded", fmt.Sprintf("The quota %s is %d.", over.Quota, over.Limit))
	case errors.As(err, &code):
		return known(code.ProblemCode(), "")
	}
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			return known(s.code, "")
		}
	}
	if errors.Is(err, context.Canceled) {
		p := known("unavailable", "The request was given up.")
		p.Status = statusClientClosed
		return p
	}
	return known("internal", "")
}

// known is New for codes that come from elsewhere: one that is not in the list
// is "internal".
func known(code, detail string) Problem {
	k, ok := Lookup(code)
	if !ok {
		k, _ = Lookup("internal")
		detail = ""
	}
	return k.problem(detail)
}

func fromSpec(e *job.SpecError) Problem {
	p := known(e.Code, e.Detail).WithHint(e.Hint)
	if p.Code == "internal" { // the text is ours and for the user, only the code is not in the list
		p = known("invalid_field", e.Detail).WithHint(e.Hint)
	}
	if e.Pointer != "" {
		p = p.At(e.Pointer)
	}
	return p
}

func fromFile(e *dataset.Error) Problem {
	p := known(e.Code, e.Detail).WithHint(e.Hint)
	if p.Code == "internal" {
		p = known("csv_unreadable", e.Detail).WithHint(e.Hint)
	}
	p.Line, p.Column, p.Offset = e.Line, e.Column, e.ByteOffset
	return p
}
