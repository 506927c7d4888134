package job

import (
	"encoding/json"
	"errors"
	"strings"
)

// examples of request fields, for whoever sent something else.
var examples = map[string][]string{
	"time_column":      {`"date"`, `["year", "month"]`},
	"target":           {`"sales"`, `["sales", "returns"]`},
	"id_columns":       {`["shop", "product"]`},
	"horizon":          {`12`, `{"until": "2027-12-31"}`},
	"frequency":        {`"D"`, `"W-MON"`, `"MS"`},
	"season_length":    {`12`, `"auto"`},
	"timezone":         {`"Europe/Berlin"`},
	"decimal":          {`"."`, `","`},
	"model":            {`"auto"`},
	"levels":           {`[80, 95]`},
	"quantiles":        {`[0.1, 0.5, 0.9]`},
	"gaps":             {`"linear"`},
	"duplicates":       {`"sum"`},
	"aggregate":        {`"mean"`},
	"bounds":           {`{"lower": 0}`},
	"exogenous":        {`{"future": ["price"], "historic": ["visitors"]}`},
	"holidays":         {`{"country": "DE", "events": [{"name": "fair", "dates": ["2025-09-20"]}]}`},
	"backtest":         {`{"folds": 3}`},
	"seed":             {`1`},
	"n_paths":          {`100`},
	"deadline_seconds": {`30`},
	"webhook":          {`{"url": "https://example.com/hook"}`},
}

// fieldError tells which field could not be read, in words about JSON rather
// than about Go.
func fieldError(name string, err error) *SpecError {
	var inside *SpecError
	if errors.As(err, &inside) {
		return inside
	}
	detail := err.Error()
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) {
		detail = "does not take a JSON " + typ.Value
	}
	return &SpecError{Pointer: "/" + name, Code: codeFor(name), Detail: strings.TrimPrefix(detail, "json: "), Hint: example(name)}
}

// NotObject says what was sent in the place of a JSON object, for err of a
// decoder that should have read one.
func NotObject(err error) string {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) {
		return "is a JSON " + typ.Value + ", not an object"
	}
	return "is not a JSON object: " + strings.TrimPrefix(err.Error(), "json: ")
}

// example says what a field takes.
func example(name string) string {
	return name + " takes for instance " + strings.Join(examples[name], " or ")
}

func codeFor(name string) string {
	switch name {
	case "horizon":
		return "horizon_invalid"
	case "levels", "quantiles":
		return "level_invalid"
	}
	return "invalid_field"
}
