package arima_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/pgcast/pgcast/forecast/arima"
)

// anOrder draws an order and a series long enough for it.
func anOrder(t *rapid.T) (arima.Order, []float64) {
	o := arima.Order{
		P: rapid.IntRange(0, 3).Draw(t, "p"), D: rapid.IntRange(0, 2).Draw(t, "d"), Q: rapid.IntRange(0, 3).Draw(t, "q"),
		M: rapid.SampledFrom([]int{1, 4, 7}).Draw(t, "m"), Constant: true,
	}
	if o.M > 1 {
		o.SP, o.SD, o.SQ = rapid.IntRange(0, 1).Draw(t, "P"), rapid.IntRange(0, 1).Draw(t, "D"), rapid.IntRange(0, 1).Draw(t, "Q")
	}
	n := rapid.IntRange(40, 80).Draw(t, "n")
	return o, rapid.SliceOfN(rapid.Float64Range(-1000, 1000), n, n).Draw(t, "y")
}

// Whatever the order and the series: finite forecasts and intervals, and the
// same in other units.
func TestAnyOrderOnAnySeries(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o, y := anOrder(t)
		f, err := arima.FitOrder(context.Background(), y, o)
		if err != nil {
			t.Fatalf("%s: %v", o, err)
		}
		out := f.Forecast(30, []float64{0.9})
		for h, v := range out.Mean {
			w := out.Quantiles[0][h] - v
			if math.IsNaN(v) || math.IsInf(v, 0) || !(w >= 0) || math.IsInf(w, 1) {
				t.Fatalf("%s: step %d is %v ± %v", o, h+1, v, w)
			}
		}
		if math.IsNaN(f.LogLik) || math.IsInf(f.LogLik, 0) || !(f.Sigma2 >= 0) {
			t.Fatalf("%s: log likelihood %v, variance %v", o, f.LogLik, f.Sigma2)
		}
		const c = 4096 // a power of two scales without a rounding
		for i := range y {
			y[i] *= c
		}
		g, err := arima.FitOrder(context.Background(), y, o)
		if err != nil {
			t.Fatal(err)
		}
		for h, v := range g.Forecast(30, nil).Mean {
			if math.Abs(v-c*out.Mean[h]) > 1e-9*math.Abs(v) {
				t.Fatalf("%s: step %d is %v, scaled %v", o, h+1, out.Mean[h], v)
			}
		}
	})
}

// A model with a mean or with differences does not know where zero is.
func TestForecastsMoveWithTheSeries(t *testing.T) {
	t.Parallel()
	y := make([]float64, 60)
	r, level := rand.New(rand.NewPCG(1, 2)), 0.0
	for i := range y {
		level += r.NormFloat64()
		y[i] = level + r.NormFloat64()
	}
	for _, o := range []arima.Order{{P: 1, Q: 1, Constant: true}, {P: 1, D: 1, Constant: true}, {Q: 1, D: 2}, {Q: 1, SQ: 1, SD: 1, M: 4}} {
		near, err := arima.FitOrder(context.Background(), y, o)
		if err != nil {
			t.Fatal(err)
		}
		moved := make([]float64, len(y))
		for i, v := range y {
			moved[i] = v + 500
		}
		far, err := arima.FitOrder(context.Background(), moved, o)
		if err != nil {
			t.Fatal(err)
		}
		there := far.Forecast(12, nil).Mean
		for h, v := range near.Forecast(12, nil).Mean {
			if math.Abs(there[h]-v-500) > 1e-3 {
				t.Errorf("%s: step %d is %v, moved %v", o, h+1, v, there[h])
			}
		}
	}
}
