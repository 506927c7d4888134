package combine_test

import (
	"context"
	"errors"
	"testing"

	"github.com/pgcast/pgcast/forecast/combine"
	"github.com/pgcast/pgcast/forecast/ets"
	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/modeltest"
	"github.com/pgcast/pgcast/forecast/naive"
	"github.com/pgcast/pgcast/forecast/theta"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	modeltest.Conform(t, combine.Ensemble{Members: []model.Model{ets.Auto{}, theta.DynamicOptimised{}}})
}

func TestMeanIsTheMeanOfItsMembers(t *testing.T) {
	t.Parallel()
	e := combine.Ensemble{Members: []model.Model{naive.Last{}, naive.Drift{}}}
	f, err := e.Forecast(context.Background(), model.Task{Y: []float64{0, 2, 1, 6}, Season: 1, Horizon: 2})
	if err != nil {
		t.Fatal(err)
	}
	// naive 6, 6; drift 8, 10
	if f.Mean[0] != 7 || f.Mean[1] != 8 {
		t.Errorf("mean %v, want 7 and 8", f.Mean)
	}
	if f.Spec != "mean of naive and random walk with drift" {
		t.Errorf("spec %q", f.Spec)
	}
	if f.Amounts["drift.drift"] != 2 {
		t.Errorf("amounts %v do not carry the member's name", f.Amounts)
	}
}

func TestMembersCountByWeight(t *testing.T) {
	t.Parallel()
	e := combine.Ensemble{Members: []model.Model{naive.Last{}, naive.Mean{}, naive.Drift{}}, Weigh: func(model.Task) ([]float64, float64) {
		return []float64{3, 0, 1}, 0
	}}
	f, err := e.Forecast(context.Background(), model.Task{Y: []float64{0, 2, 1, 6}, Season: 1, Horizon: 2})
	if err != nil {
		t.Fatal(err)
	}
	// naive 6, 6; drift 8, 10
	if f.Mean[0] != 6.5 || f.Mean[1] != 7 {
		t.Errorf("mean %v, want 6.5 and 7", f.Mean)
	}
	if len(f.Members) != 2 || f.Members[0].Weight != 0.75 || f.Members[1].Weight != 0.25 {
		t.Errorf("members are %+v, want naive at 0.75 and drift at 0.25", f.Members)
	}
}

func TestAMemberThatDeclinesIsLeftOut(t *testing.T) {
	t.Parallel()
	task := model.Task{Y: []float64{1, 2}, Season: 1, Horizon: 1}
	f, err := combine.Ensemble{Members: []model.Model{theta.Standard{}, naive.Last{}}}.Forecast(context.Background(), task)
	if err != nil || f.Mean[0] != 2 || f.Spec != "naive" {
		t.Errorf("%q forecasts %v, error %v; want the naive alone", f.Spec, f.Mean, err)
	}
	_, err = combine.Ensemble{Members: []model.Model{theta.Standard{}}}.Forecast(context.Background(), task)
	if !errors.Is(err, model.ErrUnsuitable) {
		t.Errorf("error %v, want ErrUnsuitable", err)
	}
}

func TestLeanMovesTowardsTheAnchor(t *testing.T) {
	t.Parallel()
	e := combine.Ensemble{Members: []model.Model{naive.Drift{}}, Anchor: naive.Last{}, Weigh: func(model.Task) ([]float64, float64) {
		return []float64{1}, 0.25
	}}
	f, err := e.Forecast(context.Background(), model.Task{Y: []float64{0, 2, 1, 6}, Season: 1, Horizon: 2, Probs: []float64{0.1, 0.9}})
	if err != nil {
		t.Fatal(err)
	}
	// drift 8, 10; naive 6, 6
	if f.Mean[0] != 7.5 || f.Mean[1] != 9 {
		t.Errorf("mean %v, want 7.5 and 9", f.Mean)
	}
	if f.Spec != "random walk with drift, with 25 % of naive" {
		t.Errorf("spec %q", f.Spec)
	}
	if !(f.Quantiles[0][0] < 7.5 && f.Quantiles[1][0] > 7.5) {
		t.Errorf("quantiles %v around 7.5", f.Quantiles)
	}
}
