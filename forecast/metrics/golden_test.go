package metrics_test

import (
	"context"
	"math"
	"testing"

	"github.com/pgcast/pgcast/forecast/backtest"
	"github.com/pgcast/pgcast/forecast/metrics"
	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/modeltest"
	"github.com/pgcast/pgcast/forecast/naive"
)

// Expected values were computed outside of this code, from the definitions
// of docs/methods.md, on AirPassengers with m = 12.
func TestGoldenValues(t *testing.T) {
	t.Parallel()
	type golden struct {
		model                                           model.Model
		mae, rmse, mape, smape, wape, mase, rmsse, bias float64
	}
	splits := []struct {
		name string
		plan backtest.Plan
		want []golden
	}{
		{"train 120, test 24", backtest.Plan{Folds: 1, Horizon: 24}, []golden{
			{naive.Last{}, 115.2500, 137.3290, 23.5775, 27.7510, 0.2548, 4.0334, 4.2247, -115.25},
			{naive.Seasonal{}, 71.2500, 76.9946, 15.5234, 17.0126, 0.1575, 2.4935, 2.3686, -71.25},
			{naive.Drift{}, 91.6155, 115.7035, 18.4084, 21.1982, 0.2026, 3.2062, 3.5594, -91.6155},
			{naive.Mean{}, 206.3417, 219.4392, 44.2346, 57.5834, 0.4563, 7.2213, 6.7507, -206.3417},
		}},
		{"3 folds of 12", backtest.Plan{Folds: 3, Horizon: 12}, []golden{
			{naive.Last{}, 73.2222, 97.5331, 15.2797, 17.4057, 0.1701, 2.4680, 2.9047, -69.1667},
			{naive.Seasonal{}, 35.9167, 38.9917, 8.0602, 8.5178, 0.0813, 1.2130, 1.1614, -35.9167},
			{naive.Drift{}, 64.2111, 88.0405, 13.3881, 14.9854, 0.1493, 2.1635, 2.6222, -55.6881},
		}},
	}
	y := modeltest.AirPassengers()
	for _, split := range splits {
		for _, want := range split.want {
			t.Run(split.name+"/"+want.model.Name(), func(t *testing.T) {
				t.Parallel()
				folds, err := backtest.Run(context.Background(), want.model, model.Task{Y: y, Season: 12}, y, split.plan)
				if err != nil {
					t.Fatal(err)
				}
				got := backtest.Score(folds, 12)
				near(t, "mae", got.MAE, want.mae)
				near(t, "rmse", got.RMSE, want.rmse)
				near(t, "mape", got.MAPE, want.mape)
				near(t, "smape", got.SMAPE, want.smape)
				near(t, "wape", got.WAPE, want.wape)
				near(t, "mase", got.MASE, want.mase)
				near(t, "rmsse", got.RMSSE, want.rmsse)
				near(t, "bias", got.Bias, want.bias)
			})
		}
	}
}

func TestUndefinedMeasuresAreNaN(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	e := metrics.Compare([]float64{3, 3, 3}, 1, []float64{0, nan, 0}, []float64{0, 5, 1})
	if e.N != 2 || e.MAPESkipped != 2 {
		t.Errorf("compared %d points and skipped %d in MAPE, want 2 and 2", e.N, e.MAPESkipped)
	}
	near(t, "mae", e.MAE, 0.5)
	near(t, "smape: 0/0 counts 0, 1 against 0 counts 200", e.SMAPE, 100)
	for name, v := range map[string]float64{"mape": e.MAPE, "wape": e.WAPE, "mase": e.MASE, "rmsse": e.RMSSE} {
		if !math.IsNaN(v) {
			t.Errorf("%s is %v on zeros and a constant history, want NaN", name, v)
		}
	}
}

func TestScaleOfAShortHistoryUsesStepsOfOne(t *testing.T) {
	t.Parallel()
	abs, sq := metrics.Scale([]float64{1, 2, 4}, 12)
	near(t, "mean absolute difference", abs, 1.5)
	near(t, "mean squared difference", sq, 2.5)
}

func TestIntervalScoreRewardsNarrowAndRight(t *testing.T) {
	t.Parallel()
	y, low, high := []float64{5, 11}, []float64{0, 0}, []float64{10, 10}
	share, n := metrics.Coverage(y, low, high)
	near(t, "coverage", share, 0.5)
	if n != 2 {
		t.Errorf("compared %d points, want 2", n)
	}
	// width 10 twice, and 1 outside at 2/0.2 each: (10 + 10 + 10) / 2
	near(t, "interval score", metrics.IntervalScore(80, y, low, high), 15)
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) < 0.00005+1e-12) {
		t.Errorf("%s is %.5f, want %.4f", what, got, want)
	}
}
