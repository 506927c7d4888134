package forecast_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/forecast/modeltest"
	"github.com/pgcast/pgcast/forecast/series"
)

func TestLGTTakesPartWhereSeasonsAreShort(t *testing.T) {
	t.Parallel()
	y := make([]float64, 20)
	for i := range y {
		y[i] = 100*math.Pow(1.04, float64(i)) + 5*math.Sin(float64(i*i))
	}
	yearly := &series.Series{Freq: series.Frequency{Unit: series.Month, N: 12}, Start: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), Y: y}
	quarterly, negative := *yearly, *yearly
	quarterly.Freq.N, negative.Freq.N = 3, 3
	negative.Y = slices.Clone(y)
	negative.Y[7] = -1
	for _, c := range []struct {
		name    string
		history *series.Series
		lgt     float64 // at least
		without string
	}{
		{"yearly", yearly, 0.3, "ces"},
		{"quarterly", &quarterly, 0.2, "dotm"},
		{"quarterly, not all positive", &negative, 0, "lgt"},
		{"monthly", monthly(modeltest.AirPassengers()), 0, "lgt"},
	} {
		weight := 0.0
		res := run(t, c.history, forecast.Options{Horizon: 4})
		if c.without == "lgt" && slices.Contains(candidates(res), "lgt") {
			t.Errorf("%s: LGT is tried where it takes no part: %v", c.name, candidates(res))
		}
		for _, m := range res.Selected.Members {
			if m.Model == c.without {
				t.Errorf("%s: %s takes part", c.name, m.Model)
			}
			if m.Model == "lgt" {
				weight = m.Weight
			}
		}
		if weight < c.lgt {
			t.Errorf("%s: LGT has weight %v, want at least %v", c.name, weight, c.lgt)
		}
	}
}
