package arima

import (
	"math"

	"github.com/pgcast/pgcast/forecast/decompose"
)

// What differences are taken for, as in R's auto.arima.
const (
	seasonWindow    = 11   // seasons that the season's loess looks at
	strongSeason    = 0.64 // strength from which on a seasonal difference is taken
	mostDifferences = 2
	kpssCritical    = 0.463 // 5 % point of the level test, table 1 of the paper
)

// differences chooses the differences of y (filled) for seasons of m steps:
// a seasonal one when the season is strong; then ordinary ones until the KPSS test does not object.
func differences(y []float64, missing []int, m int) Order {
	o := Order{M: m}
	if m > 1 && len(y) > 2*m && strength(y, m) > strongSeason {
		o.SD = 1
	}
	for o.D < mostDifferences {
		w := o.observed(y, missing)
		if len(w) < 2 || constant(w, y) || kpss(w) <= kpssCritical {
			break
		}
		o.D++
		if len(o.observed(y, missing)) == 0 {
			o.D--
			break
		}
	}
	return o
}

// strength is how much of the variation around the trend is seasonal, 0 to 1,
// in a decomposition with the settings of R's mstl; Wang, Smith & Hyndman
// (2006), "Characteristic-based clustering for time series data", DMKD 13. It
// takes more than two seasons.
func strength(y []float64, m int) float64 {
	season, trend := decompose.STL(y, m, seasonWindow, false)
	rest, both := make([]float64, len(y)), make([]float64, len(y))
	for t, v := range y {
		both[t] = v - trend[t]
		rest[t] = both[t] - season[t]
	}
	whole := variation(both)
	if !(whole > 0) {
		return 0
	}
	return 1 - variation(rest)/whole
}

// variation is the sum of squares around the mean.
func variation(y []float64) float64 {
	mean, sum := 0.0, 0.0
	for i, v := range y {
		mean += (v - mean) / float64(i+1)
	}
	for _, v := range y {
		sum += (v - mean) * (v - mean)
	}
	return sum
}

// observed returns the differences that no missing value is part of.
func (o Order) observed(y []float64, missing []int) []float64 {
	if len(missing) > 0 {
		y = append([]float64(nil), y...)
		for _, t := range missing {
			y[t] = math.NaN()
		}
	}
	var w []float64
	for _, v := range o.difference(y) {
		if !math.IsNaN(v) {
			w = append(w, v)
		}
	}
	return w
}

// rounding is the size, beside the values of a series, of what differencing
// leaves behind of nothing.
const rounding = 1e-12

// constant reports whether all values of w, differences of y, are the same but
// for rounding.
func constant(w, y []float64) bool {
	low, high, size := math.Inf(1), math.Inf(-1), 0.0
	for _, v := range w {
		low, high = min(low, v), max(high, v)
	}
	for _, v := range y {
		size = max(size, math.Abs(v))
	}
	return high-low <= rounding*size
}

// kpss is the statistic of the test that y moves around a fixed level, with
// Bartlett weights over trunc(3·√n/13) lags as in R; Kwiatkowski, Phillips,
// Schmidt & Shin (1992), "Testing the null hypothesis of stationarity against
// the alternative of a unit root", J. Econometrics 54.
func kpss(y []float64) float64 {
	n := len(y)
	mean := 0.0
	for i, v := range y {
		mean += (v - mean) / float64(i+1)
	}
	partial, sums, long := 0.0, 0.0, 0.0
	for _, v := range y {
		partial += v - mean
		sums += partial * partial
		long += (v - mean) * (v - mean)
	}
	lags := int(3 * math.Sqrt(float64(n)) / 13)
	for s := 1; s <= lags; s++ {
		c := 0.0
		for t := s; t < n; t++ {
			c += (y[t] - mean) * (y[t-s] - mean)
		}
		long += 2 * (1 - float64(s)/float64(lags+1)) * c
	}
	if !(long > 0) {
		return 0
	}
	return sums / (float64(n) * long)
}
