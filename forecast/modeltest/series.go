package modeltest

import "math"

// HardSeries are histories on which forecasting code likes to break: no
// values, one, holes, infinities, extreme sizes, zeros, steps and spikes.
func HardSeries() map[string][]float64 {
	nan, inf := math.NaN(), math.Inf(1)
	all := finiteSeries()
	for name, y := range map[string][]float64{
		"empty":            {},
		"all missing":      {nan, nan, nan, nan},
		"one missing":      {nan},
		"lone value":       {nan, nan, 5, nan, nan},
		"infinite":         {1, inf, 3, -inf, 5, 6, 7, 8, 9},
		"only infinite":    {inf, inf, -inf},
		"gap at start":     {nan, nan, 3, 4, 5, 4, 3, 4, 6, 7, 8, 7},
		"gaps inside":      {1, 2, nan, 4, nan, nan, 7, 8, 9, 10, nan, 12, 13},
		"gap at end":       {3, 4, 5, 4, 3, 4, 6, 7, 8, 7, nan, nan, nan},
		"largest floats":   {math.MaxFloat64, -math.MaxFloat64, math.MaxFloat64, -math.MaxFloat64, 1, 2, math.MaxFloat64},
		"smallest floats":  {5e-324, 0, 5e-324, 1e-323, 0, 5e-324, 5e-324, 1e-323},
		"mixed magnitudes": {1e300, 1e-300, 1, -1e300, 1e150, 0, 3, 1e-12},
	} {
		all[name] = y
	}
	return all
}

// finiteSeries are the hard histories a model may be given as they are.
func finiteSeries() map[string][]float64 {
	all := map[string][]float64{
		"one":           {42},
		"two":           {1, 2},
		"three":         {1, 5, 2},
		"four":          {3, 1, 4, 1},
		"constant":      repeat(7, 30),
		"all zero":      repeat(0, 30),
		"short zero":    {0, 0, 0, 0, 0},
		"one spike":     append(append(repeat(0, 20), 100), repeat(0, 9)...),
		"step":          append(repeat(1, 15), repeat(9, 15)...),
		"late step":     append(repeat(1, 29), 50),
		"perfect line":  make([]float64, 25),
		"perfect cycle": make([]float64, 24),
		"tiny":          make([]float64, 28),
		"huge":          make([]float64, 28),
		"huge offset":   make([]float64, 28),
		"negative":      make([]float64, 28),
		"explosive":     make([]float64, 40),
		"outlier":       make([]float64, 30),
		"zeros between": make([]float64, 30),
		"alternating":   make([]float64, 30),
	}
	for i := range 40 {
		wave := 10 + math.Sin(float64(i)*math.Pi/2) + float64(i*7919%13)/13
		for name, v := range map[string]float64{
			"perfect line":  3 + 2*float64(i),
			"perfect cycle": float64(i % 4),
			"tiny":          wave * 1e-12,
			"huge":          wave * 1e15,
			"huge offset":   wave + 1e9,
			"negative":      -wave,
			"explosive":     math.Exp(float64(i)),
			"outlier":       wave + 1e8*float64(i/17%2*(17/(i+1))),
			"zeros between": wave * float64(i%3/2),
			"alternating":   1e6 * float64(1-i%2*2),
		} {
			if i < len(all[name]) {
				all[name][i] = v
			}
		}
	}
	return all
}

func repeat(v float64, n int) []float64 {
	y := make([]float64, n)
	for i := range y {
		y[i] = v
	}
	return y
}
