package job

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Exogenous names the columns that help to explain the target.
type Exogenous struct {
	Future   Names `json:"future,omitempty"`   // known over the horizon too: rows of the file whose target is empty
	Historic Names `json:"historic,omitempty"` // known up to the end of the target
}

// Holidays names calendars and events whose effect may be estimated.
type Holidays struct {
	Countries []string   `json:"countries,omitempty"` // ISO 3166: "US", "DE", "DE-BY"
	Events    []Occasion `json:"events,omitempty"`
}

// Occasion is an event: something that happens on days the user knows, past and future.
type Occasion struct {
	Name   string   `json:"name"`
	Dates  []string `json:"dates"`            // 2026-11-27
	Before int      `json:"before,omitempty"` // days before each date that it already shows
	After  int      `json:"after,omitempty"`  // days after it
}

// MaxEventDays bounds how far an event reaches before and after its date.
const MaxEventDays = 14

// MaxPaths is how many sample paths one forecast may draw.
const MaxPaths = 1000

// UnmarshalJSON accepts {"future": [...], "historic": [...]} and names what it
// does not know.
func (e *Exogenous) UnmarshalJSON(b []byte) error {
	type plain Exogenous
	return decodeObject("/exogenous", b, (*plain)(e), "future", "historic")
}

// UnmarshalJSON accepts "US", ["US", "DE"] and {"country": "DE", "events": [...]}.
func (h *Holidays) UnmarshalJSON(b []byte) error {
	var names Names
	if json.Unmarshal(b, &names) == nil {
		h.Countries = names
		return nil
	}
	var object struct {
		Country   Names      `json:"country"`
		Countries Names      `json:"countries"`
		Events    []Occasion `json:"events"`
	}
	if err := decodeObject("/holidays", b, &object, "country", "countries", "events"); err != nil {
		return err
	}
	h.Countries, h.Events = append(object.Country, object.Countries...), object.Events
	return nil
}

// UnmarshalJSON reads an event and names what it does not know.
func (e *Occasion) UnmarshalJSON(b []byte) error {
	type plain Occasion
	return decodeObject("/holidays/events", b, (*plain)(e), "name", "dates", "before", "after")
}

// decodeObject reads an object of known fields into v.
func decodeObject(pointer string, b []byte, v any, known ...string) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return fmt.Errorf("wants an object with %s", strings.Join(known, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(known, name) {
			return UnknownField(pointer+"/"+name, name, known)
		}
	}
	var typ *json.UnmarshalTypeError
	err := json.NewDecoder(bytes.NewReader(b)).Decode(v)
	if errors.As(err, &typ) && typ.Field != "" {
		return &SpecError{Pointer: pointer + "/" + strings.ReplaceAll(typ.Field, ".", "/"), Code: "invalid_field",
			Detail: fmt.Sprintf("does not take a JSON %s", typ.Value), Hint: example(strings.Split(pointer, "/")[1])}
	}
	return err
}

// checkBeside tests regressors, holidays and paths as far as it goes without
// the file.
func (s *Spec) checkBeside() error {
	if e := s.Exogenous; e != nil {
		for i, name := range e.Historic {
			if slices.Contains(e.Future, name) {
				return &SpecError{Pointer: fmt.Sprintf("/exogenous/historic/%d", i), Code: "invalid_field", Detail: fmt.Sprintf("%q stands in future and in historic", name),
					Hint: "keep it in future if the file has its values over the horizon, else in historic"}
			}
		}
	}
	if h := s.Holidays; h != nil {
		for i := range h.Events {
			if err := h.Events[i].check(fmt.Sprintf("/holidays/events/%d", i)); err != nil {
				return err
			}
		}
	}
	if s.Paths < 0 || s.Paths > MaxPaths {
		return &SpecError{Pointer: "/n_paths", Code: "invalid_field", Detail: fmt.Sprintf("%d sample paths are not between 0 and %d", s.Paths, MaxPaths), Hint: "ask for fewer"}
	}
	return nil
}

func (e *Occasion) check(pointer string) error {
	fault := func(field, detail, hint string) error {
		return &SpecError{Pointer: pointer + "/" + field, Code: "invalid_field", Detail: detail, Hint: hint}
	}
	if strings.TrimSpace(e.Name) == "" {
		return fault("name", "an event needs a name", `give it one, such as "summer sale"`)
	}
	if len(e.Dates) == 0 {
		return fault("dates", fmt.Sprintf("the event %q has no dates", e.Name), "list its dates, those to come too, as 2026-11-27")
	}
	for i, date := range e.Dates {
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			return fault(fmt.Sprintf("dates/%d", i), fmt.Sprintf("%q is no date", date), "write it as 2026-11-27")
		}
	}
	for field, days := range map[string]int{"before": e.Before, "after": e.After} {
		if days < 0 || days > MaxEventDays {
			return fault(field, fmt.Sprintf("%d days are not between 0 and %d", days, MaxEventDays), "name a second event for days further away")
		}
	}
	return nil
}
