package arima

import (
	"fmt"
	"math"

	"github.com/pgcast/pgcast/forecast/model"
)

// Forecast looks h steps ahead of the fitted series. The quantiles are those
// of a normal distribution. future holds h values of each regressor.
func (f *Fit) Forecast(h int, probs []float64, future ...[]float64) model.Forecast {
	out := model.Forecast{Spec: f.Order.String(), Mean: f.points(h, future), Fitted: f.fitted()}
	out.Params, out.Amounts = f.named()
	sd := f.spread(h)
	sigma := math.Sqrt(f.Sigma2)
	for i := range sd {
		sd[i] *= sigma
	}
	out.Quantiles = model.NormalQuantiles(out.Mean, sd, probs)
	return out
}

// points integrates the forecasts of the differenced series.
func (f *Fit) points(h int, future [][]float64) []float64 {
	p, d := f.problem, f.design
	n, last := len(d.y), len(p.columns)-1
	z := make([]float64, n+h) // without regressors, missing values estimated
	copy(z, d.y)
	state := append([]float64(nil), p.states[last]...)
	b := p.solution
	for j := range b {
		axpy(-b[j], p.states[j], state)
	}
	for j, t := range d.missing {
		z[t] -= b[j]
	}
	regressors := f.regressors(future, h)
	for j, x := range regressors {
		axpy(-b[p.gaps+j], x[:n], z[:n])
	}
	back := sparse(f.Order.differencing())
	for t := n; t < n+h; t++ {
		w := state[0]
		shift(state, p.phi, p.gain, w, 0)
		z[t] = w
		for _, c := range back {
			z[t] += c.by * z[t-c.lag]
		}
	}
	mean := z[n:]
	for j, x := range regressors {
		axpy(b[p.gaps+j], x[n:], mean)
	}
	for i := range mean {
		mean[i] *= d.scale
	}
	return mean
}

// regressors returns the constant's and the given ones, past and future.
func (f *Fit) regressors(future [][]float64, h int) [][]float64 {
	var all [][]float64
	if f.Order.hasConstant() {
		all = append(all, f.Order.trend(len(f.design.y)+h, 0))
	}
	for j, x := range f.design.x {
		all = append(all, append(append([]float64(nil), x...), future[j]...))
	}
	return all
}

// fitted returns the one-step predictions; NaN where differencing begins.
func (f *Fit) fitted() []float64 {
	p, d := f.problem, f.design
	out := make([]float64, len(d.y))
	lost := f.Order.lost()
	for t := range min(lost, len(out)) {
		out[t] = math.NaN()
	}
	back := math.Exp(-p.logs / float64(2*p.free))
	for t, u := range p.residuals() {
		out[t+lost] = (d.y[t+lost] - u*back/p.roots[t]) * d.scale
	}
	for j, t := range d.missing {
		out[t] -= p.solution[j] * d.scale
	}
	return out
}

// term is one weight of a sparse polynomial.
type term struct {
	lag int
	by  float64
}

// sparse lists the weights of lags 1, 2, … that are not zero.
func sparse(weights []float64) []term {
	var terms []term
	for i, w := range weights {
		if w != 0 {
			terms = append(terms, term{i + 1, w})
		}
	}
	return terms
}

// longestTransient bounds the work for horizons of many thousand steps.
const longestTransient = 1_000_000

// spread returns the standard deviations of the forecasts, in units of σ.
//
// The error h steps ahead is the sum of the one-step errors until then, each
// carried on by its ψ weights. In short series with a seasonal moving average
// the filter has not settled at the end: variances and weights of the next
// errors are those of its own next steps, so that the intervals are exact; in
// the steady state they are the textbook's, Box & Jenkins (1976), section 5.1.
func (f *Fit) spread(h int) []float64 {
	p := *f.problem.filter
	p.gain = append([]float64(nil), p.gain...)
	p.change = append([]float64(nil), p.change...)
	ar := make([]float64, len(p.phi))
	copy(ar, p.phi)
	phi, back := sparse(ar), sparse(f.Order.differencing())
	variance, psi, whole := make([]float64, h), make([]float64, h), make([]float64, h)
	for s := range h {
		p.weights(psi[:h-s], whole[:h-s], phi, back)
		if p.quiet > len(p.phi) || s >= max(longestTransient/h, 1) {
			sum := 0.0
			for i, w := range whole[:h-s] {
				sum += w * w
				variance[s+i] += p.f * sum
			}
			break
		}
		for i, w := range whole[:h-s] {
			variance[s+i] += p.f * w * w
		}
		p.advance()
	}
	for i, v := range variance {
		variance[i] = math.Sqrt(v)
	}
	return variance
}

// weights writes what an error of the filter's next step adds to the
// differenced series (psi) and to the series itself (whole), from that step on.
func (f *filter) weights(psi, whole []float64, phi, back []term) {
	for i := range psi {
		v := 1.0
		if i > 0 {
			v = 0
			if i <= len(f.gain) {
				v = f.gain[i-1] / f.f
			}
			for _, c := range phi {
				if c.lag >= i {
					break
				}
				v += c.by * psi[i-c.lag]
			}
		}
		psi[i] = v
		for _, c := range back {
			if c.lag > i {
				break
			}
			v += c.by * whole[i-c.lag]
		}
		whole[i] = v
	}
}

// named gives the coefficients their names, R's.
func (f *Fit) named() (params, amounts map[string]float64) {
	params = map[string]float64{}
	amounts = map[string]float64{"sigma": math.Sqrt(f.Sigma2)}
	for name, values := range map[string][]float64{"ar": f.AR, "ma": f.MA, "sar": f.SAR, "sma": f.SMA} {
		for i, v := range values {
			params[fmt.Sprintf("%s%d", name, i+1)] = v
		}
	}
	rest := f.Regression
	if f.Order.hasConstant() {
		name := "mean"
		if f.Order.D+f.Order.SD > 0 {
			name = "drift"
		}
		amounts[name] = rest[0]
		rest = rest[1:]
	}
	for i, v := range rest {
		amounts[fmt.Sprintf("x%d", i+1)] = v
	}
	return params, amounts
}
