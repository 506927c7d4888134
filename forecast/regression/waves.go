package regression

import (
	"fmt"
	"math"
)

// mostWaves bounds the harmonics of one season that are tried.
const mostWaves = 40

// wave is a sine and a cosine of k cycles in m steps.
type wave struct{ k, m int }

// addWaves adds the harmonics of the seasons that pay for their two
// coefficients, in order of the seasons and of their frequency, and returns
// how many. What they gain is measured on the differences of y: a trend would
// drown it.
func (d *design) addWaves(y []float64, seasons []int) int {
	var waves []wave
	var columns [][]float64
	for _, x := range d.past() {
		columns = append(columns, difference(x))
	}
	given := len(columns)
	for _, m := range seasons {
		for k := 1; k <= min(mostWaves, m/2); k++ {
			w := wave{k, m}
			if w.among(waves) {
				continue
			}
			waves = append(waves, w)
			columns = append(columns, difference(w.column(d.n, math.Sin)), difference(w.column(d.n, math.Cos)))
		}
	}
	path := newPath(difference(y), columns)
	kept := 0
	for i, w := range waves {
		at := given + 2*i
		if !path.pays(at, at+2, given+2*kept) {
			continue
		}
		kept++
		d.add(fmt.Sprintf("sin %d/%d", w.k, w.m), w.column(d.n+d.h, math.Sin))
		d.add(fmt.Sprintf("cos %d/%d", w.k, w.m), w.column(d.n+d.h, math.Cos))
	}
	return kept
}

// among reports whether a wave of the same frequency is there already.
func (w wave) among(all []wave) bool {
	for _, v := range all {
		if v.k*w.m == w.k*v.m {
			return true
		}
	}
	return false
}

func (w wave) column(n int, f func(float64) float64) []float64 {
	out := make([]float64, n)
	for t := range out {
		out[t] = f(2 * math.Pi * float64(w.k*t%w.m) / float64(w.m))
	}
	return out
}
