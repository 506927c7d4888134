package decompose

import "math"

// loess smooths equally spaced values by local regression: a weighted line (or
// a weighted mean) through the nearest window values at every place; Cleveland
// (1979), "Robust locally weighted regression and smoothing scatterplots", in
// the form of the authors' stl: Cleveland, Cleveland, McRae & Terpenning
// (1990), "STL", Journal of Official Statistics 6(1), section 2.
type loess struct {
	window int  // values that a place looks at, odd
	linear bool // a line; otherwise a mean
	jump   int  // places between evaluations; the others are interpolated
	kernel []float64
}

// newLoess evaluates ten times per window, as R's stl does by default.
func newLoess(window int, linear bool) loess {
	l := loess{window: window, linear: linear, jump: (window + 9) / 10, kernel: make([]float64, window/2+1)}
	for i := range l.kernel {
		l.kernel[i] = tricube(float64(i), float64(window/2))
	}
	return l
}

// tricube is the weight of a value at a distance within reach.
func tricube(distance, reach float64) float64 {
	switch {
	case distance <= 0.001*reach:
		return 1
	case distance > 0.999*reach:
		return 0
	}
	r := distance / reach
	r = 1 - r*r*r
	return r * r * r
}

// smooth writes the curve through y into out. trust are weights of the values,
// or nil.
func (l *loess) smooth(y, trust, out []float64) {
	n := len(y)
	jump := max(1, min(l.jump, n-1))
	for i := 0; i < n; i += jump {
		out[i] = l.at(y, trust, float64(i))
		if i > 0 {
			bridge(out, i-jump, i)
		}
	}
	if last := (n - 1) / jump * jump; last < n-1 {
		out[n-1] = l.at(y, trust, float64(n-1))
		bridge(out, last, n-1)
	}
}

// bridge interpolates between two places.
func bridge(out []float64, from, to int) {
	step := (out[to] - out[from]) / float64(to-from)
	for i := from + 1; i < to; i++ {
		out[i] = out[from] + float64(i-from)*step
	}
}

// at is the curve at place x, which may lie one step outside of y.
func (l *loess) at(y, trust []float64, x float64) float64 {
	n := len(y)
	half := l.window / 2
	from, to := 0, n // the nearest values
	if l.window < n {
		from = min(max(int(x)-half, 0), n-l.window)
		to = from + l.window
	}
	reach := math.Max(x-float64(from), float64(to-1)-x)
	if l.window > n {
		reach += float64((l.window - n) / 2)
	}
	if !(reach > 0) {
		return y[from]
	}
	inside := reach == float64(half) && to-from == l.window
	var sum, sumX, sumY, sumXX, sumXY float64
	for i := from; i < to; i++ {
		d := float64(i) - x
		var w float64
		if inside {
			w = l.kernel[int(math.Abs(d))]
		} else {
			w = tricube(math.Abs(d), reach)
		}
		if trust != nil {
			w *= trust[i]
		}
		sum += w
		sumY += w * y[i]
		sumX += w * d
		sumXX += w * d * d
		sumXY += w * d * y[i]
	}
	if !(sum > 0) {
		return y[min(max(int(x), 0), n-1)]
	}
	mean, at := sumY/sum, sumX/sum
	if !l.linear {
		return mean
	}
	spread := sumXX/sum - at*at
	if math.Sqrt(max(spread, 0)) <= 0.001*float64(n-1) { // too few values apart for a slope
		return mean
	}
	return mean - at*(sumXY/sum-at*mean)/spread
}
