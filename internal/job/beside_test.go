package job_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/internal/job"
)

func TestHolidaysComeAsACodeAListOrAnObject(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]job.Holidays{
		`"US"`:                  {Countries: []string{"US"}},
		`["US", "DE-BY"]`:       {Countries: []string{"US", "DE-BY"}},
		`{"country": "DE"}`:     {Countries: []string{"DE"}},
		`{"countries": ["DE"]}`: {Countries: []string{"DE"}},
		`{"events": [{"name": "sale", "dates": ["2026-11-27"], "before": 1, "after": 2}]}`: {Events: []job.Occasion{{Name: "sale", Dates: []string{"2026-11-27"}, Before: 1, After: 2}}},
	} {
		s, err := job.ParseSpec([]byte(`{"holidays": ` + text + `}`))
		if err != nil || !slices.Equal(s.Holidays.Countries, want.Countries) || len(s.Holidays.Events) != len(want.Events) {
			t.Errorf("%s reads as %+v: %v", text, s.Holidays, err)
		}
	}
}

func TestRefusalsOfRegressorsNameTheField(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"exogenous": {"futur": ["price"]}}`:                                                 `/exogenous/futur unknown_field did you mean "future"?`,
		`{"exogenous": {"future": ["a"], "historic": ["a"]}}`:                                 "/exogenous/historic/0 invalid_field keep it",
		`{"holidays": {"event": []}}`:                                                         `/holidays/event unknown_field did you mean "events"?`,
		`{"holidays": {"events": [{"name": "sale", "dates": ["27.11.2026"]}]}}`:               "/holidays/events/0/dates/0 invalid_field write it as",
		`{"holidays": {"events": [{"name": "sale", "date": ["2026-11-27"]}]}}`:                `/holidays/events/date unknown_field did you mean "dates"?`,
		`{"holidays": {"events": [{"name": "sale", "dates": ["2026-11-27"], "before": 90}]}}`: "/holidays/events/0/before invalid_field name a second",
		`{"holidays": {"events": [{"name": "", "dates": ["2026-11-27"]}]}}`:                   "/holidays/events/0/name invalid_field give it one",
		`{"n_paths": 5000}`: "/n_paths invalid_field ask for fewer",
	} {
		_, err := job.ParseSpec([]byte(text))
		var refused *job.SpecError
		if !errors.As(err, &refused) || !strings.HasPrefix(refused.Pointer+" "+refused.Code+" "+refused.Hint, want) {
			t.Errorf("%s: %+v", text, err)
		}
	}
}
