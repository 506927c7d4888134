package regression

import (
	"context"
	"math"
)

// selection is which columns explain a series, and by how much.
type selection struct {
	kept       []int
	sizes      []float64
	covariance [][]float64
	why        []string  // per column tried; "" for those that are kept
	along      []float64 // of the series, along each orthogonal part
}

// least is the share of a column that must be left after the others for it to
// say anything new.
const least = 1e-8

// choose takes columns one by one (orthogonal least squares: Chen, Billings &
// Luo 1989), the nuisance first. It overwrites what it is given, and stops with
// ctx.
func choose(ctx context.Context, z []float64, nuisance, columns [][]float64) (selection, error) {
	s := selection{why: make([]string, len(columns))}
	size := make([]float64, len(columns))
	original := make([][]float64, len(columns))
	for i, x := range columns {
		size[i], s.why[i] = dot(x, x), Idle
		original[i] = append([]float64(nil), x...)
	}
	rank, err := without(ctx, nuisance, append([][]float64{z}, columns...))
	bar := 2 * max(1, math.Log(float64(max(len(columns), 1))))
	for err == nil {
		best, gain := s.best(z, columns, size)
		if best < 0 || !s.worth(gain, bar, dot(z, z), len(z)-rank) {
			break
		}
		s.take(best, z, columns)
		err = ctx.Err()
	}
	if err != nil {
		return selection{}, err
	}
	s.solve(z, columns, original, rank)
	return s, nil
}

// without makes the nuisance orthogonal and takes it off all of xs. It returns
// how many dimensions the nuisance has.
func without(ctx context.Context, nuisance, xs [][]float64) (rank int, err error) {
	for i, q := range nuisance {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		before := dot(q, q)
		for _, p := range nuisance[:i] {
			project(q, p)
		}
		if dot(q, q) <= least*before {
			clear(q)
			continue
		}
		rank++
		for _, x := range xs {
			project(x, q)
		}
	}
	return rank, nil
}

// best returns the column that explains most of what is left in z, and how much;
// -1: none explains anything. Columns with too little left are repeated ones.
func (s *selection) best(z []float64, columns [][]float64, size []float64) (best int, gain float64) {
	best = -1
	for i, x := range columns {
		if s.why[i] == "" || s.why[i] == Repeated {
			continue
		}
		norm := dot(x, x)
		if norm <= least*size[i] {
			s.why[i] = Repeated
			continue
		}
		if g := dot(x, z) * dot(x, z) / norm; g > gain {
			best, gain = i, g
		}
	}
	return best, gain
}

// worth reports whether a column that explains gain of left comes in. Where the
// history is too short for another one it says so of all that wait.
func (s *selection) worth(gain, bar, left float64, dimensions int) bool {
	freedom := float64(dimensions - len(s.kept) - 1)
	if freedom < 3 || 4*(len(s.kept)+1) > dimensions {
		for i := range s.why {
			if s.why[i] == Idle {
				s.why[i] = Crowded
			}
		}
		return false
	}
	return gain >= bar*max(left-gain, 0)/freedom && gain != 0
}

// take keeps a column, and takes it off the series and the columns that wait.
func (s *selection) take(best int, z []float64, columns [][]float64) {
	q := columns[best]
	s.kept, s.why[best] = append(s.kept, best), ""
	s.along = append(s.along, dot(q, z)/dot(q, q))
	project(z, q)
	for i, x := range columns {
		if i != best && s.why[i] != "" {
			project(x, q)
		}
	}
}

// project takes the part of x along q off x.
func project(x, q []float64) {
	if norm := dot(q, q); norm > 0 {
		remove(x, dot(x, q)/norm, q)
	}
}

// solve turns the orthogonal parts back into the columns: sizes and their
// covariance, the noise estimated from what is left in z.
func (s *selection) solve(z []float64, columns, original [][]float64, rank int) {
	k := len(s.kept)
	if k == 0 {
		return
	}
	// original = Σ triangle·orthogonal + nuisance, so that the sizes solve a
	// triangular system and the covariance is that of its inverse.
	triangle := make([][]float64, k)
	norms := make([]float64, k)
	for a, i := range s.kept {
		triangle[a] = make([]float64, k)
		norms[a] = dot(columns[i], columns[i])
		triangle[a][a] = 1
	}
	for a, i := range s.kept {
		for b, j := range s.kept[a+1:] {
			triangle[a][a+1+b] = dot(columns[i], original[j]) / norms[a]
		}
	}
	inverse := invert(triangle)
	noise := dot(z, z) / float64(max(len(z)-rank-k, 1))
	s.sizes, s.covariance = make([]float64, k), make([][]float64, k)
	for a := range s.kept {
		s.covariance[a] = make([]float64, k)
		for b := range s.kept {
			for c := max(a, b); c < k; c++ {
				s.covariance[a][b] += noise * inverse[a][c] * inverse[b][c] / norms[c]
			}
		}
		for c := a; c < k; c++ {
			s.sizes[a] += inverse[a][c] * s.along[c]
		}
	}
}

// invert returns the inverse of an upper triangle with ones on its diagonal.
func invert(u [][]float64) [][]float64 {
	k := len(u)
	out := make([][]float64, k)
	for a := range out {
		out[a] = make([]float64, k)
		out[a][a] = 1
		for b := a + 1; b < k; b++ {
			for c := a; c < b; c++ {
				out[a][b] -= out[a][c] * u[c][b]
			}
		}
	}
	return out
}
