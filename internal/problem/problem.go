package problem

import (
	"encoding/json"
	"fmt"
)

// ContentType is the media type of a problem document.
const ContentType = "application/problem+json"

// Problem is a problem document (RFC 9457) with the extension members of
// pgcast. It is also an error, so that a handler may return one.
type Problem struct {
	Type     string  `json:"type"`                  // "/problems/{code}", a page this binary serves
	Title    string  `json:"title"`                 // the same for every problem with this code
	Status   int     `json:"status"`                // HTTP status
	Detail   string  `json:"detail"`                // this occurrence, in words for the user
	Instance string  `json:"instance,omitempty"`    // path of the request
	Code     string  `json:"code"`                  // stable, snake_case
	Errors   []Field `json:"errors,omitempty"`      // what is wrong where in the request
	Line     int     `json:"line,omitempty"`        // physical line of the file, from 1
	Column   string  `json:"column,omitempty"`      // column of the file
	Offset   int64   `json:"byte_offset,omitempty"` // of the line, or the quote, in the file; left out when its text was transcoded
	Hint     string  `json:"hint,omitempty"`        // what to do
	TraceID  string  `json:"trace_id,omitempty"`    // to be found in the log
}

// Field points at one wrong place of a request.
type Field struct {
	Pointer string `json:"pointer"` // JSON pointer (RFC 6901), for instance "/horizon"
	Detail  string `json:"detail"`
	Code    string `json:"code"`
}

// New returns the problem with this code, telling this occurrence in detail.
// It panics on a code that is not in the list: that is a programmer's slip.
func New(code, detail string) Problem {
	k, ok := Lookup(code)
	if !ok {
		panic(fmt.Sprintf("problem: unknown code %q", code))
	}
	return k.problem(detail)
}

// WithHint replaces the hint of the list with one for this occurrence.
func (p Problem) WithHint(hint string) Problem {
	if hint != "" {
		p.Hint = hint
	}
	return p
}

// At points at the place of the request that the problem is about.
func (p Problem) At(pointer string) Problem {
	p.Errors = append(p.Errors[:len(p.Errors):len(p.Errors)], Field{Pointer: pointer, Detail: p.Detail, Code: p.Code})
	return p
}

func (p Problem) Error() string { return p.Code + ": " + p.Detail }

// JSON returns the document.
func (p Problem) JSON() []byte {
	b, err := json.Marshal(p)
	if err != nil {
		panic("problem: " + err.Error()) // strings and ints always marshal
	}
	return b
}
