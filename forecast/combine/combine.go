// Package combine blends the forecasts of several models. Simple combinations
// beat their members on every collection they were measured on; see Bates &
// Granger (1969), "The combination of forecasts", and Petropoulos & Svetunkov
// (2020), "A simple combination of univariate models", IJF 36(1).
package combine

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/pgcast/pgcast/forecast/model"
)

// Mean is the weighted mean of the members' points, fitted values and quantiles
// (averaged per probability, as Lichtendahl, Grushka-Cockayne & Winkler (2013)
// do, "Is it better to average probabilities or quantiles?"). There is at
// least one member, and weights are positive; the parameters carry the member's
// name in front.
func Mean(names []string, members []model.Forecast, weights []float64) model.Forecast {
	var out model.Forecast
	specs := make([]string, len(members))
	shares := shares(weights)
	out.Params, out.Amounts = map[string]float64{}, map[string]float64{}
	for i, f := range members {
		specs[i] = f.Spec
		out.Members = append(out.Members, model.Member{Name: names[i], Spec: f.Spec, Weight: shares[i]})
		for key, v := range f.Params {
			out.Params[names[i]+"."+key] = v
		}
		for key, v := range f.Amounts {
			out.Amounts[names[i]+"."+key] = v
		}
	}
	out.Spec = specs[0]
	if last := len(specs) - 1; last > 0 {
		out.Spec = fmt.Sprintf("mean of %s and %s", strings.Join(specs[:last], ", "), specs[last])
	}
	out.Mean = blend(members, shares, func(f *model.Forecast) []float64 { return f.Mean })
	out.Fitted = blend(members, shares, func(f *model.Forecast) []float64 { return f.Fitted })
	for q := range members[0].Quantiles {
		out.Quantiles = append(out.Quantiles, blend(members, shares, func(f *model.Forecast) []float64 { return f.Quantiles[q] }))
	}
	return out
}

// shares are the weights over their sum.
func shares(weights []float64) []float64 {
	out, sum := make([]float64, len(weights)), 0.0
	for _, w := range weights {
		sum += w
	}
	for i, w := range weights {
		out[i] = w / sum
	}
	return out
}

// Lean is f moved towards anchor by share, in [0, 1]: points, quantiles and
// fitted values, these where the anchor has any.
func Lean(f, anchor model.Forecast, share float64) model.Forecast {
	towards := func(a, b []float64) []float64 {
		out := make([]float64, len(a))
		for i := range a {
			out[i] = (1-share)*a[i] + share*b[i]
			if math.IsNaN(b[i]) {
				out[i] = a[i]
			}
		}
		return out
	}
	out := f
	out.Members = nil
	for _, m := range f.Members {
		m.Weight *= 1 - share
		out.Members = append(out.Members, m)
	}
	out.Members = append(out.Members, model.Member{Spec: anchor.Spec, Weight: share})
	out.Spec = fmt.Sprintf("%s, with %.0f %% of %s", f.Spec, 100*share, anchor.Spec)
	out.Mean, out.Fitted, out.Quantiles = towards(f.Mean, anchor.Mean), towards(f.Fitted, anchor.Fitted), nil
	for q := range f.Quantiles {
		out.Quantiles = append(out.Quantiles, towards(f.Quantiles[q], anchor.Quantiles[q]))
	}
	return out
}

func blend(members []model.Forecast, shares []float64, get func(*model.Forecast) []float64) []float64 {
	out := make([]float64, len(get(&members[0])))
	for i := range members {
		for h, v := range get(&members[i]) {
			out[h] += shares[i] * v
		}
	}
	return out
}

// Ensemble is the weighted mean of its members as a model of its own. A member
// that the history does not carry is left out.
type Ensemble struct {
	Members []model.Model
	Anchor  model.Model // a model that takes any history; nil: none

	// Weigh says how much each member counts, 0 for one that is not asked, and
	// which share of the forecast is the anchor's, in [0, 1]. Nil: members
	// count the same, the anchor nothing.
	Weigh func(t model.Task) (members []float64, anchor float64)
}

var _ model.Model = Ensemble{}

// Name returns "ensemble".
func (Ensemble) Name() string { return "ensemble" }

// Forecast needs what its least demanding member needs.
func (e Ensemble) Forecast(ctx context.Context, t model.Task) (model.Forecast, error) {
	weights, share := e.weigh(t)
	var names []string
	var forecasts []model.Forecast
	var kept []float64
	var first error
	for i, m := range e.Members {
		if weights[i] == 0 {
			continue
		}
		f, err := m.Forecast(ctx, t)
		switch {
		case ctx.Err() != nil:
			return model.Forecast{}, ctx.Err()
		case err == nil:
			names, forecasts, kept = append(names, m.Name()), append(forecasts, f), append(kept, weights[i])
		case first == nil:
			first = err
		}
	}
	if len(forecasts) == 0 {
		return model.Forecast{}, first
	}
	mean := Mean(names, forecasts, kept)
	if share == 0 {
		return mean, nil
	}
	anchor, err := e.Anchor.Forecast(ctx, t)
	if err != nil {
		return model.Forecast{}, err
	}
	return Lean(mean, anchor, share), nil
}

func (e Ensemble) weigh(t model.Task) (members []float64, anchor float64) {
	if e.Weigh != nil {
		return e.Weigh(t)
	}
	members = make([]float64, len(e.Members))
	for i := range members {
		members[i] = 1
	}
	return members, 0
}
