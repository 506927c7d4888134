// Package lgt is exponential smoothing with a local and a global trend: the
// local one is the slope of late, the global one grows with a power of the
// level, from a constant step to a constant rate. Nothing is estimated as one
// number; forecasts are averaged over what the history leaves possible, which
// is what short histories need most.
//
// Smyl, Bergmeir, Dokumentov, Long, Wibowo & Schmidt (2025), "Local and global
// trend Bayesian exponential smoothing models", IJF 41(1), with the priors of
// the authors' package Rlgt, read in their units: see largest.
package lgt

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pgcast/pgcast/forecast/decompose"
	"github.com/pgcast/pgcast/forecast/model"
)

// Model is LGT. A season is taken off before and put back afterwards.
type Model struct{}

var _ model.Model = Model{}

// Name returns "lgt".
func (Model) Name() string { return "lgt" }

const (
	shortest = 4   // values that say something of a trend
	longest  = 200 // values at the end that the fit looks at: smoothing forgets the others
)

// Forecast needs four values, all positive.
func (Model) Forecast(ctx context.Context, t model.Task) (model.Forecast, error) {
	n := len(t.Y)
	if n < shortest {
		return model.Forecast{}, model.Unsuitable("LGT needs %d values, there are %d", shortest, n)
	}
	if slices.Min(t.Y) <= 0 {
		return model.Forecast{}, model.Unsuitable("LGT needs positive values")
	}
	pattern := season(t)
	y := pattern.Adjust(t.Y)
	late := y[max(0, n-longest):]
	if slices.Min(late) <= 0 {
		return model.Forecast{}, model.Unsuitable("LGT needs positive values, without the season they are not")
	}
	unit := slices.Max(late)
	p := newPosterior(late, unit)
	random := rand.New(rand.NewPCG(t.Seed, uint64(n)))
	draws, err := p.sample(ctx, random)
	if err != nil {
		return model.Forecast{}, err
	}
	f := p.describe(draws)
	f.Mean, f.Quantiles = p.ahead(draws, t.Horizon, t.Probs, random)
	f.Fitted = append(blank(n-len(late)), p.fitted(draws)...)
	f.scale(unit)
	for _, row := range append([][]float64{f.Mean}, f.Quantiles...) {
		pattern.Restore(row, n)
	}
	pattern.Restore(f.Fitted, 0)
	return f.Forecast, nil
}

// season estimates the pattern of a history that passes the seasonal test.
func season(t model.Task) decompose.Pattern {
	if !decompose.Seasonal(t.Y, t.Season) {
		return decompose.Pattern{}
	}
	return decompose.Classical(t.Y, t.Season)
}

func blank(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}

// answer is a forecast on its way, in units of the largest value.
type answer struct{ model.Forecast }

// scale brings the forecast back to the units of the history.
func (a *answer) scale(unit float64) {
	for _, row := range append([][]float64{a.Mean, a.Fitted}, a.Quantiles...) {
		for i := range row {
			row[i] *= unit
		}
	}
	for name := range a.Amounts {
		a.Amounts[name] *= unit
	}
}
