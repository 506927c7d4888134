package problem_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
)

// storageError stands where the storage room's errors stand: it names its code.
type storageError string

func (e storageError) Error() string       { return "storage: secret host 10.0.0.7: " + string(e) }
func (e storageError) ProblemCode() string { return string(e) }

func TestFromKnowsEveryKindOfError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		err    error
		code   string
		status int
	}{
		{"a job that is not there", job.ErrNotFound, "not_found", 404},
		{"a state conflict", job.ErrConflict, "state_conflict", 409},
		{"a lost lease", job.ErrLeaseLost, "lease_lost", 409},
		{"a run that is not ready", job.ErrNotReady, "not_ready", 409},
		{"an expired result", job.ErrExpired, "expired", 410},
		{"a used ticket", job.ErrTicket, "ticket_invalid", 401},
		{"time is up", context.DeadlineExceeded, "deadline_exceeded", 504},
		{"the client left", context.Canceled, "unavailable", 499},
		{"a wrong field", &job.SpecError{Pointer: "/horizon", Code: "horizon_invalid", Detail: "zero steps"}, "horizon_invalid", 422},
		{"a bad file", &dataset.Error{Code: "unterminated_quote", Line: 7}, "unterminated_quote", 422},
		{"the storage is away", storageError("storage_unavailable"), "storage_unavailable", 503},
		{"a code nobody knows", storageError("flux_capacitor"), "internal", 500},
		{"an error nobody foresaw", errors.New("dial tcp 10.0.0.7: refused"), "internal", 500},
		{"a problem already", problem.New("forbidden", ""), "forbidden", 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := problem.From(fmt.Errorf("handle request: %w", c.err))
			if p.Code != c.code || p.Status != c.status {
				t.Errorf("got %s with status %d, want %s with %d", p.Code, p.Status, c.code, c.status)
			}
			if p.Type != "/problems/"+c.code || p.Title == "" || p.Detail == "" || p.Hint == "" {
				t.Errorf("the document is not whole: %s", p.JSON())
			}
			if strings.Contains(string(p.JSON()), "10.0.0.7") {
				t.Errorf("the document tells what went wrong inside: %s", p.JSON())
			}
		})
	}
}

func TestPlacesAreTold(t *testing.T) {
	t.Parallel()
	p := problem.From(&dataset.Error{Code: "time_unparseable", Detail: `"soon" is no time`, Hint: "write a date", Line: 12, Column: "when"})
	if p.Line != 12 || p.Column != "when" || p.Hint != "write a date" {
		t.Errorf("line, column or hint lost: %s", p.JSON())
	}
	p = problem.From(&job.SpecError{Pointer: "/levels/0", Code: "level_invalid", Detail: "level 101"})
	if len(p.Errors) != 1 || p.Errors[0] != (problem.Field{Pointer: "/levels/0", Detail: "level 101", Code: "level_invalid"}) {
		t.Errorf("pointer lost: %s", p.JSON())
	}
}

func TestAtLeavesTheOriginalAlone(t *testing.T) {
	t.Parallel()
	base := problem.New("invalid_field", "x").At("/a")
	one, two := base.At("/b"), base.At("/c")
	if one.Errors[1].Pointer != "/b" || two.Errors[1].Pointer != "/c" {
		t.Errorf("copies share their errors: %v, %v", one.Errors, two.Errors)
	}
}

func TestDocumentHasTheMembersOfRFC9457(t *testing.T) {
	t.Parallel()
	var doc map[string]any
	if err := json.Unmarshal(problem.New("not_found", "no such job").JSON(), &doc); err != nil {
		t.Fatal(err)
	}
	for _, member := range []string{"type", "title", "status", "detail", "code", "hint"} {
		if doc[member] == nil {
			t.Errorf("member %q is missing: %v", member, doc)
		}
	}
}
