package theta

import (
	"context"
	"math"

	"github.com/pgcast/pgcast/forecast/model"
)

// DynamicOptimised is the dynamic optimised Theta model (DOTM): the weight of
// the trend line is estimated, and the line is updated with every observation.
//
// Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler (2016), "Models for
// optimising the theta method and their relationship to state space models",
// IJF 32(4), section 3.2.
type DynamicOptimised struct{}

// Name returns "dotm".
func (DynamicOptimised) Name() string { return "dotm" }

// Bounds of the smoothing parameter, those of the authors' forecTheta package.
const (
	minAlpha = 0.1
	maxAlpha = 0.99
)

// warmUp is the number of first errors that do not count: the line through
// one or two points fits them whatever the parameters are.
const warmUp = 3

// Forecast needs four values.
func (DynamicOptimised) Forecast(_ context.Context, t model.Task) (model.Forecast, error) {
	n := len(t.Y)
	if n < warmUp+1 {
		return model.Forecast{}, model.Unsuitable("dynamic theta needs %d values, there are %d", warmUp+1, n)
	}
	pattern := season(t)
	y := pattern.Adjust(t.Y)
	p := estimate(y)

	fitted := make([]float64, n)
	s := newState(p, y[0])
	for i, v := range y {
		fitted[i] = s.predict(p)
		s.update(p, v)
	}
	sigma := model.ResidualSD(model.Residuals(y[warmUp:], fitted[warmUp:]), 2)
	for i := range warmUp {
		fitted[i] = math.NaN() // what the fit does not look at
	}
	mean, sd := make([]float64, t.Horizon), make([]float64, t.Horizon)
	for h := range mean {
		mean[h] = s.predict(p)
		s.update(p, mean[h])
		sd[h] = sigma * math.Sqrt(1+float64(h)*p.alpha*p.alpha)
	}
	return finish(t, pattern, model.Forecast{
		Spec:    "DOTM" + suffix(pattern),
		Params:  map[string]float64{"alpha": p.alpha, "theta": 1 / (1 - p.weight)},
		Amounts: map[string]float64{"l": p.start, "sigma": sigma},
		Mean:    mean,
		Fitted:  fitted,
	}, sd), nil
}

// params are DOTM's parameters; weight is 1 − 1/theta, in [0, 1).
type params struct{ alpha, weight, start float64 }

// state is what DOTM carries from step to step.
type state struct {
	t                   float64 // observations seen
	level, mean         float64
	intercept, gradient float64 // of the line through the observations
	decay               float64 // (1−alpha)^t
}

func newState(p params, first float64) state {
	return state{level: p.start, decay: 1, intercept: first}
}

// predict returns the one-step prediction, eq. 13 of the paper.
func (s *state) predict(p params) float64 {
	return s.level + p.weight*s.line(p.alpha)
}

// line is the trend part of the prediction, before its weight.
func (s *state) line(alpha float64) float64 {
	return s.decay*s.intercept + (1-s.decay*(1-alpha))/alpha*s.gradient
}

// update takes the next observation in, eqs. 14 to 17 of the paper.
func (s *state) update(p params, y float64) {
	s.t++
	s.level += p.alpha * (y - s.level)
	s.gradient = ((s.t-2)*s.gradient + 6/s.t*(y-s.mean)) / (s.t + 1)
	s.mean += (y - s.mean) / s.t
	if s.t == 1 {
		s.gradient = 0
	}
	s.intercept = s.mean - (s.t+1)/2*s.gradient
	s.decay *= 1 - p.alpha
}

// maxWeight keeps theta finite.
const maxWeight = 1 - 1e-6

// estimate minimises the squared one-step errors after the warm-up. For one
// alpha the prediction is linear in the weight, so that the best weight has a
// closed form and the search is over alpha.
func estimate(y []float64) params {
	alpha := minimise(minAlpha, maxAlpha, func(a float64) float64 {
		return squares(y, conditional(y, a))
	})
	return conditional(y, alpha)
}

// conditional returns the best weight for one alpha. The level starts at the
// first value: estimating it as well gained nothing on the training parts of
// M3 (OWA 0.859 against 0.856) and drove it far from the data.
func conditional(y []float64, alpha float64) params {
	p := params{alpha: alpha, start: y[0]}
	s := newState(p, y[0])
	lines, covered := 0.0, 0.0
	for t, v := range y {
		if t >= warmUp {
			line := s.line(alpha)
			lines += line * line
			covered += line * (v - s.level)
		}
		s.update(p, v)
	}
	if lines > 0 {
		p.weight = min(max(covered/lines, 0), maxWeight)
	}
	return p
}

func squares(y []float64, p params) float64 {
	s := newState(p, y[0])
	sum := 0.0
	for t, v := range y {
		if t >= warmUp {
			e := v - s.predict(p)
			sum += e * e
		}
		s.update(p, v)
	}
	return sum
}
