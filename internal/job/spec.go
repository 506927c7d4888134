package job

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Spec is a forecast request: the fields a user may send, all optional when
// the profile of the file is unambiguous. The zero value asks for the
// suggested settings.
type Spec struct {
	TimeColumn      Names      `json:"time_column,omitempty"`
	Target          Names      `json:"target,omitempty"`
	IDColumns       []string   `json:"id_columns,omitempty"`
	Horizon         Horizon    `json:"horizon,omitzero"`          // zero: one season
	Frequency       string     `json:"frequency,omitempty"`       // pandas word; "" or "auto": as profiled
	SeasonLength    Season     `json:"season_length,omitempty"`   // 0 or "auto": from the frequency
	Timezone        string     `json:"timezone,omitempty"`        // IANA name
	Decimal         string     `json:"decimal,omitempty"`         // "." or ",": the decimal mark of the targets; "": as profiled
	Model           string     `json:"model,omitempty"`           // "" or "auto", or a model's name
	Levels          []float64  `json:"levels,omitempty"`          // percent, in (0, 100); default 80, 95
	Quantiles       []float64  `json:"quantiles,omitempty"`       // in (0, 1); instead of levels
	Gaps            string     `json:"gaps,omitempty"`            // "linear" (default), "zero", "previous", "none"
	Duplicates      string     `json:"duplicates,omitempty"`      // "auto" (default), "sum", "mean", "first", "last", "error"
	Aggregate       string     `json:"aggregate,omitempty"`       // "sum", "mean", "first", "last", "min", "max"; for a frequency coarser than the data
	Bounds          *Bounds    `json:"bounds,omitempty"`          // every emitted number stays within
	Exogenous       *Exogenous `json:"exogenous,omitempty"`       // columns that help to explain the target
	Holidays        *Holidays  `json:"holidays,omitempty"`        // calendars and events that do
	Backtest        *Backtest  `json:"backtest,omitempty"`        //
	Seed            *uint64    `json:"seed,omitempty"`            // default 1
	Paths           int        `json:"n_paths,omitempty"`         // sample paths in output.json, at most MaxPaths; 0: none
	DeadlineSeconds float64    `json:"deadline_seconds,omitzero"` // 0: no deadline
	Webhook         *Webhook   `json:"webhook,omitempty"`         //
}

// Bounds limits every emitted number; a nil side is open.
type Bounds struct {
	Lower *float64 `json:"lower,omitempty"`
	Upper *float64 `json:"upper,omitempty"`
}

// Backtest sets the rolling-origin evaluation.
type Backtest struct {
	Folds int `json:"folds,omitempty"` // 0: as many as fit, at most 3
}

// Webhook is told when the run ends.
type Webhook struct {
	URL string `json:"url"`
}

// Names is a list of column names; in JSON also a single name.
type Names []string

// UnmarshalJSON accepts "a" and ["a", "b"].
func (n *Names) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*n = Names{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(b, &many); err != nil {
		return errors.New("wants a column name or a list of names")
	}
	*n = many
	return nil
}

// Horizon is how far to forecast: a number of steps, or until a date.
type Horizon struct {
	Steps int       // > 0, or 0 when Until is set or nothing was asked
	Until time.Time // zero unless asked for
}

// IsZero reports whether no horizon was asked for.
func (h Horizon) IsZero() bool { return h == Horizon{} }

// UnmarshalJSON accepts 12 and {"until": "2027-12-31"}.
func (h *Horizon) UnmarshalJSON(b []byte) error {
	var steps int
	if json.Unmarshal(b, &steps) == nil {
		if steps < 1 {
			return errors.New("wants at least one step")
		}
		*h = Horizon{Steps: steps}
		return nil
	}
	var until struct {
		Until string `json:"until"`
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if dec.Decode(&until) == nil {
		for _, layout := range []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04:05"} {
			if t, err := time.Parse(layout, until.Until); err == nil {
				*h = Horizon{Until: t}
				return nil
			}
		}
	}
	return errors.New(`is neither a number of steps nor a date to forecast until`)
}

// MarshalJSON writes the form that UnmarshalJSON reads.
func (h Horizon) MarshalJSON() ([]byte, error) {
	if h.Until.IsZero() {
		return json.Marshal(h.Steps)
	}
	return json.Marshal(map[string]string{"until": h.Until.Format("2006-01-02T15:04:05")})
}

// Season is a season length in steps; in JSON also "auto", which is 0.
type Season int

// UnmarshalJSON accepts 12 and "auto".
func (s *Season) UnmarshalJSON(b []byte) error {
	if string(b) == `"auto"` {
		*s = 0
		return nil
	}
	var n int
	if err := json.Unmarshal(b, &n); err != nil || n < 0 {
		return errors.New(`wants a number of steps, or "auto"`)
	}
	*s = Season(n)
	return nil
}

// specFields are the names ParseSpec accepts, in the order of the API.
var specFields = []string{
	"time_column", "target", "id_columns", "horizon", "frequency", "season_length", "timezone", "decimal", "model",
	"levels", "quantiles", "gaps", "duplicates", "aggregate", "bounds", "exogenous", "holidays",
	"backtest", "seed", "n_paths", "deadline_seconds", "webhook",
}

