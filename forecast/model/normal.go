package model

import "math"

// NormalQuantile is the p-quantile of the standard normal distribution.
func NormalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// NormalQuantiles returns the quantiles of normal forecast distributions with
// the given means and standard deviations (≥ 0), one row per probability.
func NormalQuantiles(mean, sd, probs []float64) [][]float64 {
	rows := make([][]float64, len(probs))
	for i, p := range probs {
		z := NormalQuantile(p)
		rows[i] = make([]float64, len(mean))
		for h := range mean {
			rows[i][h] = mean[h] + z*sd[h]
		}
	}
	return rows
}

// Residuals returns y − fitted where both are known.
func Residuals(y, fitted []float64) []float64 {
	var e []float64
	for t := range y {
		if d := y[t] - fitted[t]; !math.IsNaN(d) {
			e = append(e, d)
		}
	}
	return e
}

// ResidualSD is the root of the mean squared residual with n − lost degrees of
// freedom (at least one); 0 when there is no residual.
func ResidualSD(e []float64, lost int) float64 {
	if len(e) == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range e {
		sum += v * v
	}
	return math.Sqrt(sum / float64(max(len(e)-lost, 1)))
}
