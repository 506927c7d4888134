package conformal_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/pgcast/pgcast/forecast/backtest"
	"github.com/pgcast/pgcast/forecast/conformal"
	"github.com/pgcast/pgcast/forecast/model"
)

func TestScoresAreMissesInHalfWidths(t *testing.T) {
	t.Parallel()
	fold := backtest.Fold{
		Actual: []float64{12, 7, math.NaN(), 10},
		Forecast: model.Forecast{
			Mean:      []float64{10, 10, 10, 10},
			Quantiles: [][]float64{{8, 8, 8, 10}, {14, 14, 14, 10}},
		},
	}
	// 2 above in a half width of 4; 3 below in one of 2; a gap; no width
	if got := conformal.Scores([]backtest.Fold{fold}, 0, 1); !slices.Equal(got, []float64{0.5, 1.5}) {
		t.Errorf("scores %v, want 0.5 and 1.5", got)
	}
}

func TestManyScoresOverruleThePrior(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		score float64
		want  float64
	}{{"honest", 1, 1}, {"too narrow", 2, 2}, {"too wide", 0.6, 0.6}} {
		scores := make([]float64, 4000)
		for i := range scores {
			scores[i] = c.score
		}
		if got := conformal.Factor(scores, 0.8, 10_000); math.Abs(got-c.want) > 0.02 {
			t.Errorf("intervals that are %s: factor %.3f, want about %v", c.name, got, c.want)
		}
	}
}

func TestWithoutScoresThePriorDecides(t *testing.T) {
	t.Parallel()
	if got := conformal.Factor(nil, 0.8, 12); math.Abs(got-16.0/12) > 1e-9 {
		t.Errorf("factor of a history of 12 is %v, want 1 + 4/12", got)
	}
}

func TestFactorIsBoundedAndGrowsWithTheMisses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		scores := rapid.SliceOfN(rapid.Float64Range(0, 1e9), 0, 80).Draw(t, "scores")
		slices.Sort(scores)
		n := rapid.IntRange(1, 1000).Draw(t, "n")
		got := conformal.Factor(scores, 0.8, n)
		if !(got >= 0.5 && got <= 3) {
			t.Fatalf("factor %v is not between 0.5 and 3", got)
		}
		for i := range scores {
			scores[i] *= 2
		}
		if more := conformal.Factor(scores, 0.8, n); more < got {
			t.Fatalf("twice the misses give %v after %v", more, got)
		}
	})
}

func TestApplyMovesQuantilesAwayFromTheMean(t *testing.T) {
	t.Parallel()
	f := model.Forecast{Mean: []float64{10}, Quantiles: [][]float64{{8}, {10}, {13}}}
	conformal.Apply(f, []float64{0.1, 0.5, 0.9}, 2)
	if f.Quantiles[0][0] != 6 || f.Quantiles[1][0] != 10 || f.Quantiles[2][0] != 16 {
		t.Errorf("quantiles %v, want 6, 10, 16", f.Quantiles)
	}
}

func TestTailsAreHeavierThanNormal(t *testing.T) {
	t.Parallel()
	f := model.Forecast{Mean: []float64{0}, Quantiles: [][]float64{{-10}, {-8}, {5}, {10}}}
	conformal.Apply(f, []float64{1e-300, 0.025, 0.8, 0.975}, 1)
	if math.Abs(f.Quantiles[1][0]+8.64) > 1e-9 || f.Quantiles[2][0] != 5 || math.Abs(f.Quantiles[3][0]-10.8) > 1e-9 {
		t.Errorf("quantiles %v, want -8.64, 5, 10.8 for 2.5, 80 and 97.5 %%", f.Quantiles)
	}
	if v := f.Quantiles[0][0]; math.IsInf(v, 0) || v > -10 {
		t.Errorf("the farthest quantile is %v", v)
	}
}

func TestAFoldIsCalibratedByTheOthers(t *testing.T) {
	t.Parallel()
	fold := func(actual float64) backtest.Fold {
		return backtest.Fold{
			Train:    make([]float64, 50),
			Actual:   []float64{actual},
			Forecast: model.Forecast{Mean: []float64{0}, Quantiles: [][]float64{{-1}, {1}}},
		}
	}
	folds := []backtest.Fold{fold(0.1), fold(5)}
	probs := []float64{0.1, 0.9}
	got := conformal.Folds(folds, probs, 0, 1)
	width := func(i int) float64 { return got[i].Forecast.Quantiles[1][0] }
	if want := conformal.Factor([]float64{5}, 0.8, 50); math.Abs(width(0)-want) > 1e-12 {
		t.Errorf("the first fold's half width is %v, want %v by the second", width(0), want)
	}
	if !(width(1) < width(0)) || folds[0].Forecast.Quantiles[1][0] != 1 {
		t.Errorf("half widths %v and %v, the given ones now %v", width(0), width(1), folds[0].Forecast.Quantiles)
	}
}
