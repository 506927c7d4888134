package forecast

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pgcast/pgcast/forecast/arima"
	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/regression"
)

// Column is something known beside a series, past and future, that helps to
// explain it: a price, a promotion, a holiday.
type Column struct {
	Name     string
	Values   []float64 // from the first step of the series through its horizon; finite
	Optional bool      // may turn out to explain nothing without a warning
}

// Effect is what a column was found to do to the series.
type Effect struct {
	Column string `json:"column"`
	Effect Number `json:"effect"`    // change of the series per unit of the column; null when it is left out
	Error  Number `json:"std_error"` // of the effect
	Status string `json:"status"`    // "used", or why it is left out
}

// plain ends the name of a candidate that does without the columns.
const plain = "_without_columns"

// renamed is a model by the name of the one it stands for.
type renamed struct {
	model.Model
	name string
}

func (m renamed) Name() string { return m.name }

// adjustedBaseline is the baseline on the series without what the columns
// explain: what the ensemble leans to where there are columns.
const adjustedBaseline = "adjusted_" + baseline

// unadjusted are the methods that columns have no part in: the baseline, so
// that it stays the same for everybody, and those for demand now and then,
// which know no values below zero.
func unadjusted(name string) bool {
	return name == baseline || slices.Contains(demand(), name)
}

// know gives the run the columns beside the series, if the method asked for
// takes them and any explains the series. When the deadline ends the search for
// those, limited, the run goes on without.
func (r *run) know(ctx, limited context.Context, columns []Column) error {
	if len(columns) == 0 {
		return nil
	}
	steps := len(r.history.values) + r.options.Horizon
	for _, c := range columns {
		if len(c.Values) < steps || slices.ContainsFunc(c.Values[:steps], unknown) {
			return fmt.Errorf("forecast: column %q has no value at one of the %d steps", c.Name, steps)
		}
	}
	if r.kind == seldom && r.options.Model == "auto" || unadjusted(r.options.Model) {
		r.history.warn("columns_unused", "Columns beside the series are not used: methods for demand now and then, and the seasonal naive, do without.")
		return nil
	}
	if len(r.history.values) == 0 || len(r.task.Y) < 2 {
		return nil
	}
	known := &regression.Estimator{}
	for _, c := range columns {
		known.Columns = append(known.Columns, regression.Column{Name: c.Name, Values: r.history.beside(c.Values, r.options.Horizon)})
	}
	found, err := known.Effects(limited, r.task)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.effects, r.cut = *found, err != nil
	r.warnOfUnused(columns)
	if found.Used() {
		r.columns = known
	}
	return nil
}

func unknown(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }

// beside cuts the values of a column to the steps that the models see.
func (h *history) beside(values []float64, horizon int) []float64 {
	end := len(h.values)
	out := slices.Clone(values[h.first : h.first+len(h.y)])
	return append(out, values[end-h.ahead:end+horizon]...)
}

func (r *run) warnOfUnused(columns []Column) {
	var left []string
	for i, e := range r.effects.All {
		if e.Why != "" && !columns[i].Optional {
			left = append(left, fmt.Sprintf("%s (%s)", columns[i].Name, e.Why))
		}
	}
	if len(left) > 0 {
		r.history.warn("columns_unused", "Left out: %s.", strings.Join(left, ", "))
	}
}

// model returns the model of that name, on the series without what the columns
// explain. ARIMA is estimated together with the columns where its season allows.
func (r *run) model(name string) model.Model {
	own, without := strings.CutSuffix(name, plain)
	switch {
	case name == adjustedBaseline:
		return r.adjusted(baseline)
	case r.columns == nil || without || unadjusted(own):
		return byName(own)
	}
	joint := regression.Model{Estimator: r.columns}
	switch {
	case own == joint.Name():
		return joint
	case own == arima.Auto{}.Name() && r.task.Season <= regression.LongestSeason:
		return renamed{joint, own}
	case own == ensemble:
		return blended(r.model, r.adjusted(baseline))
	}
	return r.adjusted(own)
}

func (r *run) adjusted(name string) model.Model {
	return regression.Adjusted{Model: byName(name), Estimator: r.columns}
}

// tellEffects tells the effects in the units of the series.
func (r *run) tellEffects(columns []Column) []Effect {
	var out []Effect
	for i, e := range r.effects.All {
		told := Effect{Column: columns[i].Name, Effect: Number(math.NaN()), Error: Number(math.NaN()), Status: e.Why}
		if e.Why == "" {
			told.Effect, told.Error, told.Status = Number(r.unscale(e.Size)), Number(r.unscale(e.Error)), "used"
		}
		out = append(out, told)
	}
	return out
}
