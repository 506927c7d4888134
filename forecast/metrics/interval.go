package metrics

import "math"

// Coverage is the share of actuals inside [lower, upper], and the number of
// actuals that were compared. Steps whose actual is NaN are left out.
func Coverage(actual, lower, upper []float64) (share float64, n int) {
	inside := 0
	for i, y := range actual {
		if math.IsNaN(y) {
			continue
		}
		n++
		if lower[i] <= y && y <= upper[i] {
			inside++
		}
	}
	return over(float64(inside), float64(n)), n
}

// IntervalScore is the mean interval score of Gneiting & Raftery (2007),
// "Strictly proper scoring rules, prediction, and estimation", eq. 43: width
// plus 2/α times what lies outside, α = 1 − level/100. Divided by the MASE
// scale it is the MSIS of the M4 competition.
func IntervalScore(level float64, actual, lower, upper []float64) float64 {
	alpha := 1 - level/100
	sum, n := 0.0, 0.0
	for i, y := range actual {
		if math.IsNaN(y) {
			continue
		}
		n++
		sum += upper[i] - lower[i] + 2/alpha*(max(lower[i]-y, 0)+max(y-upper[i], 0))
	}
	return over(sum, n)
}
