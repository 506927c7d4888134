package engine_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/internal/engine"
	"github.com/pgcast/pgcast/internal/job"
)

// promotions is a daily file of shops: 120 days of sales, which a promotion
// lifts by 50 and rain by -20, and rows for ahead days to come.
func promotions(shops, ahead int) string {
	var text strings.Builder
	text.WriteString("shop,day,sales,promotion,weather\n")
	for s := range shops {
		for d := range 120 + ahead {
			promotion, weather := 0, "sun"
			if (d*7919+s)%11 < 2 {
				promotion = 1
			}
			if (d*104729+s)%7 == 3 && d%5 < 3 {
				weather = "rain"
			}
			sales := fmt.Sprint(100 + 10*(d%7) + 50*promotion + (d*31%5 - 2))
			if weather == "rain" {
				sales = fmt.Sprint(80 + 10*(d%7) + 50*promotion + (d*31%5 - 2))
			}
			if d >= 120 {
				sales = ""
			}
			day := time.Date(2026, 1, 1+d, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
			fmt.Fprintf(&text, "shop %c,%s,%s,%d,%s\n", 'A'+s, day, sales, promotion, weather)
		}
	}
	return text.String()
}

func warned(s engine.Series, code string) string {
	for _, w := range s.Warnings {
		if w.Code == code {
			return w.Detail
		}
	}
	return ""
}

func TestRowsWithoutATargetAreTheFuture(t *testing.T) {
	t.Parallel()
	out := mustRun(t, promotions(2, 10), `{"target": "sales", "exogenous": {"future": ["promotion", "weather"]}}`)
	if out.Request.Horizon != 10 || len(out.Series) != 2 {
		t.Fatalf("%d steps for %d series, want those of the rows to come", out.Request.Horizon, len(out.Series))
	}
	for k, s := range out.Series {
		if s.Points.Time[0] != "2026-05-01" {
			t.Errorf("the forecast begins at %s", s.Points.Time[0])
		}
		for _, e := range s.Selected.Columns {
			want := map[string]float64{"promotion": 50, "weather=rain": -20}[e.Column]
			if e.Status != "used" || math.Abs(float64(e.Effect)-want) > 3 {
				t.Errorf("%s: %+v, want %v", s.ID, e, want)
			}
		}
		for h, v := range s.Points.Mean {
			d := 120 + h
			want := 100 + 10*float64(d%7)
			if (d*7919+k)%11 < 2 {
				want += 50
			}
			if (d*104729+k)%7 == 3 && d%5 < 3 {
				want -= 20
			}
			if math.Abs(float64(v)-want) > 8 {
				t.Errorf("%s, step %d: %.1f, want %.1f", s.ID, h+1, v, want)
			}
		}
	}
}

func TestAFutureThatIsTooShortIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	for request, hint := range map[string]string{
		`{"target": "sales", "horizon": 14, "exogenous": {"future": ["promotion"]}}`:                      "at most 10",
		`{"target": "sales", "horizon": {"until": "2026-05-14"}, "exogenous": {"future": ["promotion"]}}`: "at most 10",
	} {
		_, err := run(t, promotions(1, 10), request, engine.Options{})
		var refused *job.SpecError
		if !errors.As(err, &refused) || refused.Code != "future_exogenous_missing" || refused.Pointer != "/exogenous/future/0" ||
			!strings.Contains(refused.Detail, `"promotion" has no value at 2026-05-11`) || !strings.Contains(refused.Hint, hint) {
			t.Errorf("%s: %+v", request, err)
		}
	}
	_, err := run(t, promotions(1, 0), `{"target": "sales", "exogenous": {"future": ["promotion"]}}`, engine.Options{})
	var refused *job.SpecError
	if !errors.As(err, &refused) || refused.Code != "future_exogenous_missing" || !strings.Contains(refused.Hint, "exogenous.historic") {
		t.Errorf("without rows to come: %v", err)
	}
}

func TestASeriesWithoutAFutureDoesWithoutTheColumn(t *testing.T) {
	t.Parallel()
	lines := strings.SplitAfter(promotions(2, 7), "\n")
	short := strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, "shop B,2026-05-") }), "")
	out := mustRun(t, short, `{"target": "sales", "horizon": 7, "exogenous": {"future": ["promotion"]}}`)
	a, b := out.Series[0], out.Series[1]
	if warned(a, "future_exogenous_missing") != "" || !strings.Contains(warned(b, "future_exogenous_missing"), "promotion (it has no value at 2026-05-01)") {
		t.Errorf("warnings: %v and %v", a.Warnings, b.Warnings)
	}
}

func TestAColumnNamedBesideTheTargetIsNone(t *testing.T) {
	t.Parallel()
	out := mustRun(t, promotions(1, 7), `{"model": "theta", "exogenous": {"future": ["promotion"]}}`)
	if got := out.Request.Targets; !slices.Equal(got, []string{"sales"}) {
		t.Errorf("targets are %v", got)
	}
}

