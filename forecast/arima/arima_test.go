package arima_test

import (
	"context"
	"testing"

	"github.com/pgcast/pgcast/forecast/arima"
	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/modeltest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	modeltest.Conform(t, arima.Auto{})
}

func FuzzForecast(f *testing.F) { modeltest.Fuzz(f, arima.Auto{}) }

func BenchmarkAuto(b *testing.B) {
	b.ReportAllocs()
	task := model.Task{Y: modeltest.AirPassengers(), Season: 12, Horizon: 24, Probs: []float64{0.1, 0.9}}
	for b.Loop() {
		if _, err := (arima.Auto{}).Forecast(context.Background(), task); err != nil {
			b.Fatal(err)
		}
	}
}
