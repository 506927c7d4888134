package theta_test

import (
	"context"
	"math"
	"testing"

	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/modeltest"
	"github.com/pgcast/pgcast/forecast/theta"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, m := range []model.Model{theta.Standard{}, theta.DynamicOptimised{}} {
		t.Run(m.Name(), func(t *testing.T) {
			t.Parallel()
			modeltest.Conform(t, m)
		})
	}
}

func FuzzForecast(f *testing.F) { modeltest.Fuzz(f, theta.Standard{}, theta.DynamicOptimised{}) }

func BenchmarkStandard(b *testing.B) { benchmark(b, theta.Standard{}) }

func BenchmarkDynamicOptimised(b *testing.B) { benchmark(b, theta.DynamicOptimised{}) }

func benchmark(b *testing.B, m model.Model) {
	b.ReportAllocs()
	task := model.Task{Y: modeltest.AirPassengers(), Season: 12, Horizon: 24, Probs: []float64{0.1, 0.9}}
	for b.Loop() {
		if _, err := m.Forecast(context.Background(), task); err != nil {
			b.Fatal(err)
		}
	}
}

// The bar is R's forecast::thetaf 8.20 on the same data.
func TestForecastsAgreeWithRsThetaf(t *testing.T) {
	t.Parallel()
	compared := 0
	for _, c := range modeltest.Classics(t) {
		for _, r := range c.Fits {
			if r.Method != "thetaf" || !c.Complete() {
				continue
			}
			f, err := theta.Standard{}.Forecast(context.Background(), model.Task{Y: c.Train, Season: c.Period, Horizon: c.Horizon})
			if err != nil {
				t.Fatal(err)
			}
			compared++
			for h, v := range r.Mean {
				if math.Abs(f.Mean[h]/v-1) > 0.001 {
					t.Errorf("%s step %d: %v, R's is %v", c.Name, h+1, f.Mean[h], v)
				}
			}
		}
	}
	if compared < 15 {
		t.Errorf("only %d series were compared", compared)
	}
}
