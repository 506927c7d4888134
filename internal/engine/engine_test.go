package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/forecast/modeltest"
	"github.com/pgcast/pgcast/internal/engine"
	"github.com/pgcast/pgcast/internal/job"
)

// airPassengers is a monthly file with one series.
func airPassengers() string {
	var text strings.Builder
	text.WriteString("month,passengers\n")
	for i, v := range modeltest.AirPassengers() {
		fmt.Fprintf(&text, "%d-%02d,%g\n", 1949+i/12, i%12+1, v)
	}
	return text.String()
}

// panel is a daily file with n series of 60 days.
func panel(n int) string {
	var text strings.Builder
	text.WriteString("store,day,sales,returns\n")
	for s := range n {
		for d := range 60 {
			fmt.Fprintf(&text, "shop %c,2026-%02d-%02d,%d,%d\n", 'A'+s, 1+d/28, 1+d%28, 100+10*s+d+7*(d%7), 5+d%3)
		}
	}
	return text.String()
}

func run(t *testing.T, csv, request string, o engine.Options) (*engine.Output, error) {
	t.Helper()
	spec, err := job.ParseSpec([]byte(request))
	if err != nil {
		t.Fatal(err)
	}
	o.Limits = dataset.DefaultLimits
	return engine.Run(t.Context(), spec, strings.NewReader(csv), o)
}

