package modeltest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/pgcast/pgcast/forecast/model"
)

// Conform holds a model to the contract of forecast/model: on every history it
// either answers in full or says that the history does not suit it.
func Conform(t *testing.T, m model.Model) {
	t.Run("answers any history or declines", func(t *testing.T) {
		t.Parallel()
		for name, y := range finiteSeries() {
			for _, season := range []int{1, 4, 40} {
				for _, horizon := range []int{1, 9, 60} {
					task := model.Task{Y: y, Season: season, Horizon: horizon, Probs: []float64{0.025, 0.1, 0.5, 0.9, 0.975}, Seed: 1}
					t.Run(fmt.Sprintf("%s, season %d, horizon %d", name, season, horizon), func(t *testing.T) {
						answers(t, m, task)
					})
				}
			}
		}
	})
	t.Run("forecasts AirPassengers", func(t *testing.T) {
		t.Parallel()
		f, err := m.Forecast(context.Background(), airTask())
		if err != nil {
			t.Fatalf("declines: %v", err)
		}
		complete(t, f, airTask())
	})
	t.Run("follows the units of the data", func(t *testing.T) {
		t.Parallel()
		scaleEquivariant(t, m)
	})
	t.Run("needs no quantiles", func(t *testing.T) {
		t.Parallel()
		task := airTask()
		task.Probs = nil
		f, err := m.Forecast(context.Background(), task)
		if err != nil || len(f.Quantiles) != 0 {
			t.Errorf("%d quantile rows, error %v", len(f.Quantiles), err)
		}
	})
	t.Run("stops when the context has ended", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := m.Forecast(ctx, airTask()); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v, want context.Canceled or an answer", err)
		}
	})
}

func airTask() model.Task {
	return model.Task{Y: AirPassengers(), Season: 12, Horizon: 24, Probs: []float64{0.1, 0.9}, Seed: 1}
}

func answers(t *testing.T, m model.Model, task model.Task) {
	t.Helper()
	before := slices.Clone(task.Y)
	f, err := m.Forecast(context.Background(), task)
	if !slices.Equal(before, task.Y) {
		t.Error("changes the history it was given")
	}
	again, errAgain := m.Forecast(context.Background(), task)
	if err != nil {
		if !errors.Is(err, model.ErrUnsuitable) {
			t.Errorf("error %v does not wrap ErrUnsuitable", err)
		}
		if errAgain == nil {
			t.Error("declines, then answers")
		}
		return
	}
	complete(t, f, task)
	if !reflect.DeepEqual(f.Mean, again.Mean) || !reflect.DeepEqual(f.Quantiles, again.Quantiles) {
		t.Error("answers the same task differently")
	}
}

// complete checks that an answer has all its parts.
func complete(t *testing.T, f model.Forecast, task model.Task) {
	t.Helper()
	if f.Spec == "" {
		t.Error("has no spec")
	}
	if len(f.Mean) != task.Horizon || len(f.Fitted) != len(task.Y) || len(f.Quantiles) != len(task.Probs) {
		t.Fatalf("%d means, %d fitted values, %d quantile rows", len(f.Mean), len(f.Fitted), len(f.Quantiles))
	}
	finite(t, "mean", f.Mean)
	for i, row := range f.Quantiles {
		finite(t, "quantile", row)
		for h := range row {
			if i > 0 && row[h] < f.Quantiles[i-1][h] {
				t.Fatalf("quantile %v of step %d is below quantile %v", task.Probs[i], h+1, task.Probs[i-1])
			}
		}
	}
	for name, v := range f.Params {
		finite(t, name, []float64{v})
	}
	for name, v := range f.Amounts {
		finite(t, name, []float64{v})
	}
	for _, v := range f.Fitted {
		if math.IsInf(v, 0) {
			t.Fatal("a fitted value is infinite")
		}
	}
}

func finite(t *testing.T, what string, values []float64) {
	t.Helper()
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("%s %d is %v", what, i+1, v)
		}
	}
}

// scaleEquivariant checks that thousands and millions give the same forecast.
func scaleEquivariant(t *testing.T, m model.Model) {
	t.Helper()
	task := airTask()
	small, err := m.Forecast(context.Background(), task)
	if err != nil {
		t.Fatal(err)
	}
	const c = 1000
	for i := range task.Y {
		task.Y[i] *= c
	}
	large, err := m.Forecast(context.Background(), task)
	if err != nil {
		t.Fatal(err)
	}
	for h, v := range small.Mean {
		if w := large.Mean[h] / c; math.Abs(v-w) > 1e-3*math.Abs(v) {
			t.Fatalf("step %d is %v, in thousands %v", h+1, v, w)
		}
		for i, row := range small.Quantiles {
			if w := large.Quantiles[i][h] / c; math.Abs(row[h]-w) > 1e-3*math.Abs(v) {
				t.Fatalf("quantile %v of step %d is %v, in thousands %v", task.Probs[i], h+1, row[h], w)
			}
		}
	}
}
