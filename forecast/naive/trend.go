package naive

import (
	"context"
	"math"

	"github.com/pgcast/pgcast/forecast/model"
)

// Drift continues the line from the first to the last value.
type Drift struct{}

// Name returns "drift".
func (Drift) Name() string { return "drift" }

// Forecast continues the line; the standard error is σ·√(h·(1 + h/(n−1))).
func (Drift) Forecast(_ context.Context, t model.Task) (model.Forecast, error) {
	n := len(t.Y)
	slope := 0.0
	if n > 1 {
		slope = (t.Y[n-1] - t.Y[0]) / float64(n-1)
	}
	fitted := blank(n)
	for i := 1; i < n; i++ {
		fitted[i] = t.Y[i-1] + slope
	}
	sigma := model.ResidualSD(model.Residuals(t.Y, fitted), 1)
	mean, sd := make([]float64, t.Horizon), make([]float64, t.Horizon)
	for i := range mean {
		h := float64(i + 1)
		mean[i] = t.Y[n-1] + slope*h
		sd[i] = sigma * math.Sqrt(h*(1+h/float64(max(n-1, 1))))
	}
	return model.Forecast{
		Spec:      "random walk with drift",
		Amounts:   map[string]float64{"drift": slope, "sigma": sigma},
		Mean:      mean,
		Quantiles: model.NormalQuantiles(mean, sd, t.Probs),
		Fitted:    fitted,
	}, nil
}

// Mean forecasts the average of the history.
type Mean struct{}

// Name returns "mean".
func (Mean) Name() string { return "mean" }

// Forecast repeats the mean; the standard error is σ·√(1 + 1/n) at every step.
func (Mean) Forecast(_ context.Context, t model.Task) (model.Forecast, error) {
	n := len(t.Y)
	level := average(t.Y)
	fitted := make([]float64, n)
	for i := range fitted {
		fitted[i] = level
	}
	sigma := model.ResidualSD(model.Residuals(t.Y, fitted), 1)
	mean, sd := make([]float64, t.Horizon), make([]float64, t.Horizon)
	for h := range mean {
		mean[h], sd[h] = level, sigma*math.Sqrt(1+1/float64(n))
	}
	return model.Forecast{
		Spec:      "mean",
		Amounts:   map[string]float64{"mean": level, "sigma": sigma},
		Mean:      mean,
		Quantiles: model.NormalQuantiles(mean, sd, t.Probs),
		Fitted:    fitted,
	}, nil
}

// average is the mean as a running update, which cannot overflow and keeps a
// constant exact.
func average(y []float64) float64 {
	mean := 0.0
	for i, v := range y {
		mean += (v - mean) / float64(i+1)
	}
	return mean
}
