package decompose

import (
	"cmp"
	"math"
	"slices"
)

// Robust splits y like [Multiple], outliers given less weight; without a season
// the trend is a local line, smoothed in the same way.
func Robust(y []float64, periods []int) Components {
	if len(periods) > 0 {
		return Multiple(y, periods, true)
	}
	n := len(y)
	s := &split{y: y, seasonal: make([]float64, n), trend: make([]float64, n), adjusted: make([]float64, n)}
	l := newLoess(max(7, min(n/5, longestSpan)|1), true)
	var trust []float64
	for range 3 {
		l.smooth(y, trust, s.trend)
		if trust = s.bisquare(trust); trust == nil {
			break
		}
	}
	c := Components{Trend: s.trend, Remainder: slices.Clone(y)}
	add(c.Remainder, c.Trend, -1)
	return c
}

// longestSpan bounds the steps a local line looks at.
const longestSpan = 401

// Strength is how much of what the trend leaves a season explains, from 0 to 1:
// Wang, Smith & Hyndman (2006), "Characteristic-based clustering for time series
// data", Data Mining and Knowledge Discovery 13.
func Strength(seasonal, remainder []float64) float64 {
	both := slices.Clone(seasonal)
	add(both, remainder, 1)
	if v := variance(both); v > 0 {
		return min(max(0, 1-variance(remainder)/v), 1)
	}
	return 0
}

func variance(x []float64) float64 {
	mean, sum := average(x), 0.0
	for _, v := range x {
		sum += (v - mean) * (v - mean)
	}
	return sum / float64(len(x))
}

// Outliers returns the steps whose remainder lies far outside the quartiles, the
// farthest ones if there are more than most, ascending: the rule of R's
// forecast::tsoutliers (Hyndman & Athanasopoulos, FPP3, section 13.9), but with
// four and a half interquartile ranges instead of three. A robust split fits most
// values closely and leaves the rest: with three, half of all series of
// autocorrelated noise of 600 steps have an outlier. Where more than a twentieth of
// the steps lie outside, as in seasons that grow, the middle nine tenths take the
// place of the middle half; where as many do even then, that is the way the series is.
func Outliers(remainder []float64, most int) []int {
	few := max(1, len(remainder)/20)
	all := outside(remainder, 0.25, fence)
	if len(all) > few {
		all = outside(remainder, 0.05, fence/3)
	}
	if len(all) > few {
		return nil
	}
	slices.SortStableFunc(all, func(a, b far) int { return cmp.Compare(b.by, a.by) })
	var steps []int
	for _, f := range all[:min(len(all), most)] {
		steps = append(steps, f.step)
	}
	slices.Sort(steps)
	return steps
}

// far is a step and how far outside it lies.
type far struct {
	step int
	by   float64
}

// outside lists the values that lie further outside the quantiles share and
// 1 − share than so many times the range between them. Rounding leaves dust where
// everything is explained.
func outside(remainder []float64, share, times float64) []far {
	sorted := slices.Clone(remainder)
	slices.Sort(sorted)
	low, high := quantile(sorted, share), quantile(sorted, 1-share)
	reach := times*(high-low) + 1e-9*max(math.Abs(sorted[0]), math.Abs(sorted[len(sorted)-1]), 1)
	var all []far
	for t, v := range remainder {
		if by := max(low-v, v-high); by > reach {
			all = append(all, far{t, by})
		}
	}
	return all
}

// fence is how many interquartile ranges an outlier lies outside.
const fence = 4.5

// quantile of ascending values, on the line between two of them.
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// Shift is a change of level.
type Shift struct {
	Step int // first step at the new level
	Size float64
}

const (
	shortestSide = 7   // steps compared on each side of a shift, at least
	longestSide  = 100 // and at most
	bar          = 5   // standard deviations that a shift is apart
	sudden       = 0.6 // share of it that happens within three steps
)

// Shifts looks for sudden changes of level in a series without its season m: the
// difference between the medians of the values after and before a step, beside
// the usual size of that difference. Medians make it blind to single outliers,
// and the usual size to the moves of a random walk: Fried (2007), "On the robust
// detection of edges in time series filtering", CSDA 52; the moving sums of
// Eichinger & Kirch (2018), "A MOSUM procedure for the estimation of multiple
// random change points", Bernoulli 24, use the same local maxima.
func Shifts(y []float64, m, most int) []Shift {
	side := min(max(m, shortestSide), longestSide)
	n := len(y)
	if n < 6*side {
		return nil
	}
	jump := make([]float64, n)
	var sizes []float64
	for t := side; t <= n-side; t++ {
		jump[t] = median(y[t:t+side]) - median(y[t-side:t])
		sizes = append(sizes, jump[t])
	}
	centre := median(sizes)
	for i, v := range sizes {
		sizes[i] = math.Abs(v - centre)
	}
	usual := 1.4826 * median(sizes)
	var found []Shift
	for t := side; t <= n-side; t++ {
		size := jump[t] - centre
		if !(math.Abs(size) > bar*usual) || math.Abs(size) < 1e-9 || !peak(jump, centre, t, side) {
			continue
		}
		at := steepest(y, t, side)
		quick := median(y[at:at+3]) - median(y[at-3:at])
		if quick*size > 0 && math.Abs(quick) > sudden*math.Abs(size) {
			found = append(found, Shift{at, size})
		}
	}
	slices.SortStableFunc(found, func(a, b Shift) int { return cmp.Compare(math.Abs(b.Size), math.Abs(a.Size)) })
	found = found[:min(len(found), most)]
	slices.SortFunc(found, func(a, b Shift) int { return a.Step - b.Step })
	return found
}

// steepest is the step near t where the means on both sides differ most: medians
// do not tell it from the steps beside it.
func steepest(y []float64, t, side int) int {
	best, most := t, -1.0
	for u := max(t-side/2, side); u <= min(t+side/2, len(y)-side); u++ {
		if d := math.Abs(average(y[u:u+side]) - average(y[u-side:u])); d > most {
			best, most = u, d
		}
	}
	return best
}

// peak reports whether the jump at t is the largest within a side's length, the
// first of equals.
func peak(jump []float64, centre float64, t, side int) bool {
	own := math.Abs(jump[t] - centre)
	for i := max(t-side, side); i <= min(t+side, len(jump)-side); i++ {
		if v := math.Abs(jump[i] - centre); v > own || v == own && i < t {
			return false
		}
	}
	return true
}

func median(x []float64) float64 {
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
