package regression

import (
	"math"
	"slices"
)

// whitener takes the autocorrelation of the errors out of a series.
type whitener struct {
	lags    []int // of the autoregression, ascending
	weights []float64
	still   [][]float64 // constant, line and harmonics, as long as the series
}

const (
	mostLags      = 8
	harmonics     = 4 // per season
	seasonsForLag = 4 // cycles that the history must hold for an autoregression on the last one
)

// newWhitener begins with differences: the last value predicts the next one.
func newWhitener(y []float64, seasons []int) *whitener {
	n := len(y)
	w := &whitener{}
	for lag := 1; lag <= max(1, min(mostLags, n/20)); lag++ {
		w.lags = append(w.lags, lag)
	}
	constant, line := make([]float64, n), make([]float64, n)
	for t := range n {
		constant[t], line[t] = 1, float64(t)/float64(n)-0.5
	}
	w.still = [][]float64{constant, line}
	for _, m := range seasons {
		if m < 2 || 2*m > n {
			continue
		}
		if seasonsForLag*m <= n {
			for _, lag := range []int{m, m + 1} {
				if !slices.Contains(w.lags, lag) {
					w.lags = append(w.lags, lag)
				}
			}
		}
		for k := 1; k <= min(harmonics, m/2) && len(w.still)+2 <= n/4; k++ {
			v := wave{k, m}
			w.still = append(w.still, v.column(n, math.Sin))
			if 2*k < m {
				w.still = append(w.still, v.column(n, math.Cos))
			}
		}
	}
	slices.Sort(w.lags)
	w.weights = make([]float64, len(w.lags))
	w.weights[0] = 1
	return w
}

// lost is how many values the filter takes from the front.
func (w *whitener) lost() int { return w.lags[len(w.lags)-1] }

func (w *whitener) filter(x []float64) []float64 {
	lost := w.lost()
	out := make([]float64, len(x)-lost)
	for t := range out {
		v := x[t+lost]
		for i, lag := range w.lags {
			v -= w.weights[i] * x[t+lost-lag]
		}
		out[t] = v
	}
	return out
}

// apply filters a series with everything that stands beside it.
func (w *whitener) apply(y []float64, still, columns [][]float64) (z []float64, nuisance, xs [][]float64) {
	for _, x := range still {
		nuisance = append(nuisance, w.filter(x))
	}
	for _, x := range columns {
		xs = append(xs, w.filter(x))
	}
	return w.filter(y), nuisance, xs
}

// learn estimates the autoregression from residuals, by least squares.
func (w *whitener) learn(rest []float64) {
	lost := w.lost()
	var columns [][]float64
	for _, lag := range w.lags {
		columns = append(columns, slices.Clone(rest[lost-lag:len(rest)-lag]))
	}
	p := newPath(slices.Clone(rest[lost:]), columns)
	weights := p.coefficients()
	for _, v := range weights {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return
		}
	}
	w.weights = weights
}
