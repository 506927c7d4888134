package forecast_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/forecast/series"
)

// promoted is a daily series whose promotions add a third, with their days
// known h steps ahead.
func promoted(n, h int) (*series.Series, forecast.Column) {
	r := rand.New(rand.NewPCG(11, 12))
	y, x := make([]float64, n), make([]float64, n+h)
	for t := range x {
		if r.Float64() < 0.15 {
			x[t] = 1
		}
	}
	for t := range y {
		y[t] = 100 + 10*math.Sin(2*math.Pi*float64(t)/7) + 35*x[t] + 2*r.NormFloat64()
	}
	return &series.Series{Freq: series.Frequency{Unit: series.Day, N: 1}, Y: y}, forecast.Column{Name: "promotion", Values: x}
}

func TestAutoUsesWhatIsKnownBesideTheSeries(t *testing.T) {
	t.Parallel()
	const h = 14
	s, promotion := promoted(150, h)
	o := forecast.Options{Horizon: h, Levels: []float64{80, 95}, Columns: []forecast.Column{promotion}}
	res := run(t, s, o)
	checkResult(t, res, 150, o)
	for i, v := range res.Mean {
		want := 100 + 10*math.Sin(2*math.Pi*float64(150+i)/7) + 35*promotion.Values[150+i]
		if math.Abs(float64(v)-want) > 6 {
			t.Errorf("step %d is %.1f, want %.1f", i+1, v, want)
		}
	}
	if e := res.Selected.Columns; len(e) != 1 || e[0].Status != "used" || math.Abs(float64(e[0].Effect)-35) > 2 {
		t.Errorf("effects are %+v", e)
	}
	with, without := math.NaN(), math.NaN()
	for _, line := range res.Backtest.Leaderboard {
		switch line.Model {
		case "ensemble":
			with = float64(line.Metrics.MASE)
		case "ensemble_without_columns":
			without = float64(line.Metrics.MASE)
		}
	}
	if !(with < without/2) {
		t.Errorf("MASE is %.2f with the promotions and %.2f without", with, without)
	}
}

func TestNamedModelsUseColumnsToo(t *testing.T) {
	t.Parallel()
	const h = 7
	s, promotion := promoted(120, h)
	for _, name := range []string{"ets", "theta", "arima", "regression", "mstl", "naive"} {
		res := run(t, s, forecast.Options{Model: name, Horizon: h, Columns: []forecast.Column{promotion}})
		if res.Selected.Model != name || !strings.HasPrefix(res.Selected.Spec, "regression on promotion") {
			t.Errorf("%s makes %s: %s", name, res.Selected.Model, res.Selected.Spec)
		}
	}
	res := run(t, s, forecast.Options{Model: "seasonal_naive", Horizon: h, Columns: []forecast.Column{promotion}})
	if !warned(res, "columns_unused") {
		t.Errorf("the seasonal naive does not say that it uses no columns: %v", res.Warnings)
	}
}

func TestColumnsThatExplainNothingChangeNothing(t *testing.T) {
	t.Parallel()
	const h = 7
	s, _ := promoted(100, h)
	constant := forecast.Column{Name: "constant", Values: slices.Repeat([]float64{3}, 107)}
	with := run(t, s, forecast.Options{Horizon: h, Columns: []forecast.Column{constant}})
	without := run(t, s, forecast.Options{Horizon: h})
	if !slices.Equal(with.Mean, without.Mean) || !warned(with, "columns_unused") {
		t.Errorf("a constant changes the forecast, or nothing is said of it: %v", with.Warnings)
	}
}

func TestAColumnWithoutAValueIsRefused(t *testing.T) {
	t.Parallel()
	s, promotion := promoted(100, 7)
	promotion.Values[103] = math.NaN()
	_, err := forecast.Run(context.Background(), s, forecast.Options{Horizon: 7, Columns: []forecast.Column{promotion}})
	if err == nil || !strings.Contains(err.Error(), "promotion") {
		t.Errorf("error is %v", err)
	}
}

func TestAnyColumnsAnySeries(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfN(value(), 0, 50).Draw(t, "y")
		o := forecast.Options{
			Model:        rapid.SampledFrom(append(forecast.Models(), "auto")).Draw(t, "model"),
			Horizon:      rapid.IntRange(1, 20).Draw(t, "horizon"),
			SeasonLength: rapid.IntRange(0, 12).Draw(t, "season"),
			Levels:       []float64{80, 95},
			Gaps:         rapid.SampledFrom([]string{"linear", "zero", "previous", "none"}).Draw(t, "gaps"),
		}
		cell := rapid.OneOf(rapid.Float64Range(-10, 10), rapid.SampledFrom([]float64{0, 1, 1e12, -1e-9}))
		for range rapid.IntRange(1, 4).Draw(t, "columns") {
			n := len(y) + o.Horizon
			o.Columns = append(o.Columns, forecast.Column{Name: "x", Values: rapid.SliceOfN(cell, n, n).Draw(t, "x")})
		}
		res, err := forecast.Run(context.Background(), monthly(y), o)
		if err != nil {
			t.Fatal(err)
		}
		checkResult(t, res, len(y), o)
	})
}
