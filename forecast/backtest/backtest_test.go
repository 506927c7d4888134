package backtest_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/pgcast/pgcast/forecast/backtest"
	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/naive"
)

func TestPlanCutsWhatTheLengthAllows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name                     string
		n, season, horizon, most int
		folds, steps             int
	}{
		{"AirPassengers, a year", 144, 12, 12, 3, 3, 12},
		{"AirPassengers, two years", 144, 12, 24, 3, 3, 24},
		{"two seasons must stay", 60, 12, 12, 3, 2, 12},
		{"one season must stay", 30, 12, 12, 3, 1, 12},
		{"a yearly series of the M3", 14, 1, 6, 3, 1, 6},
		{"horizon longer than the series", 20, 1, 50, 3, 3, 5},
		{"too short", 4, 1, 1, 3, 0, 0},
		{"five values", 5, 1, 1, 3, 1, 1},
		{"no folds wanted beyond one", 144, 12, 12, 1, 1, 12},
	} {
		p := backtest.NewPlan(c.n, c.season, c.horizon, c.most)
		if p.Folds != c.folds || p.Horizon != c.steps {
			t.Errorf("%s: %d folds of %d steps, want %d of %d", c.name, p.Folds, p.Horizon, c.folds, c.steps)
		}
	}
}

func TestEveryPlanStaysWithinTheSeries(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 500).Draw(t, "n")
		horizon := rapid.IntRange(1, 700).Draw(t, "horizon")
		most := rapid.IntRange(1, 5).Draw(t, "folds")
		p := backtest.NewPlan(n, rapid.IntRange(1, 60).Draw(t, "season"), horizon, most)
		if p.Folds > most || p.Horizon > horizon {
			t.Fatalf("plan %+v is larger than asked for", p)
		}
		cuts := p.Cutoffs(n)
		for i, cut := range cuts {
			if cut < 1 || cut+p.Horizon > n || i > 0 && cut-cuts[i-1] != p.Horizon {
				t.Fatalf("cutoffs %v of %d steps do not fit into %d", cuts, p.Horizon, n)
			}
		}
	})
}

func TestFilledValuesProveNothing(t *testing.T) {
	t.Parallel()
	y := []float64{1, 2, 3, 4, 5, 6, 7, 100}
	observed := slices.Clone(y)
	observed[7] = math.NaN()
	folds, err := backtest.Run(context.Background(), naive.Last{}, model.Task{Y: y, Season: 1}, observed, backtest.Plan{Folds: 1, Horizon: 2})
	if err != nil {
		t.Fatal(err)
	}
	if e := backtest.Score(folds, 1); e.N != 1 || e.MAE != 1 {
		t.Errorf("%d points compared with MAE %v, want 1 with MAE 1", e.N, e.MAE)
	}
}

func TestRunTellsWhyAModelIsOut(t *testing.T) {
	t.Parallel()
	_, err := backtest.Run(context.Background(), picky{}, model.Task{Y: make([]float64, 9), Season: 1}, make([]float64, 9), backtest.Plan{Folds: 1, Horizon: 2})
	if !errors.Is(err, model.ErrUnsuitable) {
		t.Errorf("error %v does not wrap ErrUnsuitable", err)
	}
}

// picky is a model that nothing suits.
type picky struct{}

func (picky) Name() string { return "picky" }

func (picky) Forecast(context.Context, model.Task) (model.Forecast, error) {
	return model.Forecast{}, model.Unsuitable("never")
}
