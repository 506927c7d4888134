package forecast_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/forecast/modeltest"
	"github.com/pgcast/pgcast/forecast/regression"
)

func TestAPassedDeadlineLeavesTheSeasonalNaive(t *testing.T) {
	t.Parallel()
	limited, cancel := context.WithCancel(context.Background())
	cancel()
	for _, model := range []string{"auto", "arima"} {
		o := forecast.Options{Model: model, Horizon: 12, Levels: []float64{80}}
		res, err := forecast.RunWithin(context.Background(), limited, monthly(modeltest.AirPassengers()), o)
		if err != nil {
			t.Fatal(err)
		}
		if res.Selected.Model != "seasonal_naive" || res.Selected.FallbackFrom != model || !warned(res, "deadline_cut") {
			t.Errorf("%s gives %+v with %v", model, res.Selected, res.Warnings)
		}
		checkResult(t, res, 144, o)
	}
}

// A search among very many columns ends with the deadline, as any other does.
func TestAPassedDeadlineLeavesColumnsOut(t *testing.T) {
	t.Parallel()
	limited, cancel := context.WithCancel(context.Background())
	cancel()
	s := monthly(modeltest.AirPassengers())
	o := forecast.Options{Horizon: 12, Columns: []forecast.Column{{Name: "price", Values: make([]float64, 144+12)}}}
	for i := range o.Columns[0].Values {
		o.Columns[0].Values[i] = float64(i * i % 17)
	}
	res, err := forecast.RunWithin(context.Background(), limited, s, o)
	if err != nil {
		t.Fatal(err)
	}
	if told := res.Selected.Columns; len(told) != 1 || told[0].Status != regression.Late || !warned(res, "deadline_cut") || !warned(res, "columns_unused") {
		t.Errorf("columns %+v with %v", told, res.Warnings)
	}
	checkResult(t, res, 144, o)
	if _, err := forecast.RunWithin(limited, limited, s, o); !errors.Is(err, context.Canceled) {
		t.Errorf("a run that was ended gives %v", err)
	}
}

// looks is a limit that ends after it was looked at so many times.
type looks struct {
	context.Context
	left *int
}

func (l looks) Err() error {
	if *l.left--; *l.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

func TestADeadlineKeepsTheBestSoFar(t *testing.T) {
	t.Parallel()
	better := 0
	for _, n := range []int{1, 30, 60, 100, 1000} {
		o := forecast.Options{Horizon: 12}
		res, err := forecast.RunWithin(context.Background(), looks{context.Background(), &n}, monthly(modeltest.AirPassengers()), o)
		if err != nil {
			t.Fatal(err)
		}
		if !warned(res, "deadline_cut") || res.Selected.FallbackFrom != "auto" {
			t.Errorf("%+v with %v", res.Selected, res.Warnings)
		}
		if res.Metrics.Skill > 0 {
			better++
		}
		checkResult(t, res, 144, o)
	}
	if better < 3 {
		t.Errorf("only %d of 5 are better than the seasonal naive", better)
	}
}

func warned(res forecast.Result, code string) bool {
	return slices.ContainsFunc(res.Warnings, func(w forecast.Warning) bool { return w.Code == code })
}
