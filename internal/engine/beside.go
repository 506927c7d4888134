package engine

import (
	"fmt"
	"math"
	"slices"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/forecast/series"
	"github.com/pgcast/pgcast/internal/job"
)

// beside are the names of all columns read beside the targets, those with a
// future first.
func (p *Plan) beside() []string {
	if p.Exogenous == nil {
		return nil
	}
	return slices.Concat(p.Exogenous.Future, p.Exogenous.Historic)
}

// ahead is how many steps after the end of s the file has values for in every
// column named in future.
func (p *Plan) ahead(s *series.Series, beside []dataset.Companion) int {
	least := math.MaxInt
	for _, c := range beside {
		if slices.Contains(p.Exogenous.Future, c.Column) {
			least = min(least, reach(c, len(s.Y)))
		}
	}
	return least
}

// reach counts the steps from n on that have values one after the other.
func reach(c dataset.Companion, n int) int {
	steps := 0
	for n+steps < len(c.Values) && !math.IsNaN(c.Values[n+steps]) {
		steps++
	}
	return steps
}

// settleHorizon gives the horizon its last word, once it is known where the
// targets end: rows after that, whose target is empty, are the future.
func (r *run) settleHorizon(asked job.Horizon) error {
	data := r.data
	if !asked.Until.IsZero() {
		last := &data.Series[0] // the series that ends last
		for i := range data.Series {
			if s := &data.Series[i]; s.Time(len(s.Y)).After(last.Time(len(last.Y))) {
				last = s
			}
		}
		steps := 0
		for steps <= MaxHorizon && !last.Time(len(last.Y)+steps).After(asked.Until) {
			steps++
		}
		if steps < 1 {
			return horizonError("the data end after the date asked for", "choose a later date")
		}
		if steps > MaxHorizon {
			return horizonError(fmt.Sprintf("more than the %d steps that one forecast may have lie before that date", MaxHorizon), "choose an earlier date")
		}
		r.plan.Horizon = steps
	}
	if r.plan.Exogenous == nil || len(r.plan.Exogenous.Future) == 0 {
		return nil
	}
	if asked.IsZero() {
		if most := r.mostAhead(); most > 0 {
			r.plan.Horizon = min(most, MaxHorizon)
		}
	}
	return r.checkFuture()
}

func (r *run) mostAhead() int {
	most := 0
	for i := range r.data.Series {
		most = max(most, r.plan.ahead(&r.data.Series[i], r.data.Beside[i]))
	}
	return most
}

// checkFuture refuses a column that no series has values of over the horizon.
// Where some have, the others do without it.
func (r *run) checkFuture() error {
	for k, name := range r.plan.Exogenous.Future {
		best, where := -1, 0
		for i := range r.data.Series {
			for _, c := range r.data.Beside[i] {
				if n := reach(c, len(r.data.Series[i].Y)); c.Column == name && n > best {
					best, where = n, i
				}
			}
		}
		if best >= r.plan.Horizon {
			continue
		}
		best = max(best, 0)
		s := &r.data.Series[where]
		hint := "add rows with the values and an empty target, or name the column in exogenous.historic"
		if best > 0 {
			hint = fmt.Sprintf("add rows with the values and an empty target, set horizon to at most %d, or name the column in exogenous.historic", best)
		}
		return &job.SpecError{Pointer: fmt.Sprintf("/exogenous/future/%d", k), Code: "future_exogenous_missing",
			Detail: fmt.Sprintf("%q has no value at %s%s; the forecast of %d steps needs it from %s to %s", name, r.label(s, len(s.Y)+best), r.ofSeries(s),
				r.plan.Horizon, r.label(s, len(s.Y)), r.label(s, len(s.Y)+r.plan.Horizon-1)), Hint: hint}
	}
	return nil
}

func (r *run) ofSeries(s *series.Series) string {
	if len(r.data.Series) == 1 {
		return ""
	}
	return fmt.Sprintf(" (series %q, which has the most)", s.Key)
}

