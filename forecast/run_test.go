package forecast_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/forecast/modeltest"
	"github.com/pgcast/pgcast/forecast/series"
)

func monthly(y []float64) *series.Series {
	return &series.Series{
		Freq:  series.Frequency{Unit: series.Month, N: 1},
		Start: time.Date(1949, 1, 1, 0, 0, 0, 0, time.UTC),
		Y:     y,
	}
}

func run(t *testing.T, s *series.Series, o forecast.Options) forecast.Result {
	t.Helper()
	res, err := forecast.Run(context.Background(), s, o)
	if err != nil {
		t.Fatalf("forecast of %v with %+v: %v", s.Y, o, err)
	}
	return res
}

// The bars are the seasonal naive's own errors, see metrics' golden values.
func TestAutoBeatsTheSeasonalNaiveOnAirPassengers(t *testing.T) {
	t.Parallel()
	for _, bar := range []struct {
		horizon, folds int
		mase           forecast.Number
	}{{12, 3, 1.2130}, {24, 1, 2.4935}} {
		res := run(t, monthly(modeltest.AirPassengers()), forecast.Options{Horizon: bar.horizon, Folds: bar.folds, Levels: []float64{80, 95}})
		if res.Backtest.Folds != bar.folds || res.Backtest.Horizon != bar.horizon {
			t.Errorf("backtest of %d folds of %d steps, want %d of %d", res.Backtest.Folds, res.Backtest.Horizon, bar.folds, bar.horizon)
		}
		if !(res.Metrics.MASE < bar.mase) {
			t.Errorf("MASE %.4f in %d folds of %d, want less than the seasonal naive's %.4f", res.Metrics.MASE, bar.folds, bar.horizon, bar.mase)
		}
		if !strings.Contains(res.Selected.Reason, "beat the seasonal naive by") {
			t.Errorf("reason is %q", res.Selected.Reason)
		}
		t.Logf("MASE %.4f, %s: %s", res.Metrics.MASE, res.Selected.Spec, res.Selected.Reason)
	}
}

func TestHardSeriesGetFiniteOrderedForecasts(t *testing.T) {
	t.Parallel()
	for name, y := range modeltest.HardSeries() {
		for _, model := range append(forecast.Models(), "auto") {
			t.Run(name+"/"+model, func(t *testing.T) {
				t.Parallel()
				for _, gaps := range []string{"linear", "zero", "previous", "none"} {
					o := forecast.Options{Model: model, Horizon: 7, SeasonLength: 4, Levels: []float64{50, 80, 95}, Quantiles: []float64{0.1, 0.5, 0.9}, Gaps: gaps}
					checkResult(t, run(t, monthly(y), o), len(y), o)
				}
			})
		}
	}
}

// checkResult holds a result to what [forecast.Result] promises.
func checkResult(t interface {
	Helper()
	Errorf(string, ...any)
}, res forecast.Result, n int, o forecast.Options) {
	t.Helper()
	if len(res.Mean) != o.Horizon || len(res.Levels) != len(o.Levels) || len(res.Quantiles) != len(o.Quantiles) {
		t.Errorf("%d means, %d levels, %d quantiles", len(res.Mean), len(res.Levels), len(res.Quantiles))
		return
	}
	if len(res.Values) != n || len(res.Fitted) != n {
		t.Errorf("%d values and %d fitted values for %d steps", len(res.Values), len(res.Fitted), n)
	}
	for h := range res.Mean {
		chain := []forecast.Number{}
		for i := len(res.Levels) - 1; i >= 0; i-- {
			chain = append(chain, res.Levels[i].Lower[h])
		}
		chain = append(chain, res.Mean[h])
		for i := range res.Levels {
			chain = append(chain, res.Levels[i].Upper[h])
		}
		ascending(t, "band", h, chain)
		chain = chain[:0]
		for i := range res.Quantiles {
			chain = append(chain, res.Quantiles[i].Values[h])
		}
		ascending(t, "quantiles", h, chain)
	}
	if b, err := json.Marshal(res); err != nil {
		t.Errorf("JSON: %v in %s", err, b)
	}
	if res.Selected.Model == "" || res.Selected.Reason == "" || res.Selected.Spec == "" {
		t.Errorf("the selection is not explained: %+v", res.Selected)
	}
}

func ascending(t interface {
	Helper()
	Errorf(string, ...any)
}, what string, step int, chain []forecast.Number) {
	t.Helper()
	for i, v := range chain {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) || i > 0 && v < chain[i-1] {
			t.Errorf("step %d: %s %v is not finite and ascending", step+1, what, chain)
			return
		}
	}
}

func TestEmittedNumbersStayWithinBounds(t *testing.T) {
	t.Parallel()
	low, high := 3.0, 5.0
	for _, model := range append(forecast.Models(), "auto") {
		res := run(t, monthly([]float64{4, 9, 1, 8, 2, 7, 3, 3, 9, 10, 0, 4}), forecast.Options{
			Model: model, Horizon: 9, Levels: []float64{80, 95}, Quantiles: []float64{0.01, 0.99}, Lower: &low, Upper: &high})
		emitted := [][]forecast.Number{res.Mean}
		for _, b := range res.Levels {
			emitted = append(emitted, b.Lower, b.Upper)
		}
		for _, q := range res.Quantiles {
			emitted = append(emitted, q.Values)
		}
		for _, row := range emitted {
			for _, v := range row {
				if !(v >= 3 && v <= 5) {
					t.Errorf("%s emits %v, outside of 3 to 5", model, v)
				}
			}
		}
	}
}

func TestImpossibleOptionsAreRefused(t *testing.T) {
	t.Parallel()
	low, high := 2.0, 1.0
	for name, o := range map[string]forecast.Options{
		"no horizon":       {},
		"far horizon":      {Horizon: forecast.MaxHorizon + 1},
		"unknown model":    {Horizon: 1, Model: "prophet"},
		"level of 100":     {Horizon: 1, Levels: []float64{100}},
		"quantile of 0":    {Horizon: 1, Quantiles: []float64{0}},
		"NaN level":        {Horizon: 1, Levels: []float64{math.NaN()}},
		"bounds crossed":   {Horizon: 1, Lower: &low, Upper: &high},
		"unknown gap rule": {Horizon: 1, Gaps: "spline"},
		"negative season":  {Horizon: 1, SeasonLength: -1},
		"negative folds":   {Horizon: 1, Folds: -1},
	} {
		if _, err := forecast.Run(context.Background(), monthly([]float64{1, 2, 3}), o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestAnEndedContextEndsTheRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := forecast.Run(ctx, monthly(modeltest.AirPassengers()), forecast.Options{Horizon: 12})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled", err)
	}
}
