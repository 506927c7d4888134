package ets

import (
	"context"
	"math"
)

// problem is a smooth function of a vector. It is +Inf where undefined.
type problem interface {
	value(x []float64) float64
	// gradient writes the derivatives at x, the place of the last value.
	gradient(x, g []float64)
}

// minimiser is the BFGS method with a backtracking line search; Nocedal &
// Wright (2006), "Numerical Optimization", algorithms 6.1 and 3.1. Its buffers
// serve any number of problems of the same size, without allocating.
type minimiser struct {
	x, g, next, nextG, step, change, hy []float64
	inverse                             []float64 // of the Hessian, row by row
}

func newMinimiser(n int) *minimiser {
	row := func() []float64 { return make([]float64, n) }
	return &minimiser{x: row(), g: row(), next: row(), nextG: row(), step: row(), change: row(), hy: row(), inverse: make([]float64, n*n)}
}

const (
	mostIterations = 250
	flat           = 1e-7 // change of the value that counts as none
	patience       = 3    // iterations in a row without change
	longestStep    = 3    // in one coordinate, the logistic curve is flat beyond
)

// run walks downhill from m.x and leaves the place in m.x. It returns the
// value there, and ends early with the error of ctx.
func (m *minimiser) run(ctx context.Context, p problem) (float64, error) {
	n := len(m.x)
	at := p.value(m.x)
	if math.IsInf(at, 1) {
		return at, nil
	}
	p.gradient(m.x, m.g)
	m.reset(1)
	fresh, idle := true, 0
	for range mostIterations {
		if err := ctx.Err(); err != nil {
			return at, err
		}
		slope := m.direction()
		if slope >= 0 {
			if fresh {
				return at, nil
			}
			m.reset(1)
			fresh = true
			continue
		}
		value, ok := m.search(p, at, slope)
		if !ok {
			if fresh {
				return at, nil
			}
			m.reset(1)
			fresh = true
			continue
		}
		p.gradient(m.next, m.nextG)
		if at-value < flat {
			idle++
		} else {
			idle = 0
		}
		m.update(fresh)
		fresh = false
		copy(m.x[:n], m.next)
		copy(m.g, m.nextG)
		at = value
		if idle >= patience {
			break
		}
	}
	return at, nil
}

// direction sets the step to −H·g, cut to a sane length, and returns its slope.
func (m *minimiser) direction() float64 {
	n := len(m.x)
	longest := 0.0
	for i := range n {
		row, sum := m.inverse[i*n:(i+1)*n], 0.0
		for j, g := range m.g {
			sum -= row[j] * g
		}
		m.step[i] = sum
		longest = max(longest, math.Abs(sum))
	}
	cut := 1.0
	if longest > longestStep {
		cut = longestStep / longest
	}
	slope := 0.0
	for i := range m.step {
		m.step[i] *= cut
		slope += m.step[i] * m.g[i]
	}
	return slope
}

// search halves (or better, fits a parabola to) the step until the value falls
// enough, Armijo's rule. The place is left in m.next; p was last evaluated there.
func (m *minimiser) search(p problem, at, slope float64) (float64, bool) {
	length := 1.0
	for range 30 {
		for i := range m.x {
			m.next[i] = m.x[i] + length*m.step[i]
		}
		value := p.value(m.next)
		if value <= at+1e-4*length*slope {
			return value, true
		}
		shorter := length / 4
		if !math.IsInf(value, 1) {
			shorter = -slope * length * length / (2 * (value - at - slope*length))
		}
		length = min(max(shorter, length/10), length/2)
	}
	return at, false
}

// reset makes the inverse Hessian scale times the identity.
func (m *minimiser) reset(scale float64) {
	n := len(m.x)
	for i := range m.inverse {
		m.inverse[i] = 0
	}
	for i := range n {
		m.inverse[i*n+i] = scale
	}
}

// update takes the curvature of the last step in, eq. 6.17; the first one also
// sets the scale, eq. 6.20.
func (m *minimiser) update(first bool) {
	n := len(m.x)
	sy, yy := 0.0, 0.0
	for i := range n {
		m.change[i] = m.nextG[i] - m.g[i]
		m.step[i] = m.next[i] - m.x[i]
		sy += m.step[i] * m.change[i]
		yy += m.change[i] * m.change[i]
	}
	if !(sy > 1e-12*yy) || yy == 0 {
		return
	}
	if first {
		m.reset(sy / yy)
	}
	yhy := 0.0
	for i := range n {
		row, sum := m.inverse[i*n:(i+1)*n], 0.0
		for j, y := range m.change {
			sum += row[j] * y
		}
		m.hy[i] = sum
		yhy += sum * m.change[i]
	}
	for i := range n {
		row := m.inverse[i*n : (i+1)*n]
		a := (1 + yhy/sy) / sy * m.step[i]
		b := m.step[i] / sy
		c := m.hy[i] / sy
		for j := range row {
			row[j] += a*m.step[j] - b*m.hy[j] - c*m.step[j]
		}
	}
}
