package arima

import "math"

// strength is how much of the variation around the trend is seasonal, 0 to 1:
// 1 − var(remainder)/var(season + remainder) of an STL decomposition with the
// settings of R's mstl; Wang, Smith & Hyndman (2006), "Characteristic-based
// clustering for time series data", DMKD 13. It takes more than two seasons.
func strength(y []float64, m int) float64 {
	season, trend := stl(y, m)
	rest, both := make([]float64, len(y)), make([]float64, len(y))
	for t, v := range y {
		both[t] = v - trend[t]
		rest[t] = both[t] - season[t]
	}
	whole := variation(both)
	if !(whole > 0) {
		return 0
	}
	return min(max(1-variation(rest)/whole, 0), 1)
}

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

const (
	seasonWindow = 11 // seasons a step of the season is smoothed over
	stlPasses    = 2
)

// stl decomposes y, longer than two seasons of m steps; Cleveland, Cleveland,
// McRae & Terpenning (1990), "STL: a seasonal-trend decomposition procedure
// based on loess", J. Official Statistics 6(1), section 2.2, without
// robustness weights.
func stl(y []float64, m int) (season, trend []float64) {
	n := len(y)
	trendWindow := odd(int(math.Ceil(1.5 * float64(m) / (1 - 1.5/seasonWindow))))
	lowWindow := odd(m)
	season, trend = make([]float64, n), make([]float64, n)
	work := make([]float64, n)
	for range stlPasses {
		for t, v := range y {
			work[t] = v - trend[t]
		}
		cycle := cycles(work, m)
		low := mean(mean(mean(cycle, m), m), 3)
		smooth := loess(low, lowWindow, 1, jump(lowWindow), 0, n-1)
		for t := range season {
			season[t] = cycle[t+m] - smooth[t]
			work[t] = y[t] - season[t]
		}
		trend = loess(work, trendWindow, 1, jump(trendWindow), 0, n-1)
	}
	return season, trend
}

func odd(n int) int { return n | 1 }

// jump is how many steps apart loess is evaluated; lines lead from one to the
// next.
func jump(window int) int { return (window + 9) / 10 }

// cycles smooths the values of each phase of the season over the seasons and
// extends them by a season on both sides: n + 2m values.
func cycles(y []float64, m int) []float64 {
	out := make([]float64, len(y)+2*m)
	for phase := range m {
		var part []float64
		for t := phase; t < len(y); t += m {
			part = append(part, y[t])
		}
		for i, v := range loess(part, seasonWindow, 0, jump(seasonWindow), -1, len(part)) {
			out[phase+i*m] = v
		}
	}
	return out
}

// mean is the moving average over window values.
func mean(y []float64, window int) []float64 {
	out := make([]float64, len(y)-window+1)
	sum := 0.0
	for t, v := range y {
		sum += v
		if t >= window {
			sum -= y[t-window]
		}
		if t >= window-1 {
			out[t-window+1] = sum / float64(window)
		}
	}
	return out
}

// loess smooths y with locally weighted polynomials of degree 0 or 1 at the
// places from..to, which may lie outside.
func loess(y []float64, window, degree, jump, from, to int) []float64 {
	out := make([]float64, to-from+1)
	at := func(x int) float64 { return local(y, window, degree, x) }
	last := 0
	for x := 0; x < len(y); x += jump {
		out[x-from] = at(x)
		bridge(out[last-from : x-from+1])
		last = x
	}
	if end := len(y) - 1; end > last {
		out[end-from] = at(end)
		bridge(out[last-from : end-from+1])
	}
	if from < 0 {
		out[0] = at(from)
	}
	if to >= len(y) {
		out[to-from] = at(to)
	}
	return out
}

// bridge draws a line from the first to the last value.
func bridge(v []float64) {
	n := len(v) - 1
	for i := 1; i < n; i++ {
		v[i] = v[0] + (v[n]-v[0])*float64(i)/float64(n)
	}
}

// local is one loess estimate, from the window values nearest to x, with
// tricube weights; Cleveland et al., section 2.1.
func local(y []float64, window, degree, x int) float64 {
	n := len(y)
	first := min(max(x-window/2, 0), max(n-window, 0))
	end := min(first+window, n)
	reach := float64(max(x-first, end-1-x))
	if window > n {
		reach += float64((window - n) / 2)
	}
	sum, weighted, centre, spread := 0.0, 0.0, 0.0, 0.0
	for t := first; t < end; t++ {
		w := tricube(math.Abs(float64(t-x)) / reach)
		sum += w
		weighted += w * y[t]
		centre += w * float64(t-x)
	}
	if !(sum > 0) {
		return y[min(max(x, 0), n-1)]
	}
	level := weighted / sum
	if degree == 0 {
		return level
	}
	centre /= sum
	slope := 0.0
	for t := first; t < end; t++ {
		w := tricube(math.Abs(float64(t-x)) / reach)
		off := float64(t-x) - centre
		spread += w * off * off
		slope += w * off * y[t]
	}
	if math.Sqrt(spread/sum) <= 0.001*float64(n-1) {
		return level
	}
	return level - centre*slope/spread
}

func tricube(d float64) float64 {
	switch {
	case d <= 0.001:
		return 1
	case d > 0.999:
		return 0
	}
	d = 1 - d*d*d
	return d * d * d
}
