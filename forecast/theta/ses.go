package theta

import "math"

// ses runs simple exponential smoothing with the given parameters and returns
// the sum of squared one-step errors and the last level. When fitted is not
// nil it receives the one-step predictions.
func ses(y []float64, alpha, level float64, fitted []float64) (sse, last float64) {
	for t, v := range y {
		e := v - level
		sse += e * e
		if fitted != nil {
			fitted[t] = level
		}
		level += alpha * e
	}
	return sse, level
}

// bestSES finds the smoothing parameter in [lo, hi] and the start level of
// least squared error. For one alpha the errors are linear in the start level,
// e[t] = u[t] − (1−alpha)^t·l0, so that the best l0 has a closed form and the
// search is over one number.
func bestSES(y []float64, lo, hi float64) (alpha, start float64) {
	startFor := func(a float64) float64 {
		level, decay := 0.0, 1.0
		num, den := 0.0, 0.0
		for _, v := range y {
			e := v - level
			num += e * decay
			den += decay * decay
			level += a * e
			decay *= 1 - a
		}
		return num / den
	}
	alpha = minimise(lo, hi, func(a float64) float64 {
		sse, _ := ses(y, a, startFor(a), nil)
		return sse
	})
	return alpha, startFor(alpha)
}

// gridPoints is how many places [minimise] looks at before it closes in.
const gridPoints = 24

// minimise finds the place of the least value of f on [lo, hi]: the best cell
// of a grid, then golden-section search in it. f may have several valleys.
func minimise(lo, hi float64, f func(float64) float64) float64 {
	best, at := math.Inf(1), lo
	step := (hi - lo) / gridPoints
	for i := 0; i <= gridPoints; i++ {
		x := lo + float64(i)*step
		if v := f(x); v < best {
			best, at = v, x
		}
	}
	a, b := max(lo, at-step), min(hi, at+step)
	inv := (math.Sqrt(5) - 1) / 2
	c, d := b-inv*(b-a), a+inv*(b-a)
	fc, fd := f(c), f(d)
	for b-a > 1e-6*(hi-lo) {
		if fc <= fd {
			b, d, fd = d, c, fc
			c = b - inv*(b-a)
			fc = f(c)
		} else {
			a, c, fc = c, d, fd
			d = a + inv*(b-a)
			fd = f(d)
		}
	}
	if x := (a + b) / 2; f(x) < best {
		return x
	}
	return at
}
