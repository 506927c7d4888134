package main

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/pgcast/pgcast/forecast/arima"
	"github.com/pgcast/pgcast/forecast/ets"
	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/modeltest"
	"github.com/pgcast/pgcast/forecast/theta"
)

// comparison is a fit of R's and ours of the same model.
type comparison struct {
	Figure string   `json:"figure"`
	Series string   `json:"series"`
	Model  string   `json:"model"`
	LogLik *float64 `json:"loglik,omitempty"` // ours; nil where the method has none
	Above  *float64 `json:"above,omitempty"`  // how much it is above R's
	Off    float64  `json:"off"`              // the largest distance of a forecast from R's, relative
	Given  *float64 `json:"given,omitempty"`  // the same, with R's parameters instead of ours
}

// fidelity fits the models that R chose for well-known series, whose fits lie
// beside them, and compares.
func fidelity(ctx context.Context, s settings) error {
	all, err := modeltest.ReadClassics(s.classics())
	if err != nil {
		return err
	}
	worst := map[string]*extremes{"ets": {}, "auto.arima": {}, "thetaf": {}}
	for _, c := range all {
		for _, r := range c.Fits {
			w := worst[r.Method]
			if w == nil {
				continue
			}
			line, err := fit(ctx, c, r)
			if err != nil {
				return fmt.Errorf("%s %s: %w", c.Name, r.Spec, err)
			}
			w.add(line)
			if err := show(line); err != nil {
				return err
			}
		}
	}
	e, a, t := worst["ets"], worst["auto.arima"], worst["thetaf"]
	for _, f := range []figure{
		atLeast("fidelity_ets_loglik", e.least, -0.1).over(e),
		atMost("fidelity_arima_loglik", max(a.most, -a.least), 0.1).over(a),
		atMost("fidelity_ets_forecasts", e.given, 0.01).over(e).estimated(e),
		atMost("fidelity_arima_forecasts", a.off, 0.01).over(a),
		atMost("fidelity_theta_forecasts", t.off, 0.01).over(t),
	} {
		if err := f.print(); err != nil {
			return err
		}
	}
	return nil
}

// extremes are the worst of several comparisons.
type extremes struct {
	fits        int
	least, most float64 // log likelihood above R's
	off, given  float64
	far         []string // series whose forecasts are more than 1 % off
}

func (e *extremes) add(c comparison) {
	if e.fits++; c.Above != nil {
		if e.fits == 1 {
			e.least, e.most = *c.Above, *c.Above
		}
		e.least, e.most = min(e.least, *c.Above), max(e.most, *c.Above)
	}
	e.off = max(e.off, c.Off)
	if c.Given != nil {
		e.given = max(e.given, *c.Given)
	}
	if c.Off > 0.01 {
		e.far = append(e.far, c.Series)
	}
}

// over says what a figure is the worst of.
func (f figure) over(e *extremes) figure {
	f.Of = map[string]any{"fits": e.fits}
	return f
}

// estimated tells how far the forecasts are from R's where the parameters are
// not R's but our own, of higher likelihood.
func (f figure) estimated(e *extremes) figure {
	f.Note = "with R's parameters"
	f.Of["off_with_ours"], f.Of["far_with_ours"] = e.off, e.far
	return f
}

// fit is R's model, estimated by us.
func fit(ctx context.Context, c modeltest.Classic, r modeltest.Reference) (comparison, error) {
	out := comparison{Figure: "fidelity", Series: c.Name, Model: r.Spec}
	likelihood := func(ll float64) {
		above := digits(ll - r.LogLik)
		out.LogLik, out.Above = &ll, &above
	}
	var f model.Forecast
	switch r.Method {
	case "ets":
		form, err := formOf(r.Spec)
		if err != nil {
			return out, err
		}
		fit, err := ets.FitForm(ctx, form, longest(c.Train), c.Period) // R takes the longest stretch without a gap
		if err != nil {
			return out, err
		}
		likelihood(fit.LogLik)
		f = fit.Forecast(c.Horizon, nil)
		same := ets.At(form, startOf(form, r, c.Period), longest(c.Train), c.Period)
		given := off(same.Forecast(c.Horizon, nil).Mean, r.Mean)
		out.Given = &given
	case "auto.arima":
		order, err := orderOf(r.Spec)
		if err != nil {
			return out, err
		}
		fit, err := arima.FitOrder(ctx, c.Train, order)
		if err != nil {
			return out, err
		}
		likelihood(fit.LogLik)
		f = fit.Forecast(c.Horizon, nil)
	default:
		var err error
		if f, err = (theta.Standard{}).Forecast(ctx, model.Task{Y: longest(c.Train), Season: c.Period, Horizon: c.Horizon}); err != nil {
			return out, err
		}
	}
	out.Off = off(f.Mean, r.Mean)
	return out, nil
}

// off is the largest relative distance.
func off(mean, theirs []float64) float64 {
	most := 0.0
	for h, v := range theirs {
		most = max(most, math.Abs(mean[h]/v-1))
	}
	return digits(most)
}

// longest is the longest stretch of y without a missing value.
func longest(y []float64) []float64 {
	var best []float64
	start := 0
	for i := range len(y) + 1 {
		if i < len(y) && !math.IsNaN(y[i]) {
			continue
		}
		if i-start > len(best) {
			best = y[start:i]
		}
		start = i + 1
	}
	return best
}

func formOf(spec string) (ets.Form, error) {
	for _, form := range ets.Forms() {
		if form.String() == spec {
			return form, nil
		}
	}
	return ets.Form{}, fmt.Errorf("%s is none of our forms", spec)
}

// orderOf reads R's name of an ARIMA model.
func orderOf(spec string) (arima.Order, error) {
	var o arima.Order
	if n, _ := fmt.Sscanf(spec, "ARIMA(%d,%d,%d)(%d,%d,%d)[%d]", &o.P, &o.D, &o.Q, &o.SP, &o.SD, &o.SQ, &o.M); n != 3 && n != 7 {
		return o, fmt.Errorf("%q is no ARIMA", spec)
	}
	o.Constant = strings.HasSuffix(spec, "non-zero mean") || strings.HasSuffix(spec, "drift")
	return o, nil
}

// startOf is what R's fit of a form runs with.
func startOf(form ets.Form, r modeltest.Reference, m int) ets.Start {
	p, total := r.Params, 0.0
	if form.Season == ets.Multiplicative {
		total = float64(m)
	}
	return ets.Start{
		Alpha: p["alpha"], Beta: p["beta"], Gamma: p["gamma"], Phi: p["phi"],
		Level: p["l"], Slope: p["b"], Season: r.Season(m, total),
	}
}
