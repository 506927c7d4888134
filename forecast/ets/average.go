package ets

import (
	"math"
	"slices"

	"github.com/pgcast/pgcast/forecast/model"
)

// evenness divides the differences of AICc before they become weights. With 1
// they would be Akaike weights exp(−ΔAICc/2), the chance of each form to be
// the best one; those trust a small difference too much: on hold-outs of M3's
// training parts the best form has OWA 0.921, Akaike weights 0.901, these
// 0.875; on simulated series 0.801, 0.793 and 0.796.
const evenness = 4

// leastWeight is how much less than the best form one may weigh and still
// take part.
const leastWeight = 0.001

// weights says how much each fit counts; they sum to 1.
//
// Burnham & Anderson (2002), "Model Selection and Multimodel Inference",
// section 2.9; Kolassa (2011), "Combining exponential smoothing forecasts
// using Akaike weights", IJF 27(2).
func weights(fits []*Fit) []float64 {
	best := math.Inf(1)
	for _, f := range fits {
		best = min(best, f.AICc)
	}
	w, sum := make([]float64, len(fits)), 0.0
	for i, f := range fits {
		w[i] = math.Exp((best - f.AICc) / (2 * evenness))
		if !(w[i] >= leastWeight) {
			w[i] = 0
		}
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}

// blend is the weighted mean of the fits' forecasts: points, quantiles and
// fitted values. Specification and parameters are those of the weightiest,
// beside the weight of each.
func blend(fits []*Fit, h int, probs []float64) model.Forecast {
	w := weights(fits)
	top := 0
	for i := range w {
		if w[i] > w[top] {
			top = i
		}
	}
	out := fits[top].Forecast(h, probs)
	if w[top] == 1 {
		return out
	}
	rows := append([][]float64{out.Mean, out.Fitted}, out.Quantiles...)
	for _, row := range rows {
		scale(row, w[top])
	}
	for i, f := range fits {
		if w[i] == 0 {
			continue
		}
		out.Params["weight."+f.Form.String()] = w[i]
		if i == top {
			continue
		}
		other := f.Forecast(h, probs)
		for r, row := range slices.Concat([][]float64{other.Mean, other.Fitted}, other.Quantiles) {
			for t, v := range row {
				rows[r][t] += w[i] * v
			}
		}
	}
	out.Spec += " and others"
	return out
}

func scale(row []float64, by float64) {
	for i := range row {
		row[i] *= by
	}
}
