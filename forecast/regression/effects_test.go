package regression_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/naive"
	"github.com/pgcast/pgcast/forecast/regression"
)

// shop simulates n days with a week, autocorrelated noise around a random
// walk, and what the columns add.
func shop(r *rand.Rand, n int, walk float64, sizes []float64, columns [][]float64) []float64 {
	y, e, level := make([]float64, n), 0.0, 100.0
	for t := range y {
		e = 0.5*e + r.NormFloat64()
		level += walk * r.NormFloat64()
		y[t] = level + 10*math.Sin(2*math.Pi*float64(t)/7) + 4*math.Cos(4*math.Pi*float64(t)/7) + e
		for i, x := range columns {
			y[t] += sizes[i] * x[t]
		}
	}
	return y
}

func draws(r *rand.Rand, n int, draw func() float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = draw()
	}
	return x
}

func TestEffectsAreFoundWithTheirErrors(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	inside, found, idle := 0, 0, 0
	const runs = 200
	for i := range runs {
		n := 120 + 40*(i%5)
		price := draws(r, n, func() float64 { return 10 + r.NormFloat64() })
		promotion := draws(r, n, func() float64 { return math.Floor(r.Float64() + 0.1) })
		noise := draws(r, n, r.NormFloat64)
		columns := [][]float64{price, promotion, noise}
		e, _ := regression.Estimate(t.Context(), shop(r, n, float64(i%2), []float64{-2, 8, 0}, columns), columns, []int{7})
		for k, want := range []float64{-2, 8} {
			if effect := e.All[k]; effect.Why == "" {
				found++
				if math.Abs(effect.Size-want) < 1.96*effect.Error {
					inside++
				}
			}
		}
		if e.All[2].Why == "" {
			idle++
		}
	}
	if found < 0.98*2*runs {
		t.Errorf("%d of %d effects are found", found, 2*runs)
	}
	if share := float64(inside) / float64(found); share < 0.88 {
		t.Errorf("95 %% intervals of the effects hold %.2f of them", share)
	}
	if idle > runs/4 {
		t.Errorf("noise explains %d of %d series", idle, runs)
	}
	t.Logf("found %d of %d, %.3f within two errors, noise taken %d times", found, 2*runs, float64(inside)/float64(found), idle)
}

func TestColumnsThatSayNothingAreLeftOutWithAReason(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	const n = 100
	x := draws(r, n, r.NormFloat64)
	twice, one := make([]float64, n), make([]float64, n)
	for i := range x {
		twice[i], one[i] = 2*x[i]+3, 1
	}
	columns := [][]float64{x, twice, one, draws(r, n, r.NormFloat64)}
	e, _ := regression.Estimate(t.Context(), shop(r, n, 0.3, []float64{5, 0, 0, 0}, columns), columns, []int{7})
	if used := (e.All[0].Why == "") != (e.All[1].Why == ""); !used {
		t.Errorf("of two equal columns not just one is used: %+v", e.All)
	}
	if e.All[2].Why != regression.Constant {
		t.Errorf("a constant is %+v", e.All[2])
	}
	short, _ := regression.Estimate(t.Context(), make([]float64, 5), columns, nil)
	if short.Used() || short.All[0].Why != regression.Crowded {
		t.Errorf("five values have effects: %+v", short.All)
	}
}

func TestAnAdjustedModelForeseesWhatItsColumnsDo(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	const n, h = 140, 14
	x := promotion(n + h)
	y := shop(r, n, 0, []float64{40}, [][]float64{x})
	m := regression.Adjusted{Model: naive.Seasonal{}, Estimator: &regression.Estimator{Columns: []regression.Column{{Name: "promotion", Values: x}}}}
	f, err := m.Forecast(context.Background(), model.Task{Y: y, Season: 7, Horizon: h, Probs: []float64{0.1, 0.9}})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range f.Mean {
		weekly := 100 + 10*math.Sin(2*math.Pi*float64(n+i)/7) + 4*math.Cos(4*math.Pi*float64(n+i)/7)
		if want := weekly + 40*x[n+i]; math.Abs(v-want) > 6 {
			t.Errorf("step %d is %.1f, want %.1f", i+1, v, want)
		}
		if !(f.Quantiles[0][i] < v && v < f.Quantiles[1][i]) {
			t.Errorf("step %d lies outside its interval", i+1)
		}
	}
}
