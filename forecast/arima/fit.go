package arima

import (
	"context"
	"math"

	"github.com/pgcast/pgcast/forecast/model"
)

// Fit is one order with its maximum-likelihood coefficients.
type Fit struct {
	Order  Order
	LogLik float64 // of the differenced series, as R prints it
	AICc   float64
	Sigma2 float64 // variance of the errors

	AR, MA, SAR, SMA []float64 // y[t] = ar·y[t−1] + e[t] + ma·e[t−1]
	Regression       []float64 // mean or drift, then one per regressor

	free    []float64 // the optimiser's vector
	problem *problem  // filtered with them to the end of the series
	design  *design
}

// FitOrder fits one order to y, NaN where missing. The error wraps
// [model.ErrUnsuitable] when y is too short for it; otherwise it is ctx's.
func FitOrder(ctx context.Context, y []float64, o Order) (*Fit, error) {
	return FitRegression(ctx, y, nil, o)
}

// FitRegression is [FitOrder] with regressors: series as long as y, finite,
// whose coefficients are estimated with the rest.
func FitRegression(ctx context.Context, y []float64, x [][]float64, o Order) (*Fit, error) {
	if o.M < 2 && o.SP+o.SD+o.SQ > 0 {
		return nil, model.Unsuitable("%d seasonal terms need a season", o.SP+o.SD+o.SQ)
	}
	for _, v := range x {
		if len(v) != len(y) {
			panic("arima: a regressor is not as long as the series")
		}
	}
	d := newDesign(y, x)
	if len(d.missing) > mostMissing {
		return nil, model.Unsuitable("%d missing values are too many for ARIMA", len(d.missing))
	}
	if observed := len(y) - len(d.missing) - o.lost(); observed < o.terms()+len(x)+2 {
		return nil, model.Unsuitable("%d values are too few for %s", len(y)-len(d.missing), o)
	}
	return d.fit(ctx, o, nil, math.Inf(1))
}

// mostMissing bounds the work: each missing value is an unknown.
const mostMissing = 200

// fit estimates o, from the free vector start or else from a conditional fit.
// It stops early when the AICc will not come down to least.
func (d *design) fit(ctx context.Context, o Order, start []float64, least float64) (*Fit, error) {
	p := newProblem(o, d, false)
	m := newMinimiser(o.terms(), len(p.residuals()))
	if start != nil {
		copy(m.x, start)
	} else if quick := newProblem(o, d, true); quick.free > o.terms()+len(d.x)+1 {
		if _, err := m.run(ctx, quick); err != nil {
			return nil, err
		}
		m.inside()
	}
	m.enough = least - p.corrected(d.deviance(p, 0), d)
	value, err := m.run(ctx, p)
	if err != nil {
		return nil, err
	}
	if math.IsInf(value, 1) || math.IsNaN(value) {
		return nil, model.Unsuitable("%s has no likelihood here", o)
	}
	return d.finish(p, m.x, value), nil
}

// inside draws starting values in from the rim, where the likelihood is flat.
func (m *minimiser) inside() {
	for i, v := range m.x {
		m.x[i] = min(max(v, -2), 2)
	}
}

// finish makes a Fit of a problem evaluated at x.
func (d *design) finish(p *problem, x []float64, value float64) *Fit {
	f := &Fit{Order: p.order, free: x, problem: p, design: d,
		AR: p.ar, MA: p.ma, SAR: p.sar, SMA: p.sma}
	f.LogLik = -0.5 * d.deviance(p, value)
	f.AICc = p.corrected(-2*f.LogLik, d)
	for _, b := range p.linear()[p.gaps:] {
		f.Regression = append(f.Regression, b*d.scale)
	}
	f.Sigma2 = d.variance(p)
	return f
}

// deviance is minus twice the log likelihood behind a value of p.
func (d *design) deviance(p *problem, value float64) float64 {
	n := float64(p.free)
	return value - n*math.Log(n) + n*(1+math.Log(2*math.Pi)) + 2*n*math.Log(d.scale)
}

// parameters counts the coefficients and the variance.
func (p *problem) parameters() int {
	return p.order.terms() + len(p.columns) - 1 - p.gaps + 1
}

// corrected adds to minus twice a log likelihood what AICc adds. With no more
// values than parameters it is +Inf.
func (p *problem) corrected(deviance float64, d *design) float64 {
	n := float64(len(d.y) - len(d.missing) - p.order.lost())
	k := float64(p.parameters())
	if len(d.y) <= 3 {
		return deviance + 2*k
	}
	if n <= k+1 {
		return math.Inf(1)
	}
	return deviance + 2*k + 2*k*(k+1)/(n-k-1)
}

// variance is the mean squared error with a degree of freedom less per
// coefficient.
func (d *design) variance(p *problem) float64 {
	u := p.residuals()
	sum := dot(u, u) / math.Exp(p.logs/float64(p.free))
	return sum / float64(max(p.free-p.parameters()+1, 1)) * d.scale * d.scale
}
