package ets

import (
	"math"

	"github.com/pgcast/pgcast/forecast/decompose"
)

// startStates estimates level, slope and seasonal indices to begin the search
// at, in the way of R's initstate: indices from a decomposition, level and
// slope from a line through the first seasonally adjusted values.
func startStates(form Form, y []float64, m int) values {
	v := values{phi: 1}
	adjusted := y
	if form.Season != None {
		v.season = seasonalStart(form.Season, y, m)
		p := decompose.Pattern{Index: v.season, Multiplicative: form.Season == Multiplicative}
		adjusted = p.Adjust(y)
	}
	head := adjusted[:min(max(10, 2*m), len(y))]
	if form.Trend == None {
		v.level, _ = line(head)
		v.level += middle(head) * slopeOf(head)
		return v
	}
	v.level, v.slope = line(head)
	v.level -= v.slope // the line's value before the first step
	if form.positiveOnly() {
		v.level, v.slope = positiveLine(v.level, v.slope, head)
	}
	return v
}

// leastIndex is the smallest multiplicative index to start from.
const leastIndex = 0.01

func seasonalStart(kind Kind, y []float64, m int) []float64 {
	var index []float64
	switch {
	case len(y) < 2*m:
		index = deviations(kind, y, m)
	case kind == Additive:
		index = decompose.Additive(y, m).Index
	default:
		index = decompose.Ratios(y, m).Index
	}
	if kind == Multiplicative {
		sum := 0.0
		for i := range index {
			index[i] = max(index[i], leastIndex)
			sum += index[i]
		}
		for i := range index {
			index[i] *= float64(m) / sum
		}
	}
	return index
}

// deviations are the mean distances from the regression line by phase, for
// histories too short for a moving average.
func deviations(kind Kind, y []float64, m int) []float64 {
	level, slope := line(y)
	index, count := make([]float64, m), make([]float64, m)
	mean := level + slope*middle(y)
	for t, v := range y {
		index[t%m] += v - level - slope*float64(t)
		count[t%m]++
	}
	sum := 0.0
	for i := range index {
		index[i] /= count[i]
		if kind == Multiplicative {
			index[i] = 1 + index[i]/mean
		}
		sum += index[i] / float64(m)
	}
	for i := range index {
		if kind == Additive {
			index[i] -= sum
		}
	}
	return index
}

// line is the least-squares line through y: its value at step 0 and its slope.
func line(y []float64) (level, slope float64) {
	slope = slopeOf(y)
	mean := 0.0
	for i, v := range y {
		mean += (v - mean) / float64(i+1)
	}
	return mean - slope*middle(y), slope
}

func middle(y []float64) float64 { return float64(len(y)-1) / 2 }

func slopeOf(y []float64) float64 {
	num, den := 0.0, 0.0
	for t, v := range y {
		d := float64(t) - middle(y)
		num += d * v
		den += d * d
	}
	if den == 0 {
		return 0
	}
	return num / den
}

// positiveLine bends a line that is not positive over the head of the series
// to one that is.
func positiveLine(level, slope float64, head []float64) (float64, float64) {
	low := math.Inf(1)
	for _, v := range head {
		low = min(low, v)
	}
	if end := level + slope*float64(len(head)); level+slope > 0 && end > 0 {
		return level, slope
	}
	return low, 0
}
