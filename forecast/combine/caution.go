package combine

import "math"

// Caution is the share that the last value should have beside the forecast of a
// series, from 0 to most. It is small where the history goes one way, or faster
// and faster, and large where it goes nowhere, is rough, or has jumped: there a
// trend that is carried on does the harm.
//
// The share of most is a logistic curve of ten features. It was fitted on
// hold-outs of M3's training parts without a season and on simulated series, to
// the least OWA and the fewest forecasts that are worse than the last value by
// half.
func Caution(y []float64, most float64) float64 {
	sum := usual
	if x, ok := trendFeatures(y); ok {
		for i, f := range traits {
			sum += f.weight * min(max((x[i]-f.middle)/f.spread, -3), 3)
		}
	}
	return most * logistic(sum)
}

func logistic(u float64) float64 { return 1 / (1 + math.Exp(-u)) }

// usual is the curve's place where every feature is in its middle.
const usual = -1.4

// trait is what one feature of a history says: how far it is from its middle,
// in units of its spread (over the series of the fit), counts by weight.
type trait struct{ middle, spread, weight float64 }

// traits are those of the features, in the order of [trendFeatures].
var traits = [...]trait{
	{-0.03, 0.70, -0.7}, // length
	{0.61, 0.35, 0.5},   // share of the variance that a line explains
	{0.43, 0.33, -1.2},  // steadiness of the change
	{-0.03, 0.30, -0.2}, // autocorrelation of the changes
	{0.53, 0.33, 0.4},   // autocorrelation around the line
	{0.10, 0.61, -0.9},  // how much steeper the second half is
	{0.50, 0.65, -1.0},  // the change of late
	{-0.02, 0.46, -0.3}, // its size
	{-3.19, 1.02, 0.4},  // size of the changes beside the level
	{0.63, 0.31, 0.6},   // the largest change
}

// trendFeatures describes how a history moves, whatever its units. It takes
// five values that are not all the same.
func trendFeatures(y []float64) (x [len(traits)]float64, ok bool) {
	n := len(y)
	if n < 5 {
		return x, false
	}
	d := make([]float64, n-1)
	size, largest, level := 0.0, 0.0, 0.0
	for t, v := range y {
		level += math.Abs(v) / float64(n)
		if t > 0 {
			d[t-1] = v - y[t-1]
			size += math.Abs(d[t-1]) / float64(n-1)
			largest = max(largest, math.Abs(d[t-1]))
		}
	}
	if !(size > 0) || math.IsInf(size, 0) {
		return x, false
	}
	rest := make([]float64, n)
	b := slope(y)
	for t, v := range y {
		rest[t] = v - b*float64(t)
	}
	drift := average(d) / size
	way := math.Copysign(1, drift)
	if drift == 0 {
		way = 0
	}
	late := d[n-1-max(3, min(n/3, 6)):]
	rough := 0.0
	for _, v := range late {
		rough += math.Abs(v) / float64(len(late))
	}
	return [...]float64{
		math.Log(float64(n) / 30),
		1 - variance(rest)/variance(y),
		math.Abs(drift),
		autocorrelation(d),
		autocorrelation(rest),
		min(max((slope(y[n/2:])-slope(y[:n/2]))/size, -2), 2) * way,
		min(max(average(late)/size*way, -3), 3),
		math.Log(min(max(rough/size, 0.1), 10)),
		math.Log(min(max(size/level, 1e-4), 1)),
		largest / size / math.Sqrt(float64(n)),
	}, true
}

func average(v []float64) float64 {
	mean := 0.0
	for i, x := range v {
		mean += (x - mean) / float64(i+1)
	}
	return mean
}

// variance is the mean squared distance from the mean.
func variance(v []float64) float64 {
	mean, sum := average(v), 0.0
	for _, x := range v {
		sum += (x - mean) * (x - mean)
	}
	return sum / float64(len(v))
}

// autocorrelation is that at lag one; 0 where nothing moves.
func autocorrelation(v []float64) float64 {
	mean, sum, all := average(v), 0.0, 0.0
	for t, x := range v {
		all += (x - mean) * (x - mean)
		if t > 0 {
			sum += (x - mean) * (v[t-1] - mean)
		}
	}
	if !(all > 0) {
		return 0
	}
	return sum / all
}

// slope is that of the least-squares line through v.
func slope(v []float64) float64 {
	middle, num, den := float64(len(v)-1)/2, 0.0, 0.0
	for t, x := range v {
		d := float64(t) - middle
		num += d * x
		den += d * d
	}
	if den == 0 {
		return 0
	}
	return num / den
}
