// Package arima is the family of seasonal autoregressive integrated moving
// average models: exact maximum likelihood, orders chosen by AICc.
//
// Box & Jenkins (1976), "Time Series Analysis: Forecasting and Control";
// Hyndman & Khandakar (2008), "Automatic time series forecasting: the forecast
// package for R", J. Statistical Software 27(3).
package arima

import (
	"context"

	"github.com/pgcast/pgcast/forecast/model"
)

// Auto chooses among the orders.
type Auto struct{}

var _ model.Model = Auto{}

// Name returns "arima".
func (Auto) Name() string { return "arima" }

// shortest is the least history that gives more than noise.
const shortest = 3

// Forecast needs three values.
func (a Auto) Forecast(ctx context.Context, t model.Task) (model.Forecast, error) {
	f, err := a.Choose(ctx, t.Y, t.Season)
	if err != nil {
		return model.Forecast{}, err
	}
	return f.Forecast(t.Horizon, t.Probs), nil
}

// Choose returns the fit of least AICc for y, NaN where missing, whose season
// has m steps.
func (a Auto) Choose(ctx context.Context, y []float64, m int) (*Fit, error) {
	d := newDesign(y, nil)
	if n := len(y) - len(d.missing); n < shortest || len(d.missing) > mostMissing {
		return nil, model.Unsuitable("ARIMA takes %d values and at most %d missing ones, this history has %d and %d", shortest, mostMissing, n, len(d.missing))
	}
	if len(y) <= m {
		m = 1
	}
	f, err := d.choose(ctx, max(m, 1))
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, model.Unsuitable("no ARIMA model suits the series")
	}
	return f, nil
}
