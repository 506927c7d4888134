package backtest

import (
	"context"
	"fmt"

	"github.com/pgcast/pgcast/forecast/metrics"
	"github.com/pgcast/pgcast/forecast/model"
)

// Fold is one cutoff's forecast beside what came.
type Fold struct {
	Train    []float64 // as observed: NaN where a gap was filled
	Actual   []float64 // as observed
	Forecast model.Forecast
}

// Run forecasts every fold of the plan with m. The models see t.Y; observed is
// the same history with NaN where t.Y was filled in, because a filled value
// proves nothing. The error is m's own at the first fold it cannot forecast.
func Run(ctx context.Context, m model.Model, t model.Task, observed []float64, p Plan) ([]Fold, error) {
	var folds []Fold
	for _, cut := range p.Cutoffs(len(t.Y)) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		task := t
		task.Y, task.Horizon = t.Y[:cut], p.Horizon
		f, err := m.Forecast(ctx, task)
		if err != nil {
			return nil, fmt.Errorf("forecast from step %d: %w", cut, err)
		}
		folds = append(folds, Fold{
			Train:    observed[:cut],
			Actual:   observed[cut : cut+p.Horizon],
			Forecast: f,
		})
	}
	return folds, nil
}

// Score averages the folds' errors. Folds without an observed value count for
// nothing.
func Score(folds []Fold, season int) metrics.Errors {
	var errs []metrics.Errors
	for _, f := range folds {
		if e := metrics.Compare(f.Train, season, f.Actual, f.Forecast.Mean); e.N > 0 {
			errs = append(errs, e)
		}
	}
	return metrics.Mean(errs)
}

// Coverage is the share of all folds' actuals between two quantile rows of the
// forecasts; NaN when nothing was observed.
func Coverage(folds []Fold, lower, upper int) float64 {
	var actual, low, high []float64
	for _, f := range folds {
		actual = append(actual, f.Actual...)
		low = append(low, f.Forecast.Quantiles[lower]...)
		high = append(high, f.Forecast.Quantiles[upper]...)
	}
	share, _ := metrics.Coverage(actual, low, high)
	return share
}

// Combine blends the folds of several models that ran through the same plan.
// blend is told how many values each fold's forecasts were made from.
func Combine(members [][]Fold, blend func(cut int, members []model.Forecast) model.Forecast) []Fold {
	folds := make([]Fold, len(members[0]))
	for i := range folds {
		forecasts := make([]model.Forecast, len(members))
		for j := range members {
			forecasts[j] = members[j][i].Forecast
		}
		folds[i] = members[0][i]
		folds[i].Forecast = blend(len(folds[i].Train), forecasts)
	}
	return folds
}
