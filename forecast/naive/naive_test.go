package naive_test

import (
	"context"
	"math"
	"testing"

	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/modeltest"
	"github.com/pgcast/pgcast/forecast/naive"
)

func all() []model.Model {
	return []model.Model{naive.Last{}, naive.Seasonal{}, naive.Drift{}, naive.Mean{}}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, m := range all() {
		t.Run(m.Name(), func(t *testing.T) {
			t.Parallel()
			modeltest.Conform(t, m)
		})
	}
}

func FuzzForecast(f *testing.F) { modeltest.Fuzz(f, all()...) }

// Expected values by hand from FPP3, section 5.5.
func TestStandardErrorsGrowAsTheBookSays(t *testing.T) {
	t.Parallel()
	y := []float64{1, 3, 2, 4, 3, 6} // differences 2 −1 2 −1 3, drift 1
	for _, want := range []struct {
		model model.Model
		mean  []float64
		sd    []float64
	}{
		{naive.Last{}, []float64{6, 6, 6}, []float64{math.Sqrt(3.8), math.Sqrt(7.6), math.Sqrt(11.4)}},
		{naive.Seasonal{}, []float64{3, 6, 3}, []float64{math.Sqrt(1.75), math.Sqrt(1.75), math.Sqrt(3.5)}},
		{naive.Drift{}, []float64{7, 8, 9}, []float64{math.Sqrt(3.5 * 1 * 1.2), math.Sqrt(3.5 * 2 * 1.4), math.Sqrt(3.5 * 3 * 1.6)}},
	} {
		f, err := want.model.Forecast(context.Background(), model.Task{Y: y, Season: 2, Horizon: 3, Probs: []float64{0.8413447460685429}})
		if err != nil {
			t.Fatal(err)
		}
		for h := range want.mean {
			if math.Abs(f.Mean[h]-want.mean[h]) > 1e-12 {
				t.Errorf("%s step %d: mean %v, want %v", want.model.Name(), h+1, f.Mean[h], want.mean[h])
			}
			if sd := f.Quantiles[0][h] - f.Mean[h]; math.Abs(sd-want.sd[h]) > 1e-9 {
				t.Errorf("%s step %d: standard error %v, want %v", want.model.Name(), h+1, sd, want.sd[h])
			}
		}
	}
}

func BenchmarkSeasonal(b *testing.B) {
	b.ReportAllocs()
	task := model.Task{Y: modeltest.AirPassengers(), Season: 12, Horizon: 24, Probs: []float64{0.1, 0.9}}
	for b.Loop() {
		if _, err := (naive.Seasonal{}).Forecast(context.Background(), task); err != nil {
			b.Fatal(err)
		}
	}
}
