package ets

import (
	"math"

	"github.com/pgcast/pgcast/forecast/model"
)

// Forecast looks h steps ahead of the fitted series. The quantiles are those
// of a normal distribution with the form's own forecast variance.
func (f *Fit) Forecast(h int, probs []float64) model.Forecast {
	trend, mean := f.points(h)
	out := model.Forecast{Spec: f.Form.String(), Mean: mean}
	out.Params, out.Amounts = f.params()
	out.Quantiles = model.NormalQuantiles(mean, f.deviations(trend, mean), probs)
	out.Fitted = make([]float64, len(f.filter.steps))
	for t, st := range f.filter.steps {
		out.Fitted[t] = st.mean
	}
	return out
}

// points returns the forecasts without and with the season.
func (f *Fit) points(h int) (trend, mean []float64) {
	trend, mean = make([]float64, h), make([]float64, h)
	n, phi, grown := len(f.filter.y), f.start.phi, 0.0
	damp := 1.0
	for i := range mean {
		damp *= phi
		grown += damp
		trend[i] = f.filter.level + grown*f.filter.slope
		mean[i] = trend[i]
		switch f.Form.Season {
		case Additive:
			mean[i] += f.filter.season[(n+i)%f.filter.m]
		case Multiplicative:
			mean[i] *= f.filter.season[(n+i)%f.filter.m]
		}
	}
	return trend, mean
}

// deviations returns the standard deviations of the forecasts: exact for
// linear forms, additive or relative errors alike, and for a multiplicative
// season exact within one season and close after it (for errors that are small
// beside the level). Hyndman et al. (2008), tables 6.1 and 6.2, eqs. 6.1 to 6.5.
func (f *Fit) deviations(trend, mean []float64) []float64 {
	c := f.impulses(len(mean))
	sd := make([]float64, len(mean))
	if f.Form.Error == Additive {
		sum := 1.0
		for h := range sd {
			sd[h] = bounded(math.Sqrt(f.Sigma2 * sum))
			sum += c[h] * c[h]
		}
		return sd
	}
	path := mean
	if f.Form.Season == Multiplicative {
		path = trend
	}
	theta := f.secondMoments(path, c)
	for h := range sd {
		v := (1 + f.Sigma2) * theta[h]
		season := 1.0
		if f.Form.Season == Multiplicative {
			g := f.start.gamma * f.start.gamma * f.Sigma2
			v *= math.Pow(1+g, float64(h/f.filter.m))
			season = mean[h] / trend[h]
		}
		sd[h] = bounded(math.Sqrt(max(v-path[h]*path[h], 0)) * math.Abs(season))
	}
	return sd
}

// bounded keeps quantiles finite where relative errors are so large that the
// variances of a form overflow.
func bounded(sd float64) float64 {
	const widest = 1e150
	if !(sd < widest) { // or no number
		return widest
	}
	return sd
}

// secondMoments are θ of eq. 6.2: θ[h] = μ[h]² + σ² Σ c[j]² θ[h−j]. When the
// sum would be long, its far terms, which add little, are left out.
func (f *Fit) secondMoments(path, c []float64) []float64 {
	theta := make([]float64, len(path))
	for h := range theta {
		sum := 0.0
		for j := 1; j <= min(h, longestMemory); j++ {
			sum += c[j-1] * c[j-1] * theta[h-j]
		}
		theta[h] = path[h]*path[h] + f.Sigma2*sum
	}
	return theta
}

// longestMemory bounds the work for horizons of many thousand steps.
const longestMemory = 2_000

// impulses are c[j] of table 6.1: what an error moves the forecast j+1 steps
// later by. A multiplicative season is left out.
func (f *Fit) impulses(h int) []float64 {
	c := make([]float64, h)
	grown, damp := 0.0, 1.0
	for i := range c {
		damp *= f.start.phi
		grown += damp
		c[i] = f.start.alpha + f.start.beta*grown
		if f.Form.Season == Additive && (i+1)%f.filter.m == 0 {
			c[i] += f.start.gamma
		}
	}
	return c
}
