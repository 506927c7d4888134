package intermittent

import "math"

// weights are the smoothing parameters that are tried. Small ones serve demand
// best; Syntetos & Boylan (2005) recommend 0.05 to 0.2.
var weights = [...]float64{0.02, 0.05, 0.1, 0.15, 0.2, 0.3}

// rates are the smoothed demands per step, one for every step of the history
// (before it is known) and one for the future.
type rates func(d *demand, alpha, beta float64, out []float64) float64

// croston smooths sizes by alpha and the intervals between demands by beta, at
// every demand; the rate is their quotient. Both start at their averages.
//
// Croston (1972), "Forecasting and stock control for intermittent demands",
// Operational Research Quarterly 23(3).
func croston(d *demand, alpha, beta float64, out []float64) float64 {
	size, interval := d.meanSize(), d.interval()
	next, last := 0, -1
	for t := range d.y {
		if out != nil {
			out[t] = size / interval
		}
		if next < len(d.times) && d.times[next] == t {
			size += alpha * (d.sizes[next] - size)
			if last >= 0 {
				interval += beta * (float64(t-last) - interval)
			}
			last = t
			next++
		}
	}
	return size / interval
}

// tsb smooths the probability of demand at every step by beta and the sizes at
// every demand by alpha, so that the rate falls while nothing is sold.
//
// Teunter, Syntetos & Babai (2011), "Intermittent demand: Linking forecasting
// to inventory obsolescence", EJOR 214(3).
func tsb(d *demand, alpha, beta float64, out []float64) float64 {
	size, probability := d.meanSize(), 1/d.interval()
	for t, v := range d.y {
		if out != nil {
			out[t] = probability * size
		}
		if v > 0 {
			size += alpha * (v - size)
			probability += beta * (1 - probability)
		} else {
			probability -= beta * probability
		}
	}
	return probability * size
}

// optimise returns the smoothing parameters of least squared error.
func optimise(d *demand, r rates) (alpha, beta float64) {
	out := make([]float64, len(d.y))
	best := math.Inf(1)
	for _, a := range weights {
		for _, b := range weights {
			r(d, a, b, out)
			if e := squares(d.y, out); e < best {
				best, alpha, beta = e, a, b
			}
		}
	}
	return alpha, beta
}

func squares(y, rate []float64) float64 {
	sum := 0.0
	for t, v := range y {
		sum += (v - rate[t]) * (v - rate[t])
	}
	return sum
}

// aggregate sums y over buckets of k steps, the last of which ends with y; an
// incomplete first bucket is left out. Smoothed by simple exponential
// smoothing, whose parameter has least squared error, it forecasts the rate.
//
// Nikolopoulos, Syntetos, Boylan, Petropoulos & Assimakopoulos (2011), "An
// aggregate-disaggregate intermittent demand approach (ADIDA)", JORS 62(3).
func aggregate(y []float64, k int) float64 {
	n := len(y) / k
	sums := make([]float64, n)
	for i, v := range y[len(y)-n*k:] {
		sums[i/k] += v
	}
	mean := 0.0
	for i, v := range sums {
		mean += (v - mean) / float64(i+1)
	}
	best, level := math.Inf(1), mean
	for _, a := range weights {
		l, sum := mean, 0.0
		for _, v := range sums {
			sum += (v - l) * (v - l)
			l += a * (v - l)
		}
		if sum < best {
			best, level = sum, l
		}
	}
	return level / float64(k)
}