// ParseSpec reads a forecast request. Empty input and null are the zero Spec.
// An unknown field is refused with the nearest known one; every error is a
// *[SpecError].
func ParseSpec(b []byte) (Spec, error) {
	var s Spec
	b = bytes.TrimSpace(b)
	if len(b) == 0 || string(b) == "null" {
		return s, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return s, &SpecError{Code: "invalid_json", Detail: "the forecast request " + NotObject(err),
			Hint: `send an object such as {"horizon": 12}`}
	}
	for _, name := range specFields {
		raw, asked := fields[name]
		delete(fields, name)
		if !asked || string(raw) == "null" {
			continue
		}
		one, _ := json.Marshal(map[string]json.RawMessage{name: raw})
		dec := json.NewDecoder(bytes.NewReader(one))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&s); err != nil {
			return s, fieldError(name, err)
		}
	}
	for name := range fields {
		return s, UnknownField("/"+name, name, specFields)
	}
	return s, s.check()
}

// UnknownField is the error for a JSON field nobody knows: it names the
// nearest of known when one is near.
func UnknownField(pointer, name string, known []string) *SpecError {
	hint := "known fields: " + strings.Join(known, ", ")
	if near := Nearest(name, known); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return &SpecError{Pointer: pointer, Code: "unknown_field", Detail: fmt.Sprintf("unknown field %q", name), Hint: hint}
}

// choices are the words that the fields with a closed list accept.
var choices = []struct {
	field string
	get   func(*Spec) string
	words []string
}{
	{"decimal", func(s *Spec) string { return s.Decimal }, []string{".", ","}},
	{"gaps", func(s *Spec) string { return s.Gaps }, []string{"linear", "zero", "previous", "none"}},
	{"duplicates", func(s *Spec) string { return s.Duplicates }, []string{"auto", "sum", "mean", "first", "last", "error"}},
	{"aggregate", func(s *Spec) string { return s.Aggregate }, []string{"sum", "mean", "first", "last", "min", "max"}},
}

// check tests what can be tested without the file.
func (s *Spec) check() error {
	for _, c := range choices {
		word := c.get(s)
		if word != "" && !contains(c.words, word) {
			return &SpecError{Pointer: "/" + c.field, Code: "invalid_field", Detail: fmt.Sprintf("%q is none of %s", word, strings.Join(c.words, ", ")),
				Hint: nearHint(word, c.words)}
		}
	}
	if len(s.Levels) > 0 && len(s.Quantiles) > 0 {
		return &SpecError{Pointer: "/quantiles", Code: "level_invalid", Detail: "levels and quantiles exclude each other", Hint: "send one of the two"}
	}
	for i, l := range s.Levels {
		if !(l > 0 && l < 100) {
			return &SpecError{Pointer: fmt.Sprintf("/levels/%d", i), Code: "level_invalid", Detail: fmt.Sprintf("level %v is not between 0 and 100", l), Hint: "a level is a percentage such as 80"}
		}
	}
	for i, q := range s.Quantiles {
		if !(q > 0 && q < 1) {
			return &SpecError{Pointer: fmt.Sprintf("/quantiles/%d", i), Code: "level_invalid", Detail: fmt.Sprintf("quantile %v is not between 0 and 1", q), Hint: "a quantile is a fraction such as 0.9"}
		}
	}
	if b := s.Bounds; b != nil && b.Lower != nil && b.Upper != nil && *b.Lower >= *b.Upper {
		return &SpecError{Pointer: "/bounds", Code: "invalid_field", Detail: "bounds.lower is not below bounds.upper", Hint: "swap them or drop one"}
	}
	if s.DeadlineSeconds < 0 {
		return &SpecError{Pointer: "/deadline_seconds", Code: "invalid_field", Detail: "a deadline cannot be negative", Hint: "leave it out for no deadline"}
	}
	if s.Timezone != "" {
		if _, err := time.LoadLocation(s.Timezone); err != nil {
			return &SpecError{Pointer: "/timezone", Code: "invalid_field", Detail: fmt.Sprintf("unknown time zone %q", s.Timezone), Hint: `use an IANA name such as "Europe/Berlin"`}
		}
	}
	return s.checkBeside()
}

// Merge lays overrides over params: fields of overrides replace fields of
// params, a null removes one. Both are JSON objects or empty.
func Merge(params, overrides json.RawMessage) (json.RawMessage, error) {
	merged := map[string]json.RawMessage{}
	for _, layer := range []json.RawMessage{params, overrides} {
		var fields map[string]json.RawMessage
		if err := json.NewDecoder(bytes.NewReader(layer)).Decode(&fields); err != nil && !errors.Is(err, io.EOF) {
			return nil, &SpecError{Code: "invalid_json", Detail: "the overrides are not a JSON object", Hint: `send an object such as {"horizon": 12}`}
		}
		for name, value := range fields {
			merged[name] = value
			if string(value) == "null" {
				delete(merged, name)
			}
		}
	}
	return json.Marshal(merged)
}

func contains(words []string, word string) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
}
