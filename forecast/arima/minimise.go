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
	enough           float64     // a value that is worth reaching; +Inf: any
}

func newMinimiser(parameters, n int) *minimiser {
	row := func() []float64 { return make([]float64, parameters) }
	m := &minimiser{
		x: row(), next: row(), step: row(), g: row(), base: make([]float64, n), enough: math.Inf(1),
		normal: make([]float64, parameters*parameters), factor: make([]float64, parameters*parameters),
	}
	for range parameters {
		m.jacobian = append(m.jacobian, make([]float64, n))
	}
	return m
}

const (
	mostIterations = 60
	flat           = 1e-8 // change of minus twice the log likelihood that counts as none
	nudge          = 1e-6 // step of the differences
	farthest       = 6.0  // in one coordinate: the hyperbolic tangent is flat beyond
	longestStep    = 1.5  // in one coordinate
	hope           = 20.0 // times what linear errors promise, a fit that cannot win is given up
	mostWork       = 2e8  // multiplications; fewer iterations for long series of long seasons
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
	for i := range min(mostIterations, int(mostWork/(p.work()*float64(len(m.x)+1)))) {
		if err := m.linearise(ctx, p); err != nil {
			return at, err
		}
		if i > 0 && at-hope*m.promise(p) > m.enough {
			break
		}
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

// promise is by how much the value would fall if the errors were linear.
func (m *minimiser) promise(p *problem) float64 {
	if !m.solve(1e-3) {
		return math.Inf(1)
	}
	now := dot(m.base, m.base) + p.floor
	then := now + dot(m.g, m.step)
	if !(then > 0) {
		return math.Inf(1)
	}
	return float64(p.free) * math.Log(now/then)
}

// linearise sets the normal equations at m.x. The error is that of ctx.
func (m *minimiser) linearise(ctx context.Context, p *problem) error {
	k := len(m.x)
	copy(m.next, m.x)
	for i, row := range m.jacobian {
		if err := ctx.Err(); err != nil {
			return err
		}
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
	return nil
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
