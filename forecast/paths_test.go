package forecast_test

import (
	"math"
	"reflect"
	"testing"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/forecast/modeltest"
)

func drawn(t *testing.T, model string, seed uint64, factor float64) forecast.Result {
	t.Helper()
	y := modeltest.AirPassengers()
	for i := range y {
		y[i] *= factor
	}
	return run(t, monthly(y), forecast.Options{Model: model, Horizon: 24, Levels: []float64{80}, Paths: 400, Seed: seed})
}

func TestPathsKeepTheDistributionOfEachStep(t *testing.T) {
	t.Parallel()
	for _, model := range []string{"naive", "ets", "seasonal_naive", "mean"} {
		res := drawn(t, model, 7, 1)
		for h := range 24 {
			inside := 0
			for _, path := range res.Paths {
				if path[h] >= res.Levels[0].Lower[h] && path[h] <= res.Levels[0].Upper[h] {
					inside++
				}
			}
			if share := float64(inside) / 400; share < 0.72 || share > 0.88 {
				t.Errorf("%s: %.2f of the paths lie in the 80 %% interval of step %d", model, share, h+1)
			}
		}
	}
}

// A random walk keeps its way: what is far up at one step is so at the next.
// The errors of a mean know nothing of each other.
func TestPathsMoveAsTheModelDoes(t *testing.T) {
	t.Parallel()
	for model, want := range map[string]float64{"naive": math.Sqrt(10.0 / 20), "mean": 0, "seasonal_naive": 0} {
		res := drawn(t, model, 3, 1)
		var a, b []float64
		for _, path := range res.Paths {
			a, b = append(a, float64(path[9])), append(b, float64(path[19]))
		}
		if got := correlation(a, b); math.Abs(got-want) > 0.15 {
			t.Errorf("%s: steps 10 and 20 correlate by %.2f, want %.2f", model, got, want)
		}
	}
}

func correlation(a, b []float64) float64 {
	var ma, mb, ab, aa, bb float64
	for i := range a {
		ma, mb = ma+a[i]/float64(len(a)), mb+b[i]/float64(len(b))
	}
	for i := range a {
		ab += (a[i] - ma) * (b[i] - mb)
		aa += (a[i] - ma) * (a[i] - ma)
		bb += (b[i] - mb) * (b[i] - mb)
	}
	return ab / math.Sqrt(aa*bb)
}

func TestPathsFollowTheSeedAndTheUnits(t *testing.T) {
	t.Parallel()
	one, same, other, scaled := drawn(t, "auto", 1, 1), drawn(t, "auto", 1, 1), drawn(t, "auto", 2, 1), drawn(t, "auto", 1, 1024)
	if !reflect.DeepEqual(one.Paths, same.Paths) || reflect.DeepEqual(one.Paths, other.Paths) {
		t.Error("the paths do not follow the seed")
	}
	if one.Paths[5][5]*1024 != scaled.Paths[5][5] {
		t.Errorf("%v in other units is %v", one.Paths[5][5], scaled.Paths[5][5])
	}
}

func TestHardSeriesHavePaths(t *testing.T) {
	t.Parallel()
	low := 0.0
	for name, y := range modeltest.HardSeries() {
		res := run(t, monthly(y), forecast.Options{Model: "auto", Horizon: 9, SeasonLength: 4, Paths: 20, Lower: &low})
		for _, path := range res.Paths {
			for _, v := range path {
				if v < 0 || math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
					t.Fatalf("%s: a path goes through %v", name, v)
				}
			}
		}
	}
}
