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

func TestLGTTakesPartWhereThereIsNoSeason(t *testing.T) {
	t.Parallel()
	y := make([]float64, 20)
	for i := range y {
		y[i] = 100*math.Pow(1.04, float64(i)) + 5*math.Sin(float64(i*i))
	}
	yearly := &series.Series{Freq: series.Frequency{Unit: series.Month, N: 12}, Start: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), Y: y}
	res := run(t, yearly, forecast.Options{Horizon: 4, Levels: []float64{95}})
	weight := 0.0
	for _, m := range res.Selected.Members {
		if m.Model == "lgt" {
			weight = m.Weight
		}
	}
	if !(weight > 0.3) {
		t.Errorf("LGT has weight %v among %+v", weight, res.Selected.Members)
	}
	res = run(t, monthly(modeltest.AirPassengers()), forecast.Options{Horizon: 12})
	if slices.Contains(candidates(res), "lgt") {
		t.Errorf("with a season LGT is tried, too: %v", candidates(res))
	}
}
