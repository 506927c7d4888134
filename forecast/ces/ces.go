// Package ces is complex exponential smoothing: one complex number smooths the
// level together with an "information potential", and level, trend and what
// lies between are places in one continuous region instead of forms to choose
// among. Four kinds of season, averaged by AICc.
//
// Svetunkov, Kourentzes & Ord (2022), "Complex exponential smoothing", Naval
// Research Logistics 69(8); its seasonal kinds are those of Svetunkov &
// Kourentzes (2018), "Complex exponential smoothing for seasonal time series",
// and of the authors' package smooth.
package ces

import (
	"context"
	"math"

	"github.com/pgcast/pgcast/forecast/akaike"
	"github.com/pgcast/pgcast/forecast/model"
)

// Auto fits its kinds of season and averages their forecasts, those of lower
// AICc with more weight.
type Auto struct {
	Label string          // the model's name; "" is "ces"
	Allow func(Kind) bool // which of [Kinds] may take part; nil: all
}

var _ model.Model = Auto{}

// Name returns the label.
func (a Auto) Name() string {
	if a.Label == "" {
		return "ces"
	}
	return a.Label
}

// tooFar is how many times its history CES may look ahead: its growth is
// exponential.
const tooFar = 2

// Forecast needs seven values, and half the horizon.
func (a Auto) Forecast(ctx context.Context, t model.Task) (model.Forecast, error) {
	if t.Horizon > tooFar*len(t.Y) {
		return model.Forecast{}, model.Unsuitable("%d steps ahead are too far for %d values", t.Horizon, len(t.Y))
	}
	return akaike.Deseasoned(t, func(y []float64, m int) ([]akaike.Form, error) { return a.fits(ctx, y, m) })
}

// fits estimates every kind that suits y, whose season has m steps; at least
// one.
func (a Auto) fits(ctx context.Context, y []float64, m int) ([]akaike.Form, error) {
	var fits []akaike.Form
	var first error
	for _, kind := range Kinds() {
		if a.Allow != nil && !a.Allow(kind) || kind != None && (m < 2 || len(y) < 2*m) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		fit, err := FitKind(kind, y, m)
		switch {
		case err == nil:
			fits = append(fits, akaike.Form{Name: kind.String(), AICc: fit.AICc, Forecast: fit.Forecast})
		case first == nil:
			first = err
		}
	}
	switch {
	case len(fits) > 0:
		return fits, nil
	case first == nil:
		first = model.Unsuitable("no kind of CES suits %d values with a season of %d", len(y), m)
	}
	return nil, first
}

// Fit is one kind with its maximum-likelihood parameters.
type Fit struct {
	Kind   Kind
	LogLik float64 // concentrated, without the constants
	AICc   float64
	Sigma2 float64 // variance of the error

	p      params
	filter *filter // run with p, its states at the end of the series
}

// FitKind estimates one kind on y, whose season has m steps.
func FitKind(kind Kind, y []float64, m int) (*Fit, error) {
	k := kind.parameters(m)
	if len(y) < k+2 {
		return nil, model.Unsuitable("%s needs %d values, there are %d", kind, k+2, len(y))
	}
	f := newFilter(kind, y, m)
	p, ok := search(f)
	if !ok {
		return nil, model.Unsuitable("%s has no starting point", kind)
	}
	sse := f.finish(p)
	n := float64(len(y))
	value := n * math.Log(sse+f.floor)
	return &Fit{
		Kind:   kind,
		LogLik: -value / 2,
		AICc:   value + 2*float64(k) + 2*float64(k)*float64(k+1)/(n-float64(k)-1),
		Sigma2: sse / max(n-float64(kind.free()+kind.columns()), 1),
		p:      p,
		filter: f,
	}, nil
}
