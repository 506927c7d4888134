package forecast_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/forecast/series"
)

func candidates(res forecast.Result) []string {
	var names []string
	for _, s := range res.Backtest.Leaderboard {
		names = append(names, s.Model)
	}
	return names
}

// halfHourly is noise around a day and a week.
func halfHourly(n int) *series.Series {
	random := rand.New(rand.NewPCG(1, 2))
	y := make([]float64, n)
	for i := range y {
		x := 2 * math.Pi * float64(i)
		y[i] = 50 + 10*math.Sin(x/48) + 8*math.Sin(x/336) + random.NormFloat64()
	}
	return &series.Series{Freq: series.Frequency{Unit: series.Second, N: 1800}, Y: y}
}

func TestSeveralSeasonsAreForecastByMSTL(t *testing.T) {
	t.Parallel()
	res := run(t, halfHourly(2000), forecast.Options{Horizon: 96, Levels: []float64{80, 95}})
	if res.Selected.Model != "mstl" {
		t.Errorf("%s was chosen of %v: %s", res.Selected.Model, candidates(res), res.Selected.Reason)
	}
	if !(res.Metrics.Skill > 0.3) {
		t.Errorf("skill is %v, want well above the daily seasonal naive", res.Metrics.Skill)
	}
}

func TestASeriesTooShortForTwoSeasonsHasOne(t *testing.T) {
	t.Parallel()
	res := run(t, halfHourly(600), forecast.Options{Horizon: 48})
	if slices.Contains(candidates(res), "mstl") {
		t.Errorf("candidates %v for less than two weeks", candidates(res))
	}
}

// sales are what a small shop sells of one thing.
func sales(n int) *series.Series {
	random := rand.New(rand.NewPCG(3, 4))
	y := make([]float64, n)
	for i := range y {
		if random.Float64() < 0.3 {
			y[i] = float64(1 + random.IntN(5))
		}
	}
	return &series.Series{Freq: series.Frequency{Unit: series.Month, N: 1}, Start: time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC), Y: y}
}

func TestDemandNowAndThenIsNeverNegative(t *testing.T) {
	t.Parallel()
	res := run(t, sales(120), forecast.Options{Horizon: 12, Levels: []float64{80, 95}, Quantiles: []float64{0.01, 0.99}})
	if !slices.Contains([]string{"croston", "sba", "tsb", "adida", "imapa"}, res.Selected.Model) {
		t.Errorf("%s was chosen: %s", res.Selected.Model, res.Selected.Reason)
	}
	for h := range res.Mean {
		if !(res.Mean[h] > 0.3 && res.Mean[h] < 2) {
			t.Errorf("step %d is %v, want about 0.9", h+1, res.Mean[h])
		}
		if res.Levels[1].Lower[h] != 0 || res.Quantiles[0].Values[h] != 0 || res.Quantiles[1].Values[h] != 5 {
			t.Errorf("step %d is between %v and %v, want 0 and 5", h+1, res.Levels[1].Lower[h], res.Quantiles[1].Values[h])
		}
	}
}
