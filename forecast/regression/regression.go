// Package regression is linear regression with ARIMA errors: columns known
// beside the series, and sine waves for long or several seasons.
//
// Hyndman & Athanasopoulos, "Forecasting: Principles and Practice" (3rd ed.),
// chapter 10 and section 12.1.
package regression

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/pgcast/pgcast/forecast/arima"
	"github.com/pgcast/pgcast/forecast/model"
)

// Column is a series that helps to explain another one and whose future is
// known: a price, a holiday, a promotion.
type Column struct {
	Name   string
	Values []float64 // from the task's first step on, through its horizon at least; finite
}

// Model is linear regression on its columns with ARIMA errors, both estimated
// by exact likelihood.
type Model struct{ *Estimator }

// New returns the model for columns.
func New(columns ...Column) Model { return Model{&Estimator{Columns: columns}} }

var (
	_ model.Model = Model{}
	_ model.Model = Adjusted{}
)

// Name returns "regression".
func (Model) Name() string { return "regression" }

// shortest is the least history that says anything about a column.
const shortest = 8

// LongestSeason is how many steps a season may have that the errors carry;
// longer ones become waves.
const LongestSeason = 24

// Forecast needs a column or a season that is longer than a day of hours.
// Columns that explain nothing are left out.
func (m Model) Forecast(ctx context.Context, t model.Task) (model.Forecast, error) {
	n := len(t.Y)
	d := design{n: n, h: t.Horizon}
	for _, c := range m.Columns {
		if len(c.Values) < n+t.Horizon {
			return model.Forecast{}, model.Unsuitable("column %s ends before the forecast does", c.Name)
		}
	}
	season, long := seasons(t)
	if len(m.Columns) == 0 && len(long) == 0 {
		return model.Forecast{}, model.Unsuitable("there is no column to explain the series by, nor a long season")
	}
	if n < shortest {
		return model.Forecast{}, model.Unsuitable("%d values are too few for a regression", n)
	}
	e, err := m.Effects(ctx, t)
	if err != nil {
		return model.Forecast{}, err
	}
	for _, i := range e.kept {
		d.add(m.Columns[i].Name, m.Columns[i].Values[:n+t.Horizon])
	}
	rest := m.Rest(e, t)
	waves := d.addWaves(t.Y, long)
	if waves > 0 {
		if rest, err = d.explain(t.Y); err != nil {
			return model.Forecast{}, err
		}
	}
	form, err := arima.Auto{}.Choose(ctx, rest, season)
	if err != nil {
		return model.Forecast{}, err
	}
	order := form.Order
	order.Constant = order.Constant || order.D+order.SD == 0 // the rest has no mean, the series has
	fit, err := arima.FitRegression(ctx, t.Y, d.past(), order)
	if err != nil {
		return model.Forecast{}, err
	}
	f := fit.Forecast(t.Horizon, t.Probs, d.future()...)
	m.carry(&f, e, t, false)
	f.Spec = spec(m.names(e), waves, f.Spec)
	d.rename(f.Amounts)
	return f, nil
}

// held are the seasons of the task that its history holds twice.
func held(t model.Task) []int {
	all := t.Seasons
	if len(all) == 0 {
		all = []int{t.Season}
	}
	var out []int
	for _, m := range all {
		if m >= 2 && 2*m <= len(t.Y) {
			out = append(out, m)
		}
	}
	return out
}

// seasons returns the season the errors carry, 1 for none, and those that
// waves do: all of them when there are several, or one is long.
func seasons(t model.Task) (errors int, long []int) {
	all := held(t)
	switch {
	case len(all) == 0:
		return 1, nil
	case len(all) == 1 && all[0] <= LongestSeason:
		return all[0], nil
	}
	return 1, all
}

// spec tells the form in words.
func spec(columns string, waves int, errors string) string {
	var on []string
	if columns != "" {
		on = append(on, columns)
	}
	if waves > 0 {
		on = append(on, fmt.Sprintf("%d waves", waves))
	}
	if len(on) == 0 {
		return errors
	}
	return fmt.Sprintf("regression on %s with %s errors", strings.Join(on, ", "), errors)
}

// design is the columns, past and future.
type design struct {
	n, h  int
	names []string
	all   [][]float64 // n+h values each
}

func (d *design) add(name string, values []float64) {
	d.names, d.all = append(d.names, name), append(d.all, values)
}

func (d *design) past() [][]float64 {
	out := make([][]float64, len(d.all))
	for i, x := range d.all {
		out[i] = x[:d.n]
	}
	return out
}

func (d *design) future() [][]float64 {
	out := make([][]float64, len(d.all))
	for i, x := range d.all {
		out[i] = x[d.n:]
	}
	return out
}

// explain returns y without what the columns explain, for a choice of orders:
// the columns' coefficients are those of a regression of the differences,
// which a trend does not mislead.
func (d *design) explain(y []float64) ([]float64, error) {
	columns := make([][]float64, len(d.all))
	for i, x := range d.past() {
		columns[i] = difference(x)
	}
	path := newPath(difference(y), columns)
	rest := append([]float64(nil), y...)
	for i, b := range path.coefficients() {
		for t := range rest {
			rest[t] -= b * d.all[i][t]
		}
	}
	for _, v := range rest {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, model.Unsuitable("the columns do not explain the series in numbers")
		}
	}
	return rest, nil
}

// rename gives the coefficients their columns' names, "x." in front.
func (d *design) rename(amounts map[string]float64) {
	for i, name := range d.names {
		key := fmt.Sprintf("x%d", i+1)
		v := amounts[key]
		delete(amounts, key)
		amounts["x."+name] = v
	}
}
