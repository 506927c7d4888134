package arima

// covariances computes what a stationary ARMA process begins with.
type covariances struct {
	a, d, c, reflect, top, gamma, psi []float64
}

func newCovariances(degree int) covariances {
	row := func() []float64 { return make([]float64, degree+1) }
	return covariances{a: row(), d: row(), c: row(), reflect: row(), top: row(), gamma: row(), psi: row()}
}

// start returns the variance of the process, in units of the variance of its
// errors, and writes to k the covariances of a value with the state one step
// later; see [filter]. Its cost is that of the degree squared.
//
// The autocovariances are the series of c(z)/φ(z), where c solves
// c(z)φ(1/z) + c(1/z)φ(z) = θ(z)θ(1/z); the equation is stepped down with the
// reflection coefficients of φ, as Demeure & Mullis (1989) do, "The
// Newton-Raphson method for moving-average spectral factorization using the
// Euclid algorithm", IEEE Trans. ASSP 37(10), and Wilson (1979), "Some
// efficient computational procedures for high order ARMA models", JSCS 8.
func (v *covariances) start(p *coefficients, k []float64) float64 {
	s := len(p.phi)
	v.product(p)
	v.a[0] = 1
	for i, f := range p.phi {
		v.a[i+1] = -f
	}
	v.solve(s)
	v.expand(p)
	for i := range k {
		k[i] = 0
	}
	for _, lag := range p.phiLags {
		f := p.phi[lag-1]
		for i := range lag {
			k[i] += f * v.gamma[lag-1-i]
		}
	}
	for _, lag := range p.thetaLags {
		f := p.theta[lag-1]
		for i := range lag {
			k[i] += f * v.psi[lag-1-i]
		}
	}
	return v.gamma[0]
}

// product sets d to the coefficients of θ(z)θ(1/z).
func (v *covariances) product(p *coefficients) {
	for i := range v.d {
		v.d[i] = 0
	}
	v.d[0] = 1
	for n, lag := range p.thetaLags {
		f := p.theta[lag-1]
		v.d[lag] += f
		v.d[0] += f * f
		for _, other := range p.thetaLags[:n] {
			v.d[lag-other] += f * p.theta[other-1]
		}
	}
}

// solve finds c for degree s. Stepping from degree s to s−1 uses that, with
// a(z) = a'(z) + r·z^s·a'(1/z), c'(z) − r·z^s·c'(1/z) solves the equation of
// a for (1 − r²) times the right side of a', and that z^s takes the highest
// coefficient away.
func (v *covariances) solve(s int) {
	a, d, c := v.a, v.d, v.c
	for n := s; n > 0; n-- {
		r, y := a[n], d[n]
		v.reflect[n], v.top[n] = r, y
		if y != 0 {
			d[0] -= 2 * y * r
			for k := 1; k < n; k++ {
				d[k] -= y * a[n-k]
			}
		}
		if r == 0 {
			continue
		}
		by := 1 / (1 - r*r)
		for i := range n {
			d[i] *= by
		}
		for i, j := 1, n-1; i <= j; i, j = i+1, j-1 {
			x, z := a[i], a[j]
			a[i], a[j] = (x-r*z)*by, (z-r*x)*by
		}
	}
	c[0] = d[0] / 2
	for n := 1; n <= s; n++ {
		r := v.reflect[n]
		c[n] = v.top[n] - r*c[0]
		if r == 0 {
			continue
		}
		for i, j := 1, n-1; i <= j; i, j = i+1, j-1 {
			x, z := c[i], c[j]
			c[i], c[j] = x-r*z, z-r*x
		}
	}
}

// expand writes the autocovariances and the weights ψ of past errors.
func (v *covariances) expand(p *coefficients) {
	for k := range v.gamma {
		g, w := v.c[k], 0.0
		if k > 0 {
			w = p.theta[k-1]
		} else {
			w = 1
		}
		for _, lag := range p.phiLags {
			if lag > k {
				break
			}
			g += p.phi[lag-1] * v.gamma[k-lag]
			w += p.phi[lag-1] * v.psi[k-lag]
		}
		v.gamma[k], v.psi[k] = g, w
	}
	v.gamma[0] *= 2
}
