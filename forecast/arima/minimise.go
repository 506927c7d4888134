package arima

import (
	"context"
	"math"
)

// minimiser finds the free vector of least value by the Gauss-Newton method
// with Levenberg and Marquardt's damping: the likelihood is a sum of squares
// (see [problem]), so that first derivatives of the errors give its curvature
// as well; Nocedal & Wright (2006), "Numerical Optimization", section 10.3.
// Derivatives are differences.
type minimiser struct {
	x, next, step, g []float64
	jacobian         [][]float64 // one row per parameter
	base             []float64   // errors at x
	normal, factor   []float64   // JᵀJ and its damped Cholesky factor, row by row
}

func newMinimiser(parameters, n int) *minimiser {
	row := func() []float64 { return make([]float64, parameters) }
	m := &minimiser{
		x: row(), next: row(), step: row(), g: row(), base: make([]float64, n),
		normal: make([]float64, parameters*parameters), factor: make([]float64, parameters*parameters),
	}
	for range parameters {
		m.jacobian = append(m.jacobian, make([]float64, n))
	}
	return m
}

const (
	mostIterations = 60
	flat           = 1e-7 // change of minus twice the log likelihood that counts as none
	nudge          = 1e-6 // step of the differences
	farthest       = 6.0  // in one coordinate: the hyperbolic tangent is flat beyond
	longestStep    = 1.5  // in one coordinate
)

// run walks downhill from m.x and leaves the place in m.x, where p was
// evaluated last. It ends early with the error of ctx.
func (m *minimiser) run(ctx context.Context, p *problem) (float64, error) {
	at := p.value(m.x)
	if len(m.x) == 0 || math.IsInf(at, 1) {
		return at, nil
	}
	copy(m.base, p.residuals())
	damping := 1e-3
	for range mostIterations {
		if err := ctx.Err(); err != nil {
			return at, err
		}
		m.linearise(p)
		value, ok := m.search(p, at, &damping)
		if !ok {
			break
		}
		gained := at - value
		at = value
		if gained < flat {
			break
		}
	}
	return p.value(m.x), nil
}

// linearise sets the normal equations at m.x.
func (m *minimiser) linearise(p *problem) {
	k := len(m.x)
	copy(m.next, m.x)
	for i, row := range m.jacobian {
		h := nudge
		if m.x[i] > 0 {
			h = -nudge
		}
		m.next[i] = m.x[i] + h
		p.value(m.next)
		m.next[i] = m.x[i]
		for t, v := range p.residuals() {
			row[t] = (v - m.base[t]) / h
		}
	}
	for i, row := range m.jacobian {
		m.g[i] = dot(row, m.base)
		for j := range i + 1 {
			v := dot(row, m.jacobian[j])
			m.normal[i*k+j], m.normal[j*k+i] = v, v
		}
	}
}

// search damps the step until the value falls. It moves m.x and m.base there.
func (m *minimiser) search(p *problem, at float64, damping *float64) (float64, bool) {
	for range 12 {
		if m.solve(*damping) {
			for i, s := range m.step {
				m.next[i] = min(max(m.x[i]+s, -farthest), farthest)
			}
			if value := p.value(m.next); value < at {
				copy(m.x, m.next)
				copy(m.base, p.residuals())
				*damping = max(*damping/10, 1e-9)
				return value, true
			}
		}
		*damping *= 8
	}
	return at, false
}

// solve sets the step to −(JᵀJ + damping·diag)⁻¹·g, cut to a sane length.
func (m *minimiser) solve(damping float64) bool {
	k := len(m.x)
	a := m.factor
	largest := 0.0
	for i := range k {
		largest = max(largest, m.normal[i*k+i])
	}
	copy(a, m.normal)
	for i := range k {
		a[i*k+i] += damping*m.normal[i*k+i] + 1e-12*largest
	}
	for i := range k {
		for j := range i + 1 {
			s := a[i*k+j]
			for l := range j {
				s -= a[i*k+l] * a[j*k+l]
			}
			if i != j {
				a[i*k+j] = s / a[j*k+j]
				continue
			}
			if !(s > 0) {
				return false
			}
			a[i*k+i] = math.Sqrt(s)
		}
	}
	for i := range k {
		s := -m.g[i]
		for l := range i {
			s -= a[i*k+l] * m.step[l]
		}
		m.step[i] = s / a[i*k+i]
	}
	longest := 0.0
	for i := k - 1; i >= 0; i-- {
		s := m.step[i]
		for l := i + 1; l < k; l++ {
			s -= a[l*k+i] * m.step[l]
		}
		m.step[i] = s / a[i*k+i]
		longest = max(longest, math.Abs(m.step[i]))
	}
	if longest > longestStep {
		for i := range m.step {
			m.step[i] *= longestStep / longest
		}
	}
	return !math.IsNaN(longest)
}
