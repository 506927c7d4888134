package ets

// admissible reports whether forecasts forget the distant past: whether the
// roots of the characteristic equation lie within the unit circle; Hyndman,
// Akram & Archibald (2008), "The admissible parameter space for exponential
// smoothing models". Without a season the box is inside that region.
//
// The roots are not computed: the Schur-Cohn recursion tells whether they are
// inside. p is a buffer of m+2 values.
func admissible(v *values, m int, p []float64) bool {
	a, b, g, phi := v.alpha, v.beta, v.gamma, v.phi
	p = p[:m+2] // by falling power
	p[0] = 1
	p[1] = a + b - phi
	for i := 2; i < m; i++ {
		p[i] = a + b - a*phi
	}
	p[m] = a + b - a*phi + g - 1
	p[m+1] = phi * (1 - a - g)
	return stable(p)
}

// rim is how far outside of the unit circle a root may be, as in R.
const rim = 1e-10

// stable reports whether the polynomial with leading coefficient 1 has its
// roots within the unit circle. It overwrites p.
func stable(p []float64) bool {
	for n := len(p) - 1; n > 0; n-- {
		k := p[n]
		if k > 1+rim || k < -1-rim {
			return false
		}
		d := 1 - k*k
		if d < rim { // on the circle
			return true
		}
		for i, j := 1, n-1; i <= j; i, j = i+1, j-1 {
			x, y := p[i], p[j]
			p[i], p[j] = (x-k*y)/d, (y-k*x)/d
		}
	}
	return true
}
