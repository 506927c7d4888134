package theta_test

import (
	"context"
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
