package forecast_test

import (
	"math"
	"testing"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/forecast/modeltest"
)

func TestTheResultExplainsItself(t *testing.T) {
	t.Parallel()
	y := modeltest.AirPassengers()
	y[40] *= 4
	for i := range y {
		if i >= 100 {
			y[i] += 300
		}
	}
	res := run(t, monthly(y), forecast.Options{Horizon: 12, Levels: []float64{95}})
	if len(res.Outliers) == 0 || res.Outliers[0].Step != 40 {
		t.Errorf("outliers are %+v, want step 40", res.Outliers)
	}
	if len(res.Shifts) != 1 || res.Shifts[0].Step < 99 || res.Shifts[0].Step > 101 || math.Abs(float64(res.Shifts[0].Size)-300) > 100 {
		t.Errorf("shifts are %+v, want 300 at step 100", res.Shifts)
	}
	if c := res.Components; len(c.Trend) != 144 || len(c.Seasonal) != 1 || c.Seasonal[0].Period != 12 || !(c.Seasonal[0].Strength > 0.3) {
		t.Errorf("components are %d values of trend and %+v", len(c.Trend), c.Seasonal)
	}
	sum := 0.0
	for _, m := range res.Selected.Members {
		sum += m.Weight
	}
	if len(res.Selected.Members) < 3 || math.Abs(sum-1) > 1e-9 {
		t.Errorf("members are %+v, of weight %v", res.Selected.Members, sum)
	}
	for _, line := range res.Backtest.Leaderboard {
		if line.Status == "ok" && len(line.Windows) != res.Backtest.Folds || len(res.Backtest.Cutoffs) != res.Backtest.Folds {
			t.Errorf("%s has %d windows for %d folds", line.Model, len(line.Windows), res.Backtest.Folds)
		}
	}
	if last := res.Backtest.Cutoffs[len(res.Backtest.Cutoffs)-1]; last != 131 {
		t.Errorf("the last fold begins after step %d, want 131", last)
	}
}
