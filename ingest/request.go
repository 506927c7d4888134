package ingest

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
)

// specOf checks the fields of a forecast request and returns it both parsed
// and as the JSON object that the row keeps.
func specOf(fields map[string]json.RawMessage) (job.Spec, json.RawMessage, error) {
	return merged(nil, fields)
}

// merged lays overrides over the params of a row and checks the request that
// results. A null removes a field.
func merged(params json.RawMessage, overrides map[string]json.RawMessage) (job.Spec, json.RawMessage, error) {
	layer, err := json.Marshal(overrides)
	if err != nil {
		return job.Spec{}, nil, fmt.Errorf("write overrides: %w", err)
	}
	both, err := job.Merge(params, layer)
	if err != nil {
		return job.Spec{}, nil, err
	}
	spec, err := job.ParseSpec(both)
	return spec, both, err
}

// takeJobID takes job_id out of the fields of POST /v1/forecast.
func takeJobID(fields map[string]json.RawMessage) (job.ID, error) {
	const field = "job_id"
	raw, ok := fields[field]
	delete(fields, field)
	if !ok {
		if _, _, err := specOf(fields); isMisspelt(err, field) {
			return job.ID{}, err
		}
		return job.ID{}, problem.New("missing_field", "The request names no job.").At("/" + field).
			WithHint(`Send the "job_id" that the upload answered.`)
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return job.ID{}, problem.New("invalid_field", "job_id is not a text.").WithHint("Send the \"job_id\" that the upload answered.").At("/" + field)
	}
	id, err := job.ParseID(text)
	if err != nil || len(text) != 36 {
		return job.ID{}, problem.New("not_found", "There is no such job.").At("/" + field)
	}
	return id, nil
}

// isMisspelt reports whether err is about an unknown field that was meant to
// be field, and says so in its hint.
func isMisspelt(err error, field string) bool {
	var unknown *job.SpecError
	if !errors.As(err, &unknown) || unknown.Code != "unknown_field" {
		return false
	}
	if job.Nearest(unknown.Pointer[1:], []string{field}) != "" {
		unknown.Hint = `did you mean "` + field + `"?`
	}
	return true
}
