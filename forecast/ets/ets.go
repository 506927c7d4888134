// Package ets is exponential smoothing in its state-space form: fifteen forms
// of error, trend and season, fitted by likelihood with exact gradients,
// averaged by AICc.
//
// Hyndman, Koehler, Snyder & Grose (2002), "A state space framework for
// automatic forecasting using exponential smoothing methods", IJF 18(3);
// Hyndman, Koehler, Ord & Snyder (2008), "Forecasting with Exponential
// Smoothing".
package ets

import (
	"context"
	"fmt"
	"math"

	"github.com/pgcast/pgcast/forecast/akaike"
	"github.com/pgcast/pgcast/forecast/model"
)

// Auto fits its forms and averages their forecasts, those of lower AICc with
// more weight.
type Auto struct {
	Label string          // the model's name; "" is "ets"
	Allow func(Form) bool // which of [Forms] may take part; nil: all
}

var _ model.Model = Auto{}

// Name returns the label.
func (a Auto) Name() string {
	if a.Label == "" {
		return "ets"
	}
	return a.Label
}

// Forecast needs five values.
func (a Auto) Forecast(ctx context.Context, t model.Task) (model.Forecast, error) {
	return akaike.Deseasoned(t, func(y []float64, m int) ([]akaike.Form, error) { return a.fits(ctx, y, m) })
}

// fits estimates every form that suits y, whose season has m steps; at least
// one.
func (a Auto) fits(ctx context.Context, y []float64, m int) ([]akaike.Form, error) {
	positive := true
	for _, v := range y {
		positive = positive && v > 0
	}
	var fits []akaike.Form
	var first error
	undamped := map[Form]*Fit{}
	for _, form := range Forms() {
		switch {
		case a.Allow != nil && !a.Allow(form),
			form.positiveOnly() && !positive,
			form.Season != None && (m < 2 || len(y) <= m):
			continue
		}
		plain := form
		plain.Damped = false
		var related []*Fit
		if f := undamped[plain]; form.Damped && f != nil {
			related = []*Fit{f}
		}
		fit, err := fitFrom(ctx, form, y, m, steady, related)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			if first == nil {
				first = err
			}
			continue
		}
		undamped[form] = fit
		fits = append(fits, akaike.Form{Name: form.String(), AICc: fit.AICc, Forecast: fit.Forecast})
	}
	switch {
	case len(fits) > 0:
		return fits, nil
	case first == nil:
		first = model.Unsuitable("no form of ETS suits %d values with a season of %d", len(y), m)
	}
	return nil, first
}

// params names the smoothing parameters and the indices that are pure numbers.
func (f *Fit) params() (params, amounts map[string]float64) {
	v := &f.start
	params = map[string]float64{"alpha": v.alpha}
	amounts = map[string]float64{"l": v.level}
	if f.Form.Trend != None {
		params["beta"] = v.beta
		amounts["b"] = v.slope
	}
	if f.Form.Damped {
		params["phi"] = v.phi
	}
	if f.Form.Season != None {
		params["gamma"] = v.gamma
	}
	sigma := math.Sqrt(f.Sigma2)
	if f.Form.Error == Multiplicative {
		params["sigma"] = sigma
	} else {
		amounts["sigma"] = sigma
	}
	for i, s := range v.season {
		name := fmt.Sprintf("s%d", i+1)
		if f.Form.Season == Multiplicative {
			params[name] = s
		} else {
			amounts[name] = s
		}
	}
	return params, amounts
}
