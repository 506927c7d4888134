package ets

import (
	"context"
	"math"
	"slices"

	"github.com/pgcast/pgcast/forecast/model"
)

// Fit is one form with its estimated parameters.
type Fit struct {
	Form   Form
	LogLik float64 // concentrated, without the constants, as R prints it
	AICc   float64
	Sigma2 float64 // variance of the error; relative when the error is multiplicative

	start  values  // parameters and start states
	filter *filter // run with them, its states at the end of the series
}

// objective is minus twice the log likelihood of a form, and of the prior if
// there is one, as a function of the optimiser's free vector.
type objective struct {
	*filter
	mapping mapping
	prior   float64 // how strong the prior is, see [steady]; 0: the likelihood alone
	v, g    values
	poly    []float64
}

func newObjective(form Form, y []float64, m int) *objective {
	if form.Season == None {
		m = 1
	}
	o := &objective{filter: newFilter(form, y, m), poly: make([]float64, m+2)}
	o.mapping = mapping{layout: form.layout(m), first: startStates(form, y, m)}
	if form.Season != None {
		o.v.season, o.g.season = make([]float64, m), make([]float64, m)
	}
	if form.Season == Multiplicative {
		o.mapping.total = float64(m)
	}
	return o
}

func (o *objective) value(x []float64) float64 {
	o.mapping.values(x, &o.v)
	if o.form.Season != None && !admissible(&o.v, o.m, o.poly) {
		return math.Inf(1)
	}
	return o.run(&o.v) + o.surprise(x)
}

func (o *objective) gradient(x, out []float64) {
	o.filter.gradient(&o.v, &o.g)
	o.mapping.gradient(x, &o.g, out)
	o.surpriseGradient(x, out)
}

// measure sets the units of the start states from the errors at the start, so
// that the search does not depend on the units of the data.
func (o *objective) measure(x []float64) bool {
	if math.IsInf(o.value(x), 1) {
		return false
	}
	level := math.Abs(o.mapping.first.level)
	sd := math.Sqrt((o.sse + o.floor) / float64(len(o.y)))
	if o.form.Error == Multiplicative {
		sd *= level
	}
	o.mapping.unit.level, o.mapping.unit.slope, o.mapping.unit.season = sd, sd/4, sd
	if o.form.Season == Multiplicative {
		o.mapping.unit.season = sd / level
	}
	return true
}

// FitForm estimates one form on y, whose season has m steps, by maximum
// likelihood.
func FitForm(ctx context.Context, form Form, y []float64, m int) (*Fit, error) {
	return fitFrom(ctx, form, y, m, 0, nil)
}

// fitFrom estimates one form, beginning at the smoothing parameters of related
// fits as well as at the usual ones.
func fitFrom(ctx context.Context, form Form, y []float64, m int, prior float64, related []*Fit) (*Fit, error) {
	if n, k := len(y), form.parameters(m); n < k+2 {
		return nil, model.Unsuitable("%s needs %d values, there are %d", form, k+2, n)
	}
	o := newObjective(form, y, m)
	o.prior = prior
	search := newMinimiser(o.mapping.size)
	best, at := math.Inf(1), make([]float64, o.mapping.size)
	climb := func() error {
		value, err := search.run(ctx, o)
		if value < best {
			best = value
			copy(at, search.x)
		}
		return err
	}
	for i, g := range guesses(o.m) {
		o.mapping.start(g, search.x)
		if i == 0 && !o.measure(search.x) {
			return nil, model.Unsuitable("%s has no starting point", form)
		}
		if err := climb(); err != nil {
			return nil, err
		}
	}
	for _, f := range related {
		o.mapping.start(guesses(o.m)[0], search.x)
		o.mapping.borrow(f, search.x)
		if err := climb(); err != nil {
			return nil, err
		}
	}
	if math.IsInf(best, 1) {
		return nil, model.Unsuitable("%s has no starting point", form)
	}
	return o.fit(at), nil
}

// fit describes the estimate at x.
func (o *objective) fit(x []float64) *Fit {
	return o.describe(o.value(x) - o.surprise(x))
}

// describe is the fit whose last run had this value, minus twice the log
// likelihood.
func (o *objective) describe(value float64) *Fit {
	n, k := float64(len(o.y)), float64(o.mapping.size+1)
	return &Fit{
		Form:   o.form,
		LogLik: -value / 2,
		AICc:   value + 2*k + 2*k*(k+1)/(n-k-1),
		Sigma2: o.sse / max(n-k+1, 1),
		start:  o.v,
		filter: o.filter,
	}
}

// Start is what a form runs with: smoothing parameters and start states. Those
// that the form does not have are not looked at.
type Start struct {
	Alpha, Beta, Gamma, Phi float64
	Level, Slope            float64
	Season                  []float64 // by phase of the season, of the first value first
}

// At runs one form on y with parameters from elsewhere, instead of estimating
// them. The log likelihood is −Inf where the form is not defined.
func At(form Form, s Start, y []float64, m int) *Fit {
	o := newObjective(form, y, m)
	o.v = values{alpha: s.Alpha, phi: 1, level: s.Level}
	if form.Trend != None {
		o.v.beta, o.v.slope = s.Beta, s.Slope
	}
	if form.Damped {
		o.v.phi = s.Phi
	}
	if form.Season != None {
		o.v.gamma, o.v.season = s.Gamma, slices.Clone(s.Season)
	}
	return o.describe(o.run(&o.v))
}
