package decompose

import (
	"math"
	"slices"
)

// Components are a series taken apart: it is the sum of them all.
type Components struct {
	Seasonal  [][]float64 // one per period
	Trend     []float64
	Remainder []float64
}

// STL splits y, of at least two seasons of m steps (m ≥ 2), into season and
// trend by loess. window, odd, is how many seasons the pattern of one phase is
// smoothed over. A robust split gives outliers less weight.
//
// Cleveland, Cleveland, McRae & Terpenning (1990), "STL: A seasonal-trend
// decomposition procedure based on loess", Journal of Official Statistics 6(1),
// with the windows and jumps of R's stl; two inner rounds, or one in each of
// the robust rounds.
func STL(y []float64, m, window int, robust bool) (seasonal, trend []float64) {
	s := newSplit(y, m, window)
	if !robust {
		s.round(nil)
		s.round(nil)
		return s.seasonal, s.trend
	}
	var trust []float64
	for range robustRounds {
		s.round(trust)
		if trust = s.bisquare(trust); trust == nil {
			break
		}
	}
	return s.seasonal, s.trend
}

// robustRounds is below R's 15: the weights have settled long before.
const robustRounds = 5

// split is one decomposition on its way.
type split struct {
	y               []float64
	m               int
	seasonal, trend []float64
	phase, low, top loess // smoothers of a phase, of the low pass, of the trend

	cycle       []float64 // one season longer than y at both ends
	pass, spare []float64
	row, curve  []float64 // values of one phase and their curve
	weights     []float64
	adjusted    []float64
}

func newSplit(y []float64, m, window int) *split {
	n, rows := len(y), (len(y)+m-1)/m
	long := func() []float64 { return make([]float64, n+2*m) }
	return &split{
		y: y, m: m,
		seasonal: make([]float64, n), trend: make([]float64, n),
		phase: newLoess(window, false),
		low:   newLoess(m|1, true),
		top:   newLoess(int(math.Ceil(1.5*float64(m)/(1-1.5/float64(window))))|1, true),
		cycle: long(), pass: long(), spare: long(),
		row: make([]float64, rows), curve: make([]float64, rows), weights: make([]float64, rows),
		adjusted: make([]float64, n),
	}
}

// round is the inner loop, steps 1 to 6 of the paper.
func (s *split) round(trust []float64) {
	n, m := len(s.y), s.m
	for i, v := range s.y {
		s.adjusted[i] = v - s.trend[i]
	}
	for p := range m {
		s.smoothPhase(p, trust)
	}
	averages(s.cycle, m, s.pass)
	averages(s.pass[:n+m+1], m, s.spare)
	averages(s.spare[:n+2], 3, s.pass)
	s.low.smooth(s.pass[:n], nil, s.spare[:n])
	for i := range s.seasonal {
		s.seasonal[i] = s.cycle[m+i] - s.spare[i]
		s.adjusted[i] = s.y[i] - s.seasonal[i]
	}
	s.top.smooth(s.adjusted, trust, s.trend)
}

// smoothPhase smooths the values of one phase of the season over the years and
// adds a value at both ends.
func (s *split) smoothPhase(p int, trust []float64) {
	n, m, k := len(s.y), s.m, 0
	for i := p; i < n; i += m {
		s.row[k] = s.adjusted[i]
		if trust != nil {
			s.weights[k] = trust[i]
		}
		k++
	}
	var weights []float64
	if trust != nil {
		weights = s.weights[:k]
	}
	row, curve := s.row[:k], s.curve[:k]
	s.phase.smooth(row, weights, curve)
	s.cycle[p] = s.phase.at(row, weights, -1)
	for i, v := range curve {
		s.cycle[p+(i+1)*m] = v
	}
	s.cycle[p+(k+1)*m] = s.phase.at(row, weights, float64(k))
}

// averages writes the moving averages of width values; there are
// len(y)−width+1 of them.
func averages(y []float64, width int, out []float64) {
	sum := 0.0
	for _, v := range y[:width] {
		sum += v
	}
	out[0] = sum / float64(width)
	for i := width; i < len(y); i++ {
		sum += y[i] - y[i-width]
		out[i-width+1] = sum / float64(width)
	}
}

// bisquare gives each value the trust that its residual deserves, section 2.4;
// nil when most residuals are nothing.
func (s *split) bisquare(trust []float64) []float64 {
	n := len(s.y)
	for i, v := range s.y {
		s.adjusted[i] = math.Abs(v - s.seasonal[i] - s.trend[i])
	}
	sorted := slices.Clone(s.adjusted)
	slices.Sort(sorted)
	reach := 3 * (sorted[(n-1)/2] + sorted[n/2])
	if !(reach > 0) {
		return nil
	}
	if trust == nil {
		trust = make([]float64, n)
	}
	for i, r := range s.adjusted {
		switch u := r / reach; {
		case u <= 0.001:
			trust[i] = 1
		case u >= 0.999:
			trust[i] = 0
		default:
			trust[i] = (1 - u*u) * (1 - u*u)
		}
	}
	return trust
}

// Multiple splits y into the seasons of several periods, ascending, each of
// which fits into y twice: STL for one after the other, each on what the
// others leave, twice over (MSTL). Bandara, Hyndman & Bergmeir (2021), "MSTL:
// A seasonal-trend decomposition algorithm for time series with multiple
// seasonal patterns", with their windows: 11 seasons for the first, 4 more for
// every further one.
func Multiple(y []float64, periods []int, robust bool) Components {
	c := Components{Seasonal: make([][]float64, len(periods)), Trend: make([]float64, len(y)), Remainder: slices.Clone(y)}
	rounds := min(len(periods), 2)
	for round := range rounds {
		for i, m := range periods {
			if round > 0 {
				add(c.Remainder, c.Seasonal[i], 1)
			}
			c.Seasonal[i], c.Trend = STL(c.Remainder, m, 11+4*i, robust)
			add(c.Remainder, c.Seasonal[i], -1)
		}
	}
	add(c.Remainder, c.Trend, -1)
	return c
}

// add adds sign times v to y, in place.
func add(y, v []float64, sign float64) {
	for i := range y {
		y[i] += sign * v[i]
	}
}
