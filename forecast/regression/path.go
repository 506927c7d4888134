package regression

import "math"

// path is a least-squares regression whose columns come in one by one, each
// made orthogonal to those before it (modified Gram-Schmidt).
type path struct {
	n        int
	squares  []float64 // sum of squares left before column i; the last: after all
	b        []float64 // coefficient of column i on its orthogonal part
	triangle [][]float64
}

// redundant is the share of a column that is left when those before it
// explain it.
const redundant = 1e-10

// newPath regresses y on the columns. It overwrites them.
func newPath(y []float64, columns [][]float64) *path {
	p := &path{n: len(y)}
	for i, q := range columns {
		p.squares = append(p.squares, dot(y, y))
		row := make([]float64, len(columns))
		p.triangle = append(p.triangle, row)
		norm := dot(q, q)
		b := 0.0
		if norm > 0 {
			b = dot(q, y) / norm
			for j := i + 1; j < len(columns); j++ {
				before := dot(columns[j], columns[j])
				row[j] = dot(q, columns[j]) / norm
				remove(columns[j], row[j], q)
				if dot(columns[j], columns[j]) <= redundant*redundant*before {
					clear(columns[j])
				}
			}
			remove(y, b, q)
		}
		p.b = append(p.b, b)
	}
	p.squares = append(p.squares, dot(y, y))
	return p
}

// coefficients solves for the columns themselves.
func (p *path) coefficients() []float64 {
	out := make([]float64, len(p.b))
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = p.b[i]
		for j := i + 1; j < len(out); j++ {
			out[i] -= p.triangle[i][j] * out[j]
		}
	}
	return out
}

// pays reports whether columns from..to−1 lower the AICc when others columns
// are there.
func (p *path) pays(from, to, others int) bool {
	if !(p.squares[to] > 0) {
		return p.squares[from] > 0
	}
	n, k := float64(p.n), float64(others+2)
	more := k + float64(to-from)
	if n <= more+1 {
		return false
	}
	gain := n * math.Log(p.squares[from]/p.squares[to])
	return gain > 2*n*more/(n-more-1)-2*n*k/(n-k-1)
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// remove takes b times q off y.
func remove(y []float64, b float64, q []float64) {
	for i, v := range q {
		y[i] -= b * v
	}
}

// difference returns the steps between values.
func difference(y []float64) []float64 {
	out := make([]float64, len(y)-1)
	for t := range out {
		out[t] = y[t+1] - y[t]
	}
	return out
}
