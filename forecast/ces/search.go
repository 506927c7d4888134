package ces

import (
	"math"
	"slices"
)

// corner is one corner of the simplex.
type corner struct {
	x     [4]float64
	value float64
}

// growth bounds how fast the level may grow by itself: a1 − 1 is about a0 times
// the growth per step, so that it may add about half over the whole history. On
// the training parts of M3, with their last horizon held out, CES alone has
// OWA 0.919 without the bound and 0.894 with it.
const growth = 0.6

// corner evaluates x, after it is moved back to the fastest growth allowed.
func (f *filter) corner(x [4]float64) corner {
	x[1] = min(x[1], 1+growth/float64(len(f.y)))
	return corner{x: x, value: f.value(params{x[0], x[1], x[2], x[3]})}
}

// guesses are places to begin at. With a1 = 1 the level is that of simple
// exponential smoothing with parameter a0 − 1; above it there is growth, below
// it a return to zero.
var guesses = [][2]float64{{1.1, 1}, {1.3, 1}, {1.6, 1}, {1.3, 1.02}, {1.8, 1.02}, {1.3, 0.9}}

// search finds the parameters of greatest likelihood: the method of Nelder &
// Mead (1965) from the best guess. It fails where no guess is admissible.
func search(f *filter) (params, bool) {
	var buffer [5]corner
	n := f.kind.free()
	best := corner{value: math.Inf(1)}
	for _, g := range guesses {
		if c := f.corner([4]float64{g[0], g[1], season(f.kind), 1}); c.value < best.value {
			best = c
		}
	}
	if math.IsInf(best.value, 1) {
		return params{}, false
	}
	for range restarts {
		simplex := buffer[:n+1]
		simplex[0] = best
		for i := range n {
			x := best.x
			x[i] += sides[i]
			if simplex[i+1] = f.corner(x); math.IsInf(simplex[i+1].value, 1) {
				x[i] = best.x[i] - sides[i]/2
				simplex[i+1] = f.corner(x)
			}
		}
		found := f.shrink(simplex)
		gain := best.value - found.value
		best = found
		if gain < 1e-4 {
			break
		}
	}
	return params{best.x[0], best.x[1], best.x[2], best.x[3]}, true
}

// season is where the seasonal smoothing begins: a calm season.
func season(k Kind) float64 {
	if k == Full {
		return 1.1
	}
	return 0.1
}

// sides are the first lengths of the simplex.
var sides = [4]float64{0.2, 0.05, 0.1, 0.05}

const (
	restarts  = 6
	mostSteps = 300
	flat      = 1e-7 // difference of the corners that counts as none
)

// shrink walks the simplex downhill until it is flat and returns the best
// corner.
func (f *filter) shrink(s []corner) corner {
	n := len(s) - 1
	byValue := func(a, b corner) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		}
		return 0
	}
	for range mostSteps {
		slices.SortStableFunc(s, byValue)
		if s[n].value-s[0].value < flat {
			break
		}
		along := func(length float64) corner {
			x := s[n].x
			for i := range n {
				centre := 0.0
				for _, c := range s[:n] {
					centre += c.x[i] / float64(n)
				}
				x[i] = centre + length*(s[n].x[i]-centre)
			}
			return f.corner(x)
		}
		switch r := along(-1); {
		case r.value < s[0].value:
			if e := along(-2); e.value < r.value {
				r = e
			}
			s[n] = r
		case r.value < s[n-1].value:
			s[n] = r
		default:
			length := 0.5
			if r.value < s[n].value {
				length = -0.5
			}
			if c := along(length); c.value < min(r.value, s[n].value) {
				s[n] = c
				continue
			}
			for j := 1; j <= n; j++ {
				x := s[j].x
				for i := range n {
					x[i] = (x[i] + s[0].x[i]) / 2
				}
				s[j] = f.corner(x)
			}
		}
	}
	slices.SortStableFunc(s, byValue)
	return s[0]
}
