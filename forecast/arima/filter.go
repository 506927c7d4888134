package arima

import "math"

// filter turns a series into its one-step errors, those of the best linear
// prediction from what came before. Its buffers are made once.
//
// It is the Kalman filter of Harvey's state-space form in the shape Morf,
// Sidhu & Kailath (1974) gave it, "Some new algorithms for recursive
// estimation in constant, linear, discrete-time systems", IEEE Trans. AC 19
// (Chandrasekhar-type recursions; for ARMA see Pearlman (1980), Biometrika
// 67, and Mélard (1984), algorithm AS 197). For a stationary start the
// covariance matrix of the state changes by a matrix of rank one, so that a
// step costs as much as the state is long, not its square: what makes seasonal
// models cheap. State i holds what past values say about lag i+1 ahead.
type filter struct {
	coefficients
	start  covariances
	gain   []float64 // covariance of state and error
	change []float64 // direction in which the covariance of the state changes; a zero behind
	weight float64   // and how far
	f      float64   // variance of the error; 1 in the long run
	quiet  int       // steps in a row in which f stood still; more than the state is long: it will from now on
	states [][]float64
	roots  []float64 // one over the standard deviation of each error, of the last exact run
}

func newFilter(o Order, columns, values int) *filter {
	c := newCoefficients(o)
	n := len(c.phi)
	f := &filter{coefficients: c, start: newCovariances(n), gain: make([]float64, n), change: make([]float64, n+1), roots: make([]float64, values)}
	for range columns {
		f.states = append(f.states, make([]float64, n+1))
	}
	return f
}

// begin puts the filter before the first value. It reports whether the process
// has a variance.
func (f *filter) begin() bool {
	f.f = f.start.start(&f.coefficients, f.gain)
	copy(f.change, f.gain)
	f.change[len(f.gain)] = 0
	f.weight = -1 / f.f
	f.quiet = 0
	for _, a := range f.states {
		for i := range a {
			a[i] = 0
		}
	}
	return f.f > 0 && !math.IsInf(f.f, 1)
}

// exact filters the columns, each a series of its own through the same model.
// It writes their errors, in units of their standard deviation, and returns
// the sum of the logarithms of the variances.
func (f *filter) exact(columns, errors [][]float64) float64 {
	if !f.begin() {
		return math.Inf(1)
	}
	logs, product := 0.0, 1.0
	for t := range columns[0] {
		if f.quiet > 2*len(f.phi) {
			f.settle(columns, errors, t)
			return logs + math.Log(product) + float64(len(columns[0])-t)*math.Log(f.f)
		}
		root := 1 / math.Sqrt(f.f)
		f.roots[t] = root
		for j, w := range columns {
			a := f.states[j]
			e := w[t] - a[0]
			errors[j][t] = e * root
			shift(a, f.phi, f.gain, a[0], e/f.f)
		}
		product *= f.f
		if product > 1e100 || product < 1e-100 {
			logs += math.Log(product)
			product = 1
		}
		f.advance()
	}
	return logs + math.Log(product)
}

// shift moves a state one step on.
func shift(a, phi, gain []float64, value, e float64) {
	a, gain = a[:len(phi)+1], gain[:len(phi)]
	for i, p := range phi {
		a[i] = a[i+1] + p*value + gain[i]*e
	}
}

// still is the relative change of a variance that counts as none.
const still = 1e-14

// settle filters the rest of the columns, from step t on, when the gain has
// stood still for as long as the state is: errors are then the model equation
// solved for them, whose terms are few.
func (f *filter) settle(columns, errors [][]float64, from int) {
	root := 1 / math.Sqrt(f.f)
	for j, w := range columns {
		e := errors[j]
		for t := from; t < len(w); t++ {
			v := w[t]
			for _, lag := range f.phiLags {
				v -= f.phi[lag-1] * w[t-lag]
			}
			v *= root
			for _, lag := range f.thetaLags {
				v -= f.theta[lag-1] * e[t-lag]
			}
			e[t] = v
		}
		f.rebuild(f.states[j], w, e, root)
	}
	for t := from; t < len(f.roots); t++ {
		f.roots[t] = root
	}
}

// rebuild sets a state from the last values and errors.
func (f *filter) rebuild(a, w, e []float64, root float64) {
	n := len(w)
	for i := range a {
		a[i] = 0
	}
	for _, lag := range f.phiLags {
		for i := range lag {
			a[i] += f.phi[lag-1] * w[n-lag+i]
		}
	}
	for _, lag := range f.thetaLags {
		for i := range lag {
			a[i] += f.theta[lag-1] * e[n-lag+i] / root
		}
	}
}

// advance moves the variance and the gain one step on. In the steady state it
// does nothing but count.
func (f *filter) advance() {
	phi := f.phi
	if f.quiet > len(phi) {
		f.quiet++
		return
	}
	change, gain := f.change[:len(phi)+1], f.gain[:len(phi)]
	first := change[0]
	c := f.weight * first
	next := f.f + c*first
	if math.Abs(c*first) < still*f.f {
		f.quiet++
	} else {
		f.quiet = 0
	}
	f.weight += c * c / f.f
	f.f = next
	back := first / next
	for i, p := range phi {
		moved := p*first + change[i+1]
		k := gain[i] + c*moved
		gain[i] = k
		change[i] = moved - back*k
	}
}

// conditional is the cheap stand-in for exact: errors given that those before
// the first predictable value are zero. The first skip errors are zero.
func (f *filter) conditional(columns, errors [][]float64, skip int) {
	for j, w := range columns {
		e := errors[j]
		for t := range min(skip, len(w)) {
			e[t] = 0
		}
		for t := skip; t < len(w); t++ {
			v := w[t]
			for _, lag := range f.phiLags {
				v -= f.phi[lag-1] * w[t-lag]
			}
			for _, lag := range f.thetaLags {
				if lag > t {
					break
				}
				v -= f.theta[lag-1] * e[t-lag]
			}
			e[t] = v
		}
	}
}
