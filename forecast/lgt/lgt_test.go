package lgt

import (
	"context"
	"math"
	"testing"

	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/modeltest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	modeltest.Conform(t, Model{})
}

func FuzzForecast(f *testing.F) { modeltest.Fuzz(f, Model{}) }

func TestGrowthGoesOn(t *testing.T) {
	t.Parallel()
	y := make([]float64, 20)
	for i := range y {
		y[i] = 100 * math.Pow(1.05, float64(i)) * (1 + 0.01*math.Sin(float64(7*i)))
	}
	f, err := Model{}.Forecast(context.Background(), model.Task{Y: y, Season: 1, Horizon: 4, Probs: []float64{0.1, 0.9}})
	if err != nil {
		t.Fatal(err)
	}
	for h, v := range f.Mean {
		want := 100 * math.Pow(1.05, float64(20+h))
		if math.Abs(v-want) > 0.05*want {
			t.Errorf("step %d is %.1f, want about %.1f", h+1, v, want)
		}
		if !(f.Quantiles[0][h] < v && v < f.Quantiles[1][h]) {
			t.Errorf("step %d: %.1f is not within %.1f and %.1f", h+1, v, f.Quantiles[0][h], f.Quantiles[1][h])
		}
	}
}

func BenchmarkForecast(b *testing.B) {
	t := model.Task{Y: modeltest.AirPassengers()[:24], Season: 1, Horizon: 6, Probs: []float64{0.1, 0.9}}
	for b.Loop() {
		if _, err := (Model{}).Forecast(context.Background(), t); err != nil {
			b.Fatal(err)
		}
	}
}
