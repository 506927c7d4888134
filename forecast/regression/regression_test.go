package regression_test

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/modeltest"
	"github.com/pgcast/pgcast/forecast/regression"
)

// promotion is 1 now and then.
func promotion(n int) []float64 {
	x := make([]float64, n)
	for t := range x {
		if t*7919%11 < 3 {
			x[t] = 1
		}
	}
	return x
}

func TestConformance(t *testing.T) {
	t.Parallel()
	modeltest.Conform(t, regression.New(regression.Column{Name: "promotion", Values: promotion(400)}))
}

func FuzzForecast(f *testing.F) {
	modeltest.Fuzz(f, regression.New(regression.Column{Name: "promotion", Values: promotion(400)}))
}

func TestColumnsExplainAndForesee(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	const n, h = 150, 20
	x := promotion(n + h)
	y, e := make([]float64, n), 0.0
	for i := range y {
		e = 0.6*e + r.NormFloat64()
		y[i] = 100 + 30*x[i] + e
	}
	m := regression.New(regression.Column{Name: "promotion", Values: x})
	f, err := m.Forecast(context.Background(), model.Task{Y: y, Season: 7, Horizon: h, Probs: []float64{0.1, 0.9}})
	if err != nil {
		t.Fatal(err)
	}
	if b := f.Amounts["x.promotion"]; math.Abs(b-30) > 1 {
		t.Errorf("a promotion adds %v, want 30", b)
	}
	for i, v := range f.Mean {
		if want := 100 + 30*x[n+i]; math.Abs(v-want) > 4 {
			t.Errorf("step %d is %.1f, want %.1f", i+1, v, want)
		}
	}
	if !strings.HasPrefix(f.Spec, "regression on promotion with ARIMA(") {
		t.Errorf("spec is %q", f.Spec)
	}
}

func TestAColumnThatEndsEarlyIsDeclined(t *testing.T) {
	t.Parallel()
	m := regression.New(regression.Column{Name: "price", Values: make([]float64, 30)})
	_, err := m.Forecast(context.Background(), model.Task{Y: make([]float64, 25), Season: 1, Horizon: 10})
	if err == nil || !strings.Contains(err.Error(), "price") {
		t.Errorf("error is %v", err)
	}
}

func TestColumnsThatSayTheSameAreHarmless(t *testing.T) {
	t.Parallel()
	y := modeltest.AirPassengers()
	x := promotion(len(y) + 12)
	twice, one := make([]float64, len(x)), make([]float64, len(x))
	for i := range x {
		twice[i], one[i] = 2*x[i]+3, 1
	}
	m := regression.New(regression.Column{Name: "a", Values: x}, regression.Column{Name: "b", Values: twice}, regression.Column{Name: "c", Values: one})
	f, err := m.Forecast(context.Background(), model.Task{Y: y, Season: 12, Horizon: 12, Probs: []float64{0.1, 0.9}})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range f.Mean {
		if !(v > 300 && v < 800) {
			t.Errorf("step %d is %v", i+1, v)
		}
	}
}

// Half-hourly demand has a day and a week; both naive ways know one of them.
func TestTwoSeasonsBeatTheirNaives(t *testing.T) {
	t.Parallel()
	for _, c := range modeltest.Classics(t) {
		if c.Name != "taylor" {
			continue
		}
		const h, window = 96, 1900
		const cut = 3196
		mine, day, week := 0.0, 0.0, 0.0
		train, test := c.Train[cut-window:cut], c.Train[cut:cut+h]
		f, err := regression.New().Forecast(context.Background(), model.Task{Y: train, Season: 48, Seasons: []int{48, 336}, Horizon: h})
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range test {
			mine += math.Abs(v-f.Mean[i]) / h
			day += math.Abs(v-train[window-48+i%48]) / h
			week += math.Abs(v-train[window-336+i]) / h
		}
		if mine > 0.7*min(day, week) {
			t.Errorf("misses by %.0f, the last day by %.0f, the last week by %.0f", mine, day, week)
		}
	}
}

func BenchmarkHalfHourly(b *testing.B) {
	b.ReportAllocs()
	y := make([]float64, 2000)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range y {
		y[i] = 100 + 20*math.Sin(2*math.Pi*float64(i)/48) + 10*math.Sin(2*math.Pi*float64(i)/336) + r.NormFloat64()
	}
	task := model.Task{Y: y, Season: 48, Seasons: []int{48, 336}, Horizon: 48}
	for b.Loop() {
		if _, err := regression.New().Forecast(context.Background(), task); err != nil {
			b.Fatal(err)
		}
	}
}
