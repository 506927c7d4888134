// Package theta holds the Theta method and its best descendant, the dynamic
// optimised Theta model. Both take a tested seasonal pattern off first and put
// it back at the end.
package theta

import (
	"context"
	"math"

	"github.com/pgcast/pgcast/forecast/decompose"
	"github.com/pgcast/pgcast/forecast/model"
)

var (
	_ model.Model = Standard{}
	_ model.Model = DynamicOptimised{}
)

// Standard is the Theta method that won the M3 competition: simple exponential
// smoothing with a drift of half the slope of the regression line.
//
// Assimakopoulos & Nikolopoulos (2000), "The theta model", IJF 16(4); in the
// form of Hyndman & Billah (2003), "Unmasking the Theta method", IJF 19(2).
type Standard struct{}

// Name returns "theta".
func (Standard) Name() string { return "theta" }

// Forecast needs three values.
func (Standard) Forecast(_ context.Context, t model.Task) (model.Forecast, error) {
	n := len(t.Y)
	if n < 3 {
		return model.Forecast{}, model.Unsuitable("theta needs 3 values, there are %d", n)
	}
	pattern := season(t)
	y := pattern.Adjust(t.Y)
	alpha, start := bestSES(y, 0.0001, 0.9999)
	fitted := make([]float64, n)
	sse, level := ses(y, alpha, start, fitted)
	drift := slope(y) / 2
	damp := func(steps int) float64 { return (1 - math.Pow(1-alpha, float64(steps))) / alpha }

	mean, sd := make([]float64, t.Horizon), make([]float64, t.Horizon)
	sigma := math.Sqrt(sse / float64(max(n-2, 1)))
	for h := range mean {
		mean[h] = level + drift*(float64(h)+damp(n))
		sd[h] = sigma * math.Sqrt(float64(h)*alpha*alpha+1)
	}
	for i := range fitted {
		fitted[i] += drift * damp(i)
	}
	return finish(t, pattern, model.Forecast{
		Spec:    "Theta" + suffix(pattern),
		Params:  map[string]float64{"alpha": alpha},
		Amounts: map[string]float64{"drift": drift, "l": start, "sigma": sigma},
		Mean:    mean,
		Fitted:  fitted,
	}, sd), nil
}

// season estimates the pattern of a history that passes the seasonal test.
func season(t model.Task) decompose.Pattern {
	if !decompose.Seasonal(t.Y, t.Season) {
		return decompose.Pattern{}
	}
	return decompose.Classical(t.Y, t.Season)
}

func suffix(p decompose.Pattern) string {
	switch {
	case len(p.Index) == 0:
		return ""
	case p.Multiplicative:
		return " (multiplicative season)"
	}
	return " (additive season)"
}

// finish adds the quantiles and puts the seasonal pattern back.
func finish(t model.Task, p decompose.Pattern, f model.Forecast, sd []float64) model.Forecast {
	f.Quantiles = model.NormalQuantiles(f.Mean, sd, t.Probs)
	for _, row := range f.Quantiles {
		p.Restore(row, len(t.Y))
	}
	p.Restore(f.Mean, len(t.Y))
	p.Restore(f.Fitted, 0)
	return f
}

// slope is the least-squares slope of y on 0, 1, 2, …
func slope(y []float64) float64 {
	n := float64(len(y))
	middle := (n - 1) / 2
	num := 0.0
	for t, v := range y {
		num += (float64(t) - middle) * v
	}
	return num * 12 / (n * (n*n - 1))
}
