package ces

// Kind is how the season enters.
type Kind int

// The kinds of season.
const (
	None    Kind = iota // no season
	Simple              // the smoothing looks back one season instead of one step
	Partial             // a plain additive season beside the complex level
	Full                // a complex season beside the complex level
)

// Kinds returns the four kinds, simple ones first.
func Kinds() []Kind { return []Kind{None, Partial, Simple, Full} }

// String returns the usual name, for instance "CES(partial)".
func (k Kind) String() string {
	return "CES(" + [...]string{"none", "simple", "partial", "full"}[k] + ")"
}

// free is the number of smoothing parameters.
func (k Kind) free() int {
	switch k {
	case Partial:
		return 3
	case Full:
		return 4
	}
	return 2
}

// columns is the number of start amounts that are estimated: level and
// potential, and how much of the seasonal pattern each starts with.
func (k Kind) columns() int {
	switch k {
	case None:
		return 2
	case Partial:
		return 3
	}
	return 4
}

// parameters counts what is estimated: smoothing parameters, start amounts,
// the shape of the seasonal pattern and the error variance.
func (k Kind) parameters(m int) int {
	n := k.free() + k.columns() + 1
	if k != None {
		n += m - 2
	}
	return n
}

// params are the smoothing parameters: the complex alpha of the level, and
// beta of the season, whose imaginary part a partial season leaves at 0.
type params struct{ a0, a1, b0, b1 float64 }

// admissible reports whether forecasts forget the distant past: whether the
// roots of the characteristic equation of the error recursion lie within the
// unit circle (the paper's stability condition). poly is a buffer of 2m+3.
//
// With F the transition and g the gain of a block, P(z) = det(zI−F) and
// D(z) = det(zI−F+g·w'), two blocks that share one error have the equation
// D₁(z)·P₂(zᵐ) + P₁(z)·(D₂(zᵐ)−P₂(zᵐ)) = 0. Two blocks may be a hair outside,
// at a radius of 1 + slack/n for n values: a growing level beside a partial
// season always is, because they share the mean.
func (k Kind) admissible(p params, m, n int, poly []float64) bool {
	p1, d1 := equations(p.a0, p.a1)
	if k == None || k == Simple {
		return inside(d1)
	}
	p2, d2 := [3]float64{1, -1, 0}, [3]float64{1, p.b0 - 1, 0}
	degree := m + 2
	if k == Full {
		p2, d2 = equations(p.b0, p.b1)
		degree = 2*m + 2
	}
	poly = poly[:degree+1] // by falling power
	for i := range poly {
		poly[i] = 0
	}
	for j := 0; j*m <= degree-2; j++ {
		for i := range 3 {
			poly[j*m+i] += d1[i]*p2[j] + p1[i]*(d2[j]-p2[j])
		}
	}
	radius, power := 1+slack/float64(n), 1.0
	for i := range poly {
		poly[i] *= power
		power /= radius
	}
	return stable(poly)
}

// slack is what the influence of the past may grow by over the whole history.
const slack = 0.1

// equations are P and D of one complex block, by falling power. Its transition
// is [1, a1−1; 1, 1−a0], its gain (a0−a1, a0+a1).
func equations(a0, a1 float64) (p, d [3]float64) {
	p = [3]float64{1, a0 - 2, 2 - a0 - a1}
	d = [3]float64{1, 2*a0 - a1 - 2, (1-a0)*(1-a0) + (1 - a0) - a1 + a1*a1}
	return p, d
}

// inside is the Jury test of a quadratic.
func inside(d [3]float64) bool {
	return d[2] < 1 && 1+d[1]+d[2] > 0 && 1-d[1]+d[2] > 0
}

// stable is the Schur-Cohn test; it overwrites p, whose leading coefficient is
// 1.
func stable(p []float64) bool {
	for n := len(p) - 1; n > 0; n-- {
		k := p[n]
		if !(k < 1 && k > -1) {
			return false
		}
		d := 1 - k*k
		for i, j := 1, n-1; i <= j; i, j = i+1, j-1 {
			x, y := p[i], p[j]
			p[i], p[j] = (x-k*y)/d, (y-k*x)/d
		}
	}
	return true
}