func TestHolesBesideTheHistoryAreFilledAndTold(t *testing.T) {
	t.Parallel()
	text := strings.Replace(promotions(1, 7), ",0,sun\n", ",,sun\n", 1)
	out := mustRun(t, text, `{"target": "sales", "exogenous": {"future": ["promotion"], "historic": ["weather"]}}`)
	s := out.Series[0]
	if w := warned(s, "exogenous_filled"); !strings.Contains(w, "promotion has no value at 1 of 120 steps, first at 2026-01-0") {
		t.Errorf("warnings are %v", s.Warnings)
	}
	if !slices.ContainsFunc(s.Selected.Columns, func(e forecast.Effect) bool { return e.Column == "weather=rain (7 steps before)" }) {
		t.Errorf("columns are %+v", s.Selected.Columns)
	}
}

// closed is three years of a shop that is closed on Christmas days and sells
// double on the days of its sale and a half more the day before.
func closed() string {
	var text strings.Builder
	text.WriteString("day,sales\n")
	for d := time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC); d.Before(time.Date(2025, 12, 20, 0, 0, 0, 0, time.UTC)); d = d.AddDate(0, 0, 1) {
		n := d.YearDay()
		sales := 100 + 5*(n%7) + n*31%5
		switch {
		case d.Month() == 12 && d.Day() == 25:
			sales = 0
		case d.Month()%3 == 0 && d.Day() == 12:
			sales += 100
		case d.Month()%3 == 0 && d.Day() == 11:
			sales += 50
		}
		fmt.Fprintf(&text, "%s,%d\n", d.Format(time.DateOnly), sales)
	}
	return text.String()
}

func TestHolidaysAndEventsShowInTheForecast(t *testing.T) {
	t.Parallel()
	out := mustRun(t, closed(), `{"horizon": 90, "model": "theta", "holidays": {"country": "US", "events": [{"name": "sale", "before": 1, "dates": [
		"2023-03-12", "2023-06-12", "2023-09-12", "2023-12-12", "2024-03-12", "2024-06-12", "2024-09-12", "2024-12-12", "2025-03-12", "2025-06-12", "2025-09-12", "2025-12-12", "2026-03-12"]}]}}`)
	s := out.Series[0]
	at := func(day string) float64 { return float64(s.Points.Mean[slices.Index(s.Points.Time, day)]) }
	usual := at("2026-01-22")
	for day, want := range map[string]float64{"2025-12-25": 0, "2026-03-12": 220, "2026-03-11": 165} {
		if got := at(day); math.Abs(got-want) > 35 {
			t.Errorf("%s is %.0f, want about %.0f; a usual day is %.0f", day, got, want, usual)
		}
	}
}

func TestWeeksShareTheirHolidays(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("week,sales\n")
	for i := range 156 {
		d := time.Date(2023, 1, 2+7*i, 0, 0, 0, 0, time.UTC)
		sales := 500 + i*31%17
		if d.Month() == 12 && d.Day() >= 19 && d.Day() <= 25 { // Christmas lies in the week that begins here
			sales -= 200
		}
		fmt.Fprintf(&text, "%s,%d\n", d.Format(time.DateOnly), sales)
	}
	out := mustRun(t, text.String(), `{"horizon": 4, "model": "theta", "season_length": 1, "holidays": "US"}`)
	used := ""
	for _, e := range out.Series[0].Selected.Columns {
		if e.Status == "used" {
			used += fmt.Sprintf("%s %.0f; ", e.Column, e.Effect)
		}
	}
	if !strings.Contains(used, "Christmas Day -14") && !strings.Contains(used, "Christmas Day -13") {
		t.Errorf("used are %s", used)
	}
}

func TestSamplePathsAreBounded(t *testing.T) {
	t.Parallel()
	out := mustRun(t, airPassengers(), `{"model": "theta", "horizon": 6, "n_paths": 3, "seed": 5}`)
	if p := out.Series[0].Points.Paths; len(p) != 3 || len(p[0]) != 6 {
		t.Errorf("paths are %v", p)
	}
	_, err := run(t, airPassengers(), `{"model": "theta", "horizon": 8000, "n_paths": 1000}`, engine.Options{})
	var refused *job.SpecError
	if !errors.As(err, &refused) || refused.Pointer != "/n_paths" || !strings.Contains(refused.Hint, "at most 625") {
		t.Errorf("too many paths: %v", err)
	}
}

func TestOccasionsAreBounded(t *testing.T) {
	t.Parallel()
	events := strings.Repeat(`{"name": "sale", "dates": ["1955-05-05"], "before": 14, "after": 14},`, 40)
	_, err := run(t, airPassengers(), `{"model": "theta", "holidays": {"events": [`+strings.TrimSuffix(events, ",")+`]}}`, engine.Options{})
	var refused *job.SpecError
	if !errors.As(err, &refused) || refused.Pointer != "/holidays" || !strings.Contains(refused.Detail, "1160 columns") || !strings.Contains(refused.Hint, "at most 1000") {
		t.Errorf("too many occasions: %v", err)
	}
	out := mustRun(t, airPassengers(), `{"model": "theta", "holidays": ["US", "us "]}`)
	if h := out.Request.Holidays; len(h.Countries) != 1 || h.Countries[0] != "US" {
		t.Errorf("the same country twice is %v", h.Countries)
	}
}