// columns are everything known beside series i, over its history and horizon,
// and what had to be mended.
func (r *run) columns(i int) (columns []forecast.Column, warnings []forecast.Warning) {
	s := &r.data.Series[i]
	warnings = []forecast.Warning{}
	warn := func(code, detail string, args ...any) {
		warnings = append(warnings, forecast.Warning{Code: code, Detail: fmt.Sprintf(detail, args...)})
	}
	told := map[string]bool{} // columns of words come several times
	if r.plan.Exogenous != nil {
		for _, c := range r.data.Beside[i] {
			n := len(s.Y)
			historic := slices.Contains(r.plan.Exogenous.Historic, c.Column)
			known := slices.Clone(c.Values)
			first := firstMissing(known[:n])
			switch {
			case first == 0 && !slices.ContainsFunc(known[:n], finite):
				if !told[c.Column] {
					warn("columns_unused", "Left out: %s (it has no value in this series).", c.Column)
				}
			case !historic && reach(c, n) < r.plan.Horizon:
				if !told[c.Column] {
					warn("future_exogenous_missing", "Left out: %s (it has no value at %s).", c.Column, r.label(s, n+reach(c, n)))
				}
			default:
				if gaps := fillColumn(known[:n], c.Category == ""); gaps > 0 && !told[c.Column] {
					warn("exogenous_filled", "%s has no value at %d of %d steps, first at %s; they were filled in from their neighbours.", c.Column, gaps, n, r.label(s, first))
				}
				columns = append(columns, r.column(c.Name(), known, n, historic))
			}
			told[c.Column] = true
		}
	}
	if r.plan.Holidays != nil {
		columns = append(columns, r.occasions(s)...)
	}
	return columns, warnings
}

// column is a column over history and horizon. What is known up to now alone
// enters as it was one horizon earlier: the latest value that the last step of
// the forecast can know.
func (r *run) column(name string, known []float64, n int, historic bool) forecast.Column {
	h := r.plan.Horizon
	if !historic {
		return forecast.Column{Name: name, Values: known[:n+h]}
	}
	values := make([]float64, n+h)
	for t := range values {
		values[t] = known[max(t-h, 0)]
	}
	return forecast.Column{Name: fmt.Sprintf("%s (%d steps before)", name, h), Values: values}
}

// What stands beside one series is bounded: in memory, and in the time that it
// takes to choose from it.
const (
	mostColumns      = 1000
	mostColumnValues = 32 << 20
	eachCalendar     = 20 // columns of a country, about
)

// checkBeside refuses more columns beside a series than it bears.
func (r *run) checkBeside() error {
	occasions := 0
	if h := r.plan.Holidays; h != nil {
		occasions = eachCalendar * len(h.Countries)
		for _, e := range h.Events {
			occasions += 1 + e.Before + e.After
		}
	}
	for i := range r.data.Series {
		n, steps := occasions, len(r.data.Series[i].Y)+r.plan.Horizon
		if r.plan.Exogenous != nil {
			n += len(r.data.Beside[i])
		}
		if n <= mostColumns && n*steps <= mostColumnValues {
			continue
		}
		pointer := "/exogenous"
		if 2*occasions > n {
			pointer = "/holidays"
		}
		return &job.SpecError{Pointer: pointer, Code: "invalid_field", Hint: fmt.Sprintf("name at most %d columns and occasions: each day before and after an event is one, each country about %d",
			min(mostColumns, mostColumnValues/steps), eachCalendar),
			Detail: fmt.Sprintf("%d columns and occasions beside a series of %d steps are too many", n, steps)}
	}
	return nil
}

// mostPathValues bounds what sample paths add to output.json.
const mostPathValues = 5_000_000

func (r *run) checkPaths() error {
	each := r.plan.Horizon * len(r.data.Series)
	if r.plan.Paths*each <= mostPathValues {
		return nil
	}
	hint := "leave n_paths out"
	if most := mostPathValues / each; most > 0 {
		hint = fmt.Sprintf("ask for at most %d paths", most)
	}
	return &job.SpecError{Pointer: "/n_paths", Code: "invalid_field", Hint: hint,
		Detail: fmt.Sprintf("%d paths of %d steps for %d series are more than %d values", r.plan.Paths, r.plan.Horizon, len(r.data.Series), mostPathValues)}
}

func finite(v float64) bool { return !math.IsNaN(v) }

func firstMissing(v []float64) int { return slices.IndexFunc(v, math.IsNaN) }

// fillColumn fills missing values, numbers by straight lines, words by the one
// before, and returns how many there were.
func fillColumn(v []float64, numbers bool) int {
	filled, last := 0, -1
	for t := range v {
		if math.IsNaN(v[t]) {
			filled++
			continue
		}
		for i := last + 1; i < t; i++ {
			switch {
			case last < 0:
				v[i] = v[t]
			case numbers:
				v[i] = v[last] + (v[t]-v[last])*float64(i-last)/float64(t-last)
			default:
				v[i] = v[last]
			}
		}
		last = t
	}
	for i := last + 1; i < len(v) && last >= 0; i++ {
		v[i] = v[last]
	}
	return filled
}