func mustRun(t *testing.T, csv, request string) *engine.Output {
	t.Helper()
	out, err := run(t, csv, request, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAnUnambiguousFileNeedsNoRequest(t *testing.T) {
	t.Parallel()
	out := mustRun(t, airPassengers(), ``)
	plan := out.Request
	if plan.Frequency != "MS" || plan.SeasonLength != 12 || plan.Horizon != 12 || !slices.Equal(plan.Targets, []string{"passengers"}) {
		t.Errorf("resolved as %+v", plan)
	}
	s := out.Series[0]
	if len(out.Series) != 1 || s.ID != "passengers" {
		t.Fatalf("%d series, the first %q", len(out.Series), s.ID)
	}
	if first, last := s.Points.Time[0], s.Points.Time[11]; first != "1961-01" || last != "1961-12" {
		t.Errorf("the forecast runs from %s to %s, in another layout than the file", first, last)
	}
	if s.Points.ISO[0] != "1961-01-01T00:00:00" || s.History.Time[0] != "1949-01" || len(s.History.Value) != 144 {
		t.Errorf("history or ISO times are wrong: %s %s %d", s.Points.ISO[0], s.History.Time[0], len(s.History.Value))
	}
	if mase := float64(s.Metrics.MASE); mase >= 1.2130 { // the seasonal naive's on the same three folds
		t.Errorf("MASE %.4f is no better than the seasonal naive", mase)
	}
	if s.Warnings == nil {
		t.Error("a series without warnings has no list of them")
	}
	if !strings.HasSuffix(out.Summary.Text, ".") || !strings.Contains(out.Summary.Text, "12 steps ahead") || strings.Contains(out.Summary.Text, "_") {
		t.Errorf("summary: %q", out.Summary.Text)
	}
}

func TestRequestFieldsWinOverTheSuggestion(t *testing.T) {
	t.Parallel()
	out := mustRun(t, airPassengers(), `{"horizon": {"until": "1961-06-30"}, "model": "naive", "levels": [50], "bounds": {"upper": 440}, "season_length": 6, "seed": 9}`)
	if out.Request.Horizon != 6 || out.Request.SeasonLength != 6 || out.Request.Seed != 9 {
		t.Errorf("resolved as %+v", out.Request)
	}
	s := out.Series[0]
	if s.Selected.Model != "naive" || len(s.Points.Levels) != 1 || s.Points.Levels[0].Level != 50 {
		t.Errorf("model %s, levels %v", s.Selected.Model, s.Points.Levels)
	}
	for i, upper := range s.Points.Levels[0].Upper {
		if upper > 440 || s.Points.Mean[i] > 440 {
			t.Errorf("step %d breaks the bound: %v, %v", i, s.Points.Mean[i], upper)
		}
	}
}

func TestPanelsKeepTheirKeysAndTheOrderOfTheFile(t *testing.T) {
	t.Parallel()
	out := mustRun(t, panel(3), `{"target": ["sales", "returns"], "id_columns": ["store"], "horizon": 2, "model": "seasonal_naive"}`)
	var ids []string
	for _, s := range out.Series {
		ids = append(ids, s.ID)
	}
	want := []string{"shop A/sales", "shop A/returns", "shop B/sales", "shop B/returns", "shop C/sales", "shop C/returns"}
	if slices.Sort(ids); !slices.Equal(ids, sorted(want)) {
		t.Errorf("series are %q", ids)
	}
	if out.Series[0].Values["store"] != "shop A" {
		t.Errorf("id values: %v", out.Series[0].Values)
	}
}

func sorted(s []string) []string { slices.Sort(s); return s }

func TestTheNumberOfWorkersChangesNoByte(t *testing.T) {
	t.Parallel()
	var texts []string
	for _, workers := range []int{1, 4} {
		out, err := run(t, panel(6), `{"horizon": 7, "holidays": "US", "n_paths": 2}`, engine.Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		out.Timing = nil
		text, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	if texts[0] != texts[1] {
		t.Error("one and four workers gave different results")
	}
}

func TestRefusalsNameTheFieldAndTheNearestName(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ request, pointer, code, hint string }{
		"target misspelt":  {`{"target": "passenger"}`, "/target/0", "column_not_found", `"passengers"`},
		"target of dates":  {`{"target": "month"}`, "/target/0", "target_not_numeric", "passengers"},
		"time column":      {`{"time_column": "moth"}`, "/time_column", "time_column_not_found", `"month"`},
		"id column":        {`{"id_columns": ["shop"]}`, "/id_columns/0", "column_not_found", ""},
		"model":            {`{"model": "thta"}`, "/model", "unknown_model", `"theta"`},
		"frequency":        {`{"frequency": "fortnight"}`, "/frequency", "invalid_field", "W-MON"},
		"horizon too long": {`{"horizon": 20000}`, "/horizon", "horizon_invalid", "fewer"},
		"horizon passed":   {`{"horizon": {"until": "1950-01-01"}}`, "/horizon", "horizon_invalid", "later"},
		"country":          {`{"holidays": "XX"}`, "/holidays/countries/0", "unknown_country", "DE-BY"},
		"regressor":        {`{"exogenous": {"future": ["pasengers2"]}}`, "/exogenous/future/0", "column_not_found", `"passengers"`},
		"target as well":   {`{"target": "passengers", "exogenous": {"historic": ["passengers"]}}`, "/exogenous/historic/0", "invalid_field", "leave"},
	}
	for name, c := range cases {
		_, err := run(t, airPassengers(), c.request, engine.Options{})
		var spec *job.SpecError
		if !errors.As(err, &spec) {
			t.Errorf("%s: error is %v", name, err)
			continue
		}
		if spec.Pointer != c.pointer || spec.Code != c.code || !strings.Contains(spec.Hint, c.hint) {
			t.Errorf("%s: got %+v", name, spec)
		}
	}
}

// Days up to 12 alone: 01/02 may be the first of February or the second of
// January, and only the user knows.
func TestAmbiguousDatesAreAskedAndTheAnswerIsUsed(t *testing.T) {
	t.Parallel()
	var csv strings.Builder
	csv.WriteString("date,sales\n")
	for i := range 12 { // the 1st of January to the 12th, or the 1st of each month
		fmt.Fprintf(&csv, "01/%02d/2025,%d\n", i+1, 100+i)
	}
	_, err := run(t, csv.String(), `{"time_column": "date"}`, engine.Options{})
	var asked *job.SpecError
	if !errors.As(err, &asked) || asked.Code != "ambiguous_date" {
		t.Fatalf("no question was asked: %v", err)
	}
	for request, want := range map[string]string{
		`{"time_column": "date (%d/%m/%Y)", "horizon": 1}`: "2026-01-01T00:00:00",
		`{"time_column": "date (%m/%d/%Y)", "horizon": 1}`: "2025-01-13T00:00:00",
	} {
		if got := mustRun(t, csv.String(), request).Series[0].Points.ISO[0]; got != want {
			t.Errorf("%s forecasts %s, want %s", request, got, want)
		}
	}
}

func TestAnEmptyTimeColumnCountsTheRows(t *testing.T) {
	t.Parallel()
	out := mustRun(t, airPassengers(), `{"time_column": [], "horizon": 2}`)
	if got := out.Series[0].Points.Time; !slices.Equal(got, []string{"145", "146"}) {
		t.Errorf("the rows after the last are called %v", got)
	}
}

func TestAPassedDeadlineGivesTheSeasonalNaiveAndSaysSo(t *testing.T) {
	t.Parallel()
	out := mustRun(t, airPassengers(), `{"deadline_seconds": 1e-9}`)
	s := out.Series[0]
	if s.Selected.Model != "seasonal_naive" || s.Selected.FallbackFrom != "auto" || out.Summary.Fallback != 1 {
		t.Errorf("selected %+v, %d fallbacks", s.Selected, out.Summary.Fallback)
	}
	if !slices.ContainsFunc(s.Warnings, func(w forecast.Warning) bool { return w.Code == "deadline_cut" }) {
		t.Errorf("no word of the deadline in %v", s.Warnings)
	}
}

func TestTheEndOfTheContextEndsTheRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := engine.Run(ctx, job.Spec{}, strings.NewReader(airPassengers()), engine.Options{Limits: dataset.DefaultLimits})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestProgressGrowsToOne(t *testing.T) {
	t.Parallel()
	last := -1.0
	_, err := run(t, panel(5), `{"model": "naive"}`, engine.Options{Workers: 3, Progress: func(fraction float64, stage string) {
		if fraction < last || stage == "" {
			t.Errorf("progress went from %v to %v in stage %q", last, fraction, stage)
		}
		last = fraction
	}})
	if err != nil || math.Abs(last-1) > 1e-9 {
		t.Errorf("progress ended at %v: %v", last, err)
	}
}

func BenchmarkRun(b *testing.B) {
	text := airPassengers()
	for b.Loop() {
		if _, err := engine.Run(b.Context(), job.Spec{}, strings.NewReader(text), engine.Options{Limits: dataset.DefaultLimits}); err != nil {
			b.Fatal(err)
		}
	}
}
