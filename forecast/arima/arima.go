// Package arima is the family of seasonal autoregressive integrated moving
// average models: exact maximum likelihood, orders searched and averaged by AICc.
//
// Box & Jenkins (1976), "Time Series Analysis: Forecasting and Control";
// Hyndman & Khandakar (2008), "Automatic time series forecasting: the forecast
// package for R", J. Statistical Software 27(3).
package arima

import (
	"context"

	"github.com/pgcast/pgcast/forecast/akaike"
	"github.com/pgcast/pgcast/forecast/model"
)

// Auto searches the orders and averages the forecasts of the best ones, those
// of lower AICc with more weight.
type Auto struct{}

var _ model.Model = Auto{}

// Name returns "arima".
func (Auto) Name() string { return "arima" }

// shortest is the least history that gives more than noise.
const shortest = 3

// Forecast needs three values.
func (a Auto) Forecast(ctx context.Context, t model.Task) (model.Forecast, error) {
	fits, err := a.fits(ctx, t.Y, t.Season, together)
	if err != nil {
		return model.Forecast{}, err
	}
	var forms []akaike.Form
	for _, f := range fits {
		forms = append(forms, akaike.Form{Name: f.Order.String(), AICc: f.AICc, Forecast: func(h int, probs []float64) model.Forecast {
			return f.Forecast(h, probs)
		}})
	}
	return akaike.Blend(forms, t.Horizon, t.Probs), nil
}

// Choose returns the fit of least AICc for y, NaN where missing, whose season
// has m steps.
func (a Auto) Choose(ctx context.Context, y []float64, m int) (*Fit, error) {
	fits, err := a.fits(ctx, y, m, 1)
	if err != nil {
		return nil, err
	}
	return fits[0], nil
}

// fits returns the fits of the best orders, at least one and at most most.
func (a Auto) fits(ctx context.Context, y []float64, m, most int) ([]*Fit, error) {
	d := newDesign(y, nil)
	if n := len(y) - len(d.missing); n < shortest || len(d.missing) > mostMissing {
		return nil, model.Unsuitable("ARIMA takes %d values and at most %d missing ones, this history has %d and %d", shortest, mostMissing, n, len(d.missing))
	}
	if len(y) <= m {
		m = 1
	}
	fits, err := d.choose(ctx, max(m, 1), most)
	if err != nil {
		return nil, err
	}
	if len(fits) == 0 {
		return nil, model.Unsuitable("no ARIMA model suits the series")
	}
	return fits, nil
}
