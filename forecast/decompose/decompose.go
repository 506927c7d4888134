// Package decompose finds a fixed seasonal pattern and takes it off a series:
// what the Theta methods, and ETS on long seasons, work on.
package decompose

import "math"

// Pattern is a fixed seasonal pattern: Index[t mod len(Index)] belongs to step
// t. The zero Pattern has no season.
type Pattern struct {
	Index          []float64 // summing to 0, or of mean 1 when Multiplicative
	Multiplicative bool
}

// Seasonal reports whether y repeats every m steps: whether the
// autocorrelation at lag m is outside its 90 % Bartlett bound, as the M4
// benchmarks and R's forecast::thetaf test it. It takes two full seasons.
func Seasonal(y []float64, m int) bool {
	n := len(y)
	if m < 2 || n <= 2*m {
		return false
	}
	mean := average(y)
	c0 := 0.0
	for _, v := range y {
		c0 += (v - mean) * (v - mean)
	}
	if !(c0 > 0) {
		return false
	}
	sum, r := 0.0, 0.0
	for lag := 1; lag <= m; lag++ {
		c := 0.0
		for t := lag; t < n; t++ {
			c += (y[t] - mean) * (y[t-lag] - mean)
		}
		r = c / c0
		if lag < m {
			sum += r * r
		}
	}
	return math.Abs(r) > 1.645*math.Sqrt((1+2*sum)/float64(n))
}

// smallestIndex is the least multiplicative index that is trusted: dividing by
// a smaller one blows noise up. The value is that of statsforecast's theta.py.
const smallestIndex = 0.01

// Classical estimates the pattern of season m as the mean deviation from (or
// ratio to) the centred moving average; see Hyndman & Athanasopoulos, FPP3,
// section 3.4. It is multiplicative where y and the indices are positive,
// otherwise additive. Fewer than two seasons give no pattern.
func Classical(y []float64, m int) Pattern {
	if m < 2 || len(y) < 2*m {
		return Pattern{}
	}
	if positive(y) {
		p := indices(y, m, true)
		if least(p.Index) >= smallestIndex {
			return p
		}
	}
	return indices(y, m, false)
}

// Additive is [Classical] held to additive indices.
func Additive(y []float64, m int) Pattern {
	if m < 2 || len(y) < 2*m {
		return Pattern{}
	}
	return indices(y, m, false)
}

// Ratios is [Classical] held to multiplicative indices; y must be positive.
func Ratios(y []float64, m int) Pattern {
	if m < 2 || len(y) < 2*m {
		return Pattern{}
	}
	return indices(y, m, true)
}

func indices(y []float64, m int, multiplicative bool) Pattern {
	index, count := make([]float64, m), make([]float64, m)
	trend := movingAverage(y, m)
	for t, level := range trend {
		i := (t + m/2) % m
		v := y[t+m/2]
		if multiplicative {
			index[i] += v / level
		} else {
			index[i] += v - level
		}
		count[i]++
	}
	for i := range index {
		index[i] /= count[i]
	}
	centre := average(index)
	for i := range index {
		if multiplicative {
			index[i] /= centre
		} else {
			index[i] -= centre
		}
	}
	return Pattern{Index: index, Multiplicative: multiplicative}
}

// movingAverage returns the centred moving average over one season; its first
// value belongs to step m/2. Even seasons give half weight to both ends.
func movingAverage(y []float64, m int) []float64 {
	width := m | 1
	if m%2 == 1 {
		width = m
	}
	trend := make([]float64, len(y)-width+1)
	for t := range trend {
		window := y[t : t+width]
		sum := 0.0
		for _, v := range window {
			sum += v
		}
		if m%2 == 0 {
			sum -= (window[0] + window[width-1]) / 2
		}
		trend[t] = sum / float64(m)
	}
	return trend
}

// Adjust returns y without the pattern; y[0] is step 0.
func (p Pattern) Adjust(y []float64) []float64 {
	out := make([]float64, len(y))
	for t, v := range y {
		out[t] = p.off(v, t)
	}
	return out
}

// Restore puts the pattern back, in place; values[0] is step first.
func (p Pattern) Restore(values []float64, first int) {
	if len(p.Index) == 0 {
		return
	}
	for i := range values {
		s := p.Index[(first+i)%len(p.Index)]
		if p.Multiplicative {
			values[i] *= s
		} else {
			values[i] += s
		}
	}
}

func (p Pattern) off(v float64, t int) float64 {
	switch {
	case len(p.Index) == 0:
		return v
	case p.Multiplicative:
		return v / p.Index[t%len(p.Index)]
	}
	return v - p.Index[t%len(p.Index)]
}

func positive(y []float64) bool { return least(y) > 0 }

func least(y []float64) float64 {
	low := math.Inf(1)
	for _, v := range y {
		low = min(low, v)
	}
	return low
}

func average(y []float64) float64 {
	mean := 0.0
	for i, v := range y {
		mean += (v - mean) / float64(i+1)
	}
	return mean
}
