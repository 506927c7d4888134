package arima

import "math"

// problem is one order on one series: the errors of the model as a function
// of its free vector, such that their sum of squares is least where the
// likelihood is greatest. The mean, the drift, other regressors and missing
// values enter linearly and are solved for on the way.
//
// A missing value is an unknown of its own: its differenced dummy variable is
// a regressor, and the likelihood is that of what was observed once the
// information about the unknowns is accounted for; Gómez, Maravall & Peña
// (1999), "Missing observations in ARIMA models: skipping approach versus
// additive outlier approach", J. Econometrics 88.
type problem struct {
	*filter
	columns     [][]float64 // missing values, regressors, the series itself; differenced
	errors      [][]float64 // of the columns, scaled and made orthogonal in their order
	solution    []float64   // coefficient of each column but the last, after solve
	triangle    []float64   // of the orthogonalisation, row by row
	norms       []float64   // sums of squares before it
	gaps        int         // how many columns are missing values
	free        int         // values the likelihood counts: observed ones after differencing
	approximate bool        // conditional sum of squares instead of the likelihood
	logs        float64     // logarithm of the determinant, of the last value
	floor       float64     // added to the sum of squares, so that a perfect fit has a logarithm
}

// redundant is the share of a column's size that is left when those before it
// explain it; its coefficient is then zero.
const redundant = 1e-20

// perfect is the size of an error, beside the values, that counts as none.
const perfect = 1e-9

func newProblem(o Order, d *design, approximate bool) *problem {
	columns := d.columns(o)
	last := columns[len(columns)-1]
	p := &problem{
		filter: newFilter(o, len(columns), len(last)), columns: columns, gaps: len(d.missing),
		free: len(last) - len(d.missing), approximate: approximate,
		solution: make([]float64, len(columns)-1), norms: make([]float64, len(columns)-1), triangle: make([]float64, len(columns)*len(columns)),
	}
	for range columns {
		p.errors = append(p.errors, make([]float64, len(last)))
	}
	if approximate {
		p.free -= o.ar()
	}
	p.floor = float64(len(last)) * d.size * d.size * perfect * perfect
	return p
}

// value evaluates the model at x and returns minus twice its log likelihood,
// up to a constant. The errors behind it are p.residuals().
func (p *problem) value(x []float64) float64 {
	p.set(x)
	p.logs = 0
	if p.approximate {
		p.conditional(p.columns, p.errors, p.order.ar())
	} else {
		p.logs = p.exact(p.columns, p.errors)
	}
	p.logs += p.solve()
	scale := math.Exp(p.logs / float64(2*p.free))
	sum := p.floor
	u := p.residuals()
	for i, v := range u {
		v *= scale
		u[i] = v
		sum += v * v
	}
	if !(sum > 0) || math.IsInf(sum, 1) {
		return math.Inf(1)
	}
	return float64(p.free) * math.Log(sum)
}

// work is how many multiplications a value takes, roughly.
func (p *problem) work() float64 {
	columns, r := float64(len(p.columns)), float64(len(p.phi))
	n := float64(len(p.residuals())) * columns
	if p.approximate {
		return n * (columns + float64(len(p.phiLags)+len(p.thetaLags)))
	}
	return n*(columns+2*r) + r*r
}

// residuals are the scaled errors of the last value.
func (p *problem) residuals() []float64 { return p.errors[len(p.errors)-1] }

// solve makes the errors of each column orthogonal to those before it
// (modified Gram-Schmidt), which leaves the least-squares residuals in the
// last. It returns the logarithm of the determinant that missing values
// contribute.
func (p *problem) solve() float64 {
	last, logs := len(p.columns)-1, 0.0
	for i := range last {
		p.norms[i] = dot(p.errors[i], p.errors[i])
	}
	for i := range last {
		q := p.errors[i]
		norm := dot(q, q)
		if norm <= redundant*p.norms[i] {
			norm = 0
		}
		if i < p.gaps && norm > 0 {
			logs += math.Log(norm)
		}
		for j := i + 1; j <= last; j++ {
			b := 0.0
			if norm > 0 {
				b = dot(q, p.errors[j]) / norm
				axpy(-b, q, p.errors[j])
			}
			p.triangle[i*len(p.columns)+j] = b
		}
	}
	return logs
}

// coefficients of the columns, from the last value.
func (p *problem) linear() []float64 {
	n := len(p.columns)
	for i := n - 2; i >= 0; i-- {
		b := p.triangle[i*n+n-1]
		for j := i + 1; j < n-1; j++ {
			b -= p.triangle[i*n+j] * p.solution[j]
		}
		p.solution[i] = b
	}
	return p.solution
}

func dot(a, b []float64) float64 {
	sum := 0.0
	b = b[:len(a)]
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

func axpy(c float64, x, y []float64) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += c * v
	}
}
