package forecast

import (
	"math"
	"slices"
	"strconv"

	"github.com/pgcast/pgcast/forecast/backtest"
	"github.com/pgcast/pgcast/forecast/conformal"
	"github.com/pgcast/pgcast/forecast/metrics"
	"github.com/pgcast/pgcast/forecast/model"
)

// result brings a forecast back to the units of the series and writes the
// report around it.
func (r *run) result(f model.Forecast, chosen, used string) Result {
	h := r.history
	res := Result{
		Selected:   Selected{Model: used, Spec: f.Spec, Params: r.params(f), Reason: r.reason(chosen, used), Columns: r.tellEffects(r.options.Columns), SeasonLength: h.season},
		Mean:       r.emit(f.Mean[h.ahead:]),
		Levels:     []Band{},
		Quantiles:  []Quantile{},
		Paths:      r.paths(f, r.key),
		Values:     numbers(h.values),
		Fitted:     r.fitted(f),
		Backtest:   r.leaderboard(),
		Metrics:    r.metrics(used),
		GapsFilled: h.filled,
	}
	res.Selected.Members = r.members(f, res.Selected.Params)
	r.explain(&res)
	if used != chosen {
		res.Selected.FallbackFrom = chosen
		h.warn("fallback", "%s", res.Selected.Reason)
	}
	if r.cut {
		if used != r.options.Model {
			res.Selected.FallbackFrom = r.options.Model
		}
		h.warn("deadline_cut", "The deadline ended the search for a better model; this is the best that was found by then.")
	}
	for _, level := range r.options.Levels {
		res.Levels = append(res.Levels, r.band(f, level, res.Mean))
	}
	for _, q := range r.options.Quantiles {
		res.Quantiles = append(res.Quantiles, Quantile{Q: q, Values: r.emit(f.Quantiles[r.row(q)][h.ahead:])})
	}
	r.judge(used)
	res.Warnings = append([]Warning{}, h.warnings...)
	return res
}

// judge warns of what a reader should know before trusting the forecast.
func (r *run) judge(used string) {
	e := r.entries[used]
	switch {
	case r.plan.Folds == 0:
		r.history.warn("no_backtest", "The series is too short to test the forecast on it.")
		return
	case r.plan.Horizon < r.options.Horizon:
		r.history.warn("backtest_shortened", "The backtest looks %s ahead, the forecast %d.", count(r.plan.Horizon, "step"), r.options.Horizon)
	}
	if base := r.entries[baseline]; e != nil && base != nil && e.loss() > 1.05*base.loss() {
		r.history.warn("worse_than_seasonal_naive", "The model did worse than the seasonal naive in the backtest: %s.", against(e.loss(), base.loss(), r.folds()))
	}
}

// band is the interval of one level around the mean.
func (r *run) band(f model.Forecast, level float64, mean []Number) Band {
	low, high := tails(level)
	b := Band{
		Level: level,
		Lower: r.emit(f.Quantiles[r.row(low)][r.history.ahead:]),
		Upper: r.emit(f.Quantiles[r.row(high)][r.history.ahead:]),
	}
	for i, m := range mean {
		b.Lower[i], b.Upper[i] = min(b.Lower[i], m), max(b.Upper[i], m)
	}
	return b
}

// row finds the quantile row of a probability.
func (r *run) row(p float64) int {
	i, found := slices.BinarySearch(r.probs, p)
	if !found {
		panic("forecast: a probability nobody asked the models for")
	}
	return i
}

// emit scales values back and keeps them within the bounds.
func (r *run) emit(values []float64) []Number {
	low, high := r.options.bounds()
	out := make([]Number, len(values))
	for i, v := range values {
		out[i] = Number(min(max(r.unscale(v), low), high))
	}
	return out
}

func (r *run) unscale(v float64) float64 { return math.Ldexp(v, r.history.exponent) }

// fitted lays the fitted values over the whole series.
func (r *run) fitted(f model.Forecast) []Number {
	low, high := r.options.bounds()
	out := make([]Number, len(r.history.values))
	for i := range out {
		out[i] = Number(math.NaN())
	}
	if len(out) == 0 {
		return out
	}
	for i, v := range f.Fitted {
		if v = r.unscale(v); !math.IsNaN(v) && !math.IsInf(v, 0) {
			out[r.history.first+i] = Number(min(max(v, low), high))
		}
	}
	return out
}

func (r *run) params(f model.Forecast) map[string]float64 {
	out := map[string]float64{}
	for name, v := range f.Params {
		out[name] = v
	}
	for name, v := range f.Amounts {
		out[name] = min(max(r.unscale(v), -math.MaxFloat64), math.MaxFloat64)
	}
	return out
}

func numbers(v []float64) []Number {
	out := make([]Number, len(v))
	for i := range v {
		out[i] = Number(v[i])
	}
	return out
}

// leaderboard reports every candidate, best first.
func (r *run) leaderboard() Backtest {
	b := Backtest{Folds: r.plan.Folds, Horizon: r.plan.Horizon, StepSize: r.plan.Horizon, Cutoffs: []int{}, Leaderboard: []Score{}}
	for _, cut := range r.plan.Cutoffs(len(r.task.Y)) {
		b.Cutoffs = append(b.Cutoffs, r.history.first+cut-1)
	}
	for i, e := range r.order {
		s := Score{Model: e.name, Rank: i + 1, Metrics: r.metrics(e.name), Windows: r.windows(e), Coverage: map[string]Number{}, Status: "ok"}
		if e.err != nil {
			s.Status = e.err.Error()
		} else {
			folds := conformal.Folds(e.folds, r.probs, r.row(unitLower), r.row(unitUpper))
			for _, level := range r.options.Levels {
				low, high := tails(level)
				s.Coverage[strconv.FormatFloat(level, 'g', -1, 64)] = Number(backtest.Coverage(folds, r.row(low), r.row(high)))
			}
		}
		b.Leaderboard = append(b.Leaderboard, s)
	}
	return b
}

// windows are a candidate's errors fold by fold.
func (r *run) windows(e *entry) []Window {
	out := []Window{}
	for i := range e.folds {
		errs := backtest.Score(e.folds[i:i+1], r.history.season)
		out = append(out, Window{MAE: Number(r.unscale(errs.MAE)), MASE: Number(errs.MASE)})
	}
	return out
}

// metrics are a candidate's errors in the units of the series; all undefined
// when it was not tested.
func (r *run) metrics(name string) Metrics {
	e := r.entries[name]
	if e == nil || e.err != nil {
		return report(metrics.Mean(nil), math.NaN())
	}
	errors := e.errors
	errors.MAE, errors.RMSE, errors.Bias = r.unscale(errors.MAE), r.unscale(errors.RMSE), r.unscale(errors.Bias)
	skill := math.NaN()
	if base := r.entries[baseline]; base != nil && base.err == nil {
		skill = 1 - errors.MASE/base.errors.MASE
	}
	return report(errors, skill)
}

func report(e metrics.Errors, skill float64) Metrics {
	return Metrics{
		MAE: Number(e.MAE), RMSE: Number(e.RMSE), Bias: Number(e.Bias),
		MAPE: Number(e.MAPE), MAPESkipped: e.MAPESkipped, SMAPE: Number(e.SMAPE), WAPE: Number(e.WAPE),
		MASE: Number(e.MASE), RMSSE: Number(e.RMSSE), Skill: Number(skill),
	}
}
