package job_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

func TestParseSpecReadsEveryForm(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		give string
		want func(*job.Spec)
	}{
		"nothing":           {``, func(*job.Spec) {}},
		"null":              {`null`, func(*job.Spec) {}},
		"null field":        {`{"horizon": null}`, func(*job.Spec) {}},
		"one name":          {`{"target": "sales"}`, func(s *job.Spec) { s.Target = job.Names{"sales"} }},
		"several names":     {`{"time_column": ["year", "quarter"]}`, func(s *job.Spec) { s.TimeColumn = job.Names{"year", "quarter"} }},
		"steps":             {`{"horizon": 24}`, func(s *job.Spec) { s.Horizon = job.Horizon{Steps: 24} }},
		"until":             {`{"horizon": {"until": "2027-12-31"}}`, func(s *job.Spec) { s.Horizon.Until = time.Date(2027, 12, 31, 0, 0, 0, 0, time.UTC) }},
		"automatic season":  {`{"season_length": "auto"}`, func(*job.Spec) {}},
		"season":            {`{"season_length": 7}`, func(s *job.Spec) { s.SeasonLength = 7 }},
		"levels":            {`{"levels": [50, 99.9]}`, func(s *job.Spec) { s.Levels = []float64{50, 99.9} }},
		"lower bound alone": {`{"bounds": {"lower": 0}}`, func(s *job.Spec) { s.Bounds = &job.Bounds{Lower: new(float64)} }},
	}
	for name, c := range cases {
		var want job.Spec
		c.want(&want)
		got, err := job.ParseSpec([]byte(c.give))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestParseSpecRefusesWithPlaceAndHint(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ give, pointer, code, hint string }{
		"not an object":     {`[1]`, "", "invalid_json", "object"},
		"unknown field":     {`{"horizont": 12}`, "/horizont", "unknown_field", `"horizon"`},
		"unknown sub-field": {`{"bounds": {"low": 0}}`, "/bounds", "invalid_field", `{"lower": 0}`},
		"wrong type":        {`{"levels": "80"}`, "/levels", "level_invalid", "[80, 95]"},
		"no step":           {`{"horizon": 0}`, "/horizon", "horizon_invalid", ""},
		"no date":           {`{"horizon": {"until": "soon"}}`, "/horizon", "horizon_invalid", ""},
		"level too high":    {`{"levels": [80, 100]}`, "/levels/1", "level_invalid", "percentage"},
		"quantile too high": {`{"quantiles": [90]}`, "/quantiles/0", "level_invalid", "0.9"},
		"both":              {`{"levels": [80], "quantiles": [0.5]}`, "/quantiles", "level_invalid", "one"},
		"word":              {`{"gaps": "liner"}`, "/gaps", "invalid_field", `"linear"`},
		"bounds crossed":    {`{"bounds": {"lower": 2, "upper": 1}}`, "/bounds", "invalid_field", ""},
		"time zone":         {`{"timezone": "Mars/Olympus"}`, "/timezone", "invalid_field", "IANA"},
	}
	for name, c := range cases {
		_, err := job.ParseSpec([]byte(c.give))
		var spec *job.SpecError
		if !errors.As(err, &spec) {
			t.Errorf("%s: error is %v", name, err)
			continue
		}
		if spec.Pointer != c.pointer || spec.Code != c.code || !strings.Contains(spec.Hint, c.hint) || spec.Hint == "" {
			t.Errorf("%s: got %+v", name, spec)
		}
	}
}

func TestMergeLaysOverridesOverParams(t *testing.T) {
	t.Parallel()
	merged, err := job.Merge(json.RawMessage(`{"horizon": 12, "model": "theta", "seed": 7}`), json.RawMessage(`{"horizon": 24, "seed": null}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(merged), `{"horizon":24,"model":"theta"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if merged, err = job.Merge(nil, nil); err != nil || string(merged) != `{}` {
		t.Errorf("nothing over nothing is %s, %v", merged, err)
	}
	if _, err = job.Merge(nil, json.RawMessage(`7`)); err == nil {
		t.Error("a number was merged")
	}
}

func TestNearestNeedsResemblance(t *testing.T) {
	t.Parallel()
	known := []string{"time_column", "target", "horizon"}
	for word, want := range map[string]string{"Horizon": "horizon", "targets": "target", "timecolumn": "time_column", "zzz": ""} {
		if got := job.Nearest(word, known); got != want {
			t.Errorf("nearest to %q is %q, want %q", word, got, want)
		}
	}
}

// A request that was understood says the same after a round trip: what psql
// shows in params is what was asked for.
func FuzzParseSpec(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"horizon": 12}`, `{"horizon": {"until": "2027-12-31"}}`, `{"levels": [80, 95], "bounds": {"lower": 0}}`,
		`{"target": ["a", "b"], "season_length": "auto", "backtest": {"folds": 2}}`, `{"horizon": 1e99}`, `{"":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		spec, err := job.ParseSpec(text)
		if err != nil {
			var refused *job.SpecError
			if !errors.As(err, &refused) || refused.Code == "" {
				t.Fatalf("error without a code: %v", err)
			}
			return
		}
		again, err := json.Marshal(spec)
		if err != nil {
			t.Fatal(err)
		}
		back, err := job.ParseSpec(again)
		if err != nil || !reflect.DeepEqual(spec, back) {
			t.Fatalf("%s became %s: %v", text, again, err)
		}
	})
}
