// Package metrics measures forecasts against what happened. The definitions
// are those of docs/methods.md; e is actual − forecast throughout.
package metrics

import "math"

// Errors are the error measures of one forecast. A measure that is undefined
// on the data is NaN.
type Errors struct {
	N           int     // points compared
	MAE         float64 // mean |e|, units of the data
	RMSE        float64 // √ mean e², units of the data
	Bias        float64 // mean (forecast − actual); negative is too low
	MAPE        float64 // 100 · mean |e/y| over the points with y ≠ 0
	MAPESkipped int     // points left out of MAPE
	SMAPE       float64 // 100 · mean 2|e|/(|y|+|f|), 0/0 counting 0; 0 to 200
	WAPE        float64 // Σ|e| / Σ|y|
	MASE        float64 // MAE ÷ mean |y[t] − y[t−m]| of the training part
	RMSSE       float64 // √(mean e² ÷ mean (y[t] − y[t−m])²) of the training part
}

// Compare measures a forecast that was made from train. Steps whose actual is
// NaN are left out. m is the season length; when train is no longer than m,
// the scale of MASE and RMSSE uses m = 1.
//
// MASE and RMSSE: Hyndman & Koehler (2006), "Another look at measures of
// forecast accuracy", IJF 22(4).
func Compare(train []float64, m int, actual, forecast []float64) Errors {
	var r Errors
	var abs, sq, bias, ratio, smape, total float64
	for i, y := range actual {
		if math.IsNaN(y) {
			continue
		}
		e := y - forecast[i]
		r.N++
		abs += math.Abs(e)
		sq += e * e
		bias -= e
		total += math.Abs(y)
		if y == 0 {
			r.MAPESkipped++
		} else {
			ratio += math.Abs(e / y)
		}
		if e != 0 {
			smape += 2 * math.Abs(e) / (math.Abs(y) + math.Abs(forecast[i]))
		}
	}
	n := float64(r.N)
	scale, scaleSq := Scale(train, m)
	r.MAE = over(abs, n)
	r.RMSE = math.Sqrt(over(sq, n))
	r.Bias = over(bias, n)
	r.MAPE = 100 * over(ratio, n-float64(r.MAPESkipped))
	r.SMAPE = 100 * over(smape, n)
	r.WAPE = over(abs, total)
	r.MASE = over(r.MAE, scale)
	r.RMSSE = math.Sqrt(over(over(sq, n), scaleSq))
	return r
}

// Scale returns the mean absolute and mean squared seasonal difference of the
// training part, the units of MASE and RMSSE; NaN when there is no difference
// to take.
func Scale(train []float64, m int) (abs, sq float64) {
	if len(train) <= m || m < 1 {
		m = 1
	}
	n := 0.0
	for t := m; t < len(train); t++ {
		d := train[t] - train[t-m]
		if math.IsNaN(d) {
			continue
		}
		n++
		abs += math.Abs(d)
		sq += d * d
	}
	return over(abs, n), over(sq, n)
}

// over divides; nothing over nothing is undefined.
func over(a, b float64) float64 {
	if !(b > 0) {
		return math.NaN()
	}
	return a / b
}

// Mean averages folds with equal weight. A measure undefined in some folds is
// averaged over the others.
func Mean(folds []Errors) Errors {
	r := Errors{}
	for _, f := range folds {
		r.N += f.N
		r.MAPESkipped += f.MAPESkipped
	}
	mean := func(get func(*Errors) float64) float64 {
		sum, n := 0.0, 0.0
		for i := range folds {
			if v := get(&folds[i]); !math.IsNaN(v) {
				sum += v
				n++
			}
		}
		return over(sum, n)
	}
	r.MAE = mean(func(e *Errors) float64 { return e.MAE })
	r.RMSE = mean(func(e *Errors) float64 { return e.RMSE })
	r.Bias = mean(func(e *Errors) float64 { return e.Bias })
	r.MAPE = mean(func(e *Errors) float64 { return e.MAPE })
	r.SMAPE = mean(func(e *Errors) float64 { return e.SMAPE })
	r.WAPE = mean(func(e *Errors) float64 { return e.WAPE })
	r.MASE = mean(func(e *Errors) float64 { return e.MASE })
	r.RMSSE = mean(func(e *Errors) float64 { return e.RMSSE })
	return r
}
