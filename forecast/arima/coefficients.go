package arima

import "math"

// coefficients are a model's polynomials, and the way to them from the
// optimiser's free vector x: hyperbolic tangents make partial
// autocorrelations of it, Durbin and Levinson's recursion makes coefficients
// of these, and any x is a stationary and invertible model; Jones (1980),
// "Maximum likelihood fitting of ARMA models to time series with missing
// observations", Technometrics 22(3), and for the moving average Monahan
// (1984), "A note on enforcing stationarity in ARMA models", Biometrika 71(2).
type coefficients struct {
	order              Order
	ar, ma, sar, sma   []float64 // signs as in y[t] = ar·y[t−1] + e[t] + ma·e[t−1]
	phi, theta         []float64 // multiplied out, by lag − 1, both of the greater degree
	phiLags, thetaLags []int     // lags that can be other than zero, ascending
	work               []float64
}

func newCoefficients(o Order) coefficients {
	n := max(o.ar(), o.ma())
	return coefficients{
		order: o,
		ar:    make([]float64, o.P), ma: make([]float64, o.Q),
		sar: make([]float64, o.SP), sma: make([]float64, o.SQ),
		phi: make([]float64, n), theta: make([]float64, n),
		phiLags: reached(o.P, o.SP, o.M), thetaLags: reached(o.Q, o.SQ, o.M),
		work: make([]float64, n+1),
	}
}

// reached returns the lags of the product of two polynomials.
func reached(short, seasonal, m int) []int {
	hit := make([]bool, short+m*seasonal+1)
	for j := range seasonal + 1 {
		for i := range short + 1 {
			hit[i+m*j] = true
		}
	}
	var lags []int
	for lag, h := range hit {
		if h && lag > 0 {
			lags = append(lags, lag)
		}
	}
	return lags
}

// set reads the free vector: P, Q, SP and SQ values.
func (c *coefficients) set(x []float64) {
	o := c.order
	c.stationary(x[:o.P], c.ar)
	x = x[o.P:]
	c.stationary(x[:o.Q], c.ma)
	x = x[o.Q:]
	c.stationary(x[:o.SP], c.sar)
	c.stationary(x[o.SP:], c.sma)
	for i := range c.ma {
		c.ma[i] = -c.ma[i]
	}
	for i := range c.sma {
		c.sma[i] = -c.sma[i]
	}
	expand(c.ar, c.sar, o.M, -1, c.phi)
	expand(c.ma, c.sma, o.M, 1, c.theta)
}

// stationary makes autoregressive coefficients of free numbers.
func (c *coefficients) stationary(x, out []float64) {
	for k, v := range x {
		r := math.Tanh(v)
		copy(c.work, out[:k])
		for i := range k {
			out[i] -= r * c.work[k-1-i]
		}
		out[k] = r
	}
}

// expand writes the product of a short and a seasonal polynomial; sign is that
// of their product's cross terms.
func expand(short, seasonal []float64, m int, sign float64, out []float64) {
	for i := range out {
		out[i] = 0
	}
	for i, v := range short {
		out[i] += v
	}
	for j, s := range seasonal {
		base := m*(j+1) - 1
		out[base] += s
		for i, v := range short {
			out[base+1+i] += sign * v * s
		}
	}
}

// closestRoot is how near to the unit circle a root of a polynomial may be, as
// in R's auto.arima: a model beyond it is differenced too little or too much.
const closestRoot = 1.01

// sound reports whether all roots are farther than that from the circle.
func (c *coefficients) sound() bool {
	return c.distant(c.ar, 1, 1) && c.distant(c.ma, -1, 1) &&
		c.distant(c.sar, 1, c.order.M) && c.distant(c.sma, -1, c.order.M)
}

// distant tells whether the roots of 1 − sign·Σ v[i]·z^(i+1), with z = B^m, are
// far enough: whether the polynomial stays stable when its roots are drawn in.
func (c *coefficients) distant(v []float64, sign float64, m int) bool {
	p := c.work[:len(v)]
	scale, by := 1.0, math.Pow(closestRoot, float64(m))
	for i := range v {
		scale *= by
		p[i] = sign * v[i] * scale
	}
	return stable(p)
}

// stable steps Durbin and Levinson's recursion down: it reports whether all
// partial autocorrelations are within (−1, 1). It overwrites p.
func stable(p []float64) bool {
	for k := len(p) - 1; k >= 0; k-- {
		r := p[k]
		if !(math.Abs(r) < 1) {
			return false
		}
		d := 1 - r*r
		for i, j := 0, k-1; i <= j; i, j = i+1, j-1 {
			a, b := p[i], p[j]
			p[i], p[j] = (a+r*b)/d, (b+r*a)/d
		}
	}
	return true
}
