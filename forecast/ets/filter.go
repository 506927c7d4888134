package ets

import "math"

// values are a form's parameters and start states in their natural ranges.
type values struct {
	alpha, beta, gamma, phi float64   // phi is 1 without damping
	level, slope            float64   // start states
	season                  []float64 // start indices by phase of the season; nil without one
}

// step is what one observation leaves behind for the backward pass.
type step struct {
	slope, season float64 // states before the observation
	base          float64 // level plus damped slope
	mean, error   float64 // one-step prediction and the form's error
}

// filter runs one form over one series. Its buffers are made once, so that
// evaluating the likelihood allocates nothing.
//
// The recursions are those of Hyndman, Koehler, Ord & Snyder (2008),
// "Forecasting with Exponential Smoothing", tables 2.2 and 2.3, written in the
// residual r = y − mean.
type filter struct {
	form   Form
	y      []float64
	m      int
	floor  float64 // added to the sum of squares, so that a perfect fit has a logarithm
	steps  []step
	season []float64 // current index by phase
	level  float64   // current states
	slope  float64
	sse    float64 // sum of squared errors of the last run
}

// perfect is the relative size of a residual that counts as none.
const perfect = 1e-9

func newFilter(form Form, y []float64, m int) *filter {
	f := &filter{form: form, y: y, m: m, steps: make([]step, len(y))}
	if form.Season != None {
		f.season = make([]float64, m)
	}
	size := 1.0
	if form.Error == Additive {
		size = 0
		for _, v := range y {
			size = max(size, math.Abs(v))
		}
	}
	f.floor = float64(len(y))*size*size*perfect*perfect + math.SmallestNonzeroFloat64
	return f
}

// run filters the series and returns minus twice the concentrated log
// likelihood, n·log Σe² (+ 2·Σ log|mean| for multiplicative errors), up to a
// constant; eq. 5.3 of the book. It is +Inf where the form is not defined.
func (f *filter) run(v *values) float64 {
	copy(f.season, v.season)
	level, slope, phase := v.level, v.slope, 0
	sse, logs := 0.0, 0.0
	product := 1.0 // of the means since the last logarithm, which is dear
	multiplicative := f.form.Error == Multiplicative
	kind := f.form.Season
	for t, y := range f.y {
		base := level + v.phi*slope
		mean, s := base, 0.0
		switch kind {
		case Additive:
			s = f.season[phase]
			mean += s
		case Multiplicative:
			s = f.season[phase]
			mean *= s
			if !(s > 0) || !(base > 0) {
				return math.Inf(1)
			}
		}
		r := y - mean
		e := r
		if multiplicative {
			if !(mean > 0) {
				return math.Inf(1)
			}
			e = r / mean
			product *= mean
			if product < 1e-100 || product > 1e100 {
				logs += math.Log(product)
				product = 1
			}
		}
		sse += e * e
		f.steps[t] = step{slope: slope, season: s, base: base, mean: mean, error: e}
		switch kind {
		case None:
			level = base + v.alpha*r
			slope = v.phi*slope + v.beta*r
			continue
		case Additive:
			level = base + v.alpha*r
			slope = v.phi*slope + v.beta*r
			f.season[phase] = s + v.gamma*r
		case Multiplicative:
			level = base + v.alpha*r/s
			slope = v.phi*slope + v.beta*r/s
			f.season[phase] = s + v.gamma*r/base
		}
		if phase++; phase == f.m {
			phase = 0
		}
	}
	f.level, f.slope, f.sse = level, slope, sse
	out := float64(len(f.y)) * math.Log(sse+f.floor)
	if multiplicative {
		out += 2 * (logs + math.Log(product))
	}
	if math.IsNaN(out) {
		return math.Inf(1)
	}
	return out
}

// gradient carries the derivatives of the last run's value back through the
// recursions (reverse-mode differentiation) and leaves them in g. Its cost is
// that of a run, whatever the number of parameters.
func (f *filter) gradient(v *values, g *values) {
	season := g.season
	*g = values{season: season}
	for i := range season {
		season[i] = 0
	}
	n := len(f.y)
	weight := 2 * float64(n) / (f.sse + f.floor)
	multiplicative := f.form.Error == Multiplicative
	phase := 0
	if f.m > 0 {
		phase = n % f.m
	}
	var level, slope float64 // adjoints of the states after step t
	for t := n - 1; t >= 0; t-- {
		st := &f.steps[t]
		if phase--; phase < 0 {
			phase = f.m - 1
		}
		r := f.y[t] - st.mean
		dr, dmean := weight*st.error, 0.0
		if multiplicative {
			dr /= st.mean
			dmean = (2 - weight*st.error*(st.error)) / st.mean
		}
		// states depend on r through the smoothing parameters
		scaled, ds := r, 0.0
		if f.form.Season == Multiplicative {
			ds = season[phase]
			scaled = r / st.season
			dr += (v.alpha*level+v.beta*slope)/st.season + v.gamma*ds/st.base
			g.gamma += ds * r / st.base
		} else {
			dr += v.alpha*level + v.beta*slope
			if f.form.Season == Additive {
				ds = season[phase]
				dr += v.gamma * ds
				g.gamma += ds * r
			}
		}
		g.alpha += level * scaled
		g.beta += slope * scaled
		dmean -= dr
		dbase := level + dmean
		switch f.form.Season {
		case Additive:
			season[phase] = ds + dmean
		case Multiplicative:
			dbase = level - v.gamma*ds*r/(st.base*st.base) + dmean*st.season
			season[phase] = ds - (v.alpha*level+v.beta*slope)*scaled/st.season + dmean*st.base
		}
		g.phi += st.slope * (dbase + slope)
		slope = v.phi * (dbase + slope)
		level = dbase
	}
	g.level, g.slope = level, slope
}
