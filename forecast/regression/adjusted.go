package regression

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/pgcast/pgcast/forecast/model"
)

// Adjusted is any model on a series from which the effects of columns are
// taken off, and to whose forecast they are added again.
type Adjusted struct {
	model.Model
	*Estimator
}

// Forecast answers as the model does for the adjusted series.
func (a Adjusted) Forecast(ctx context.Context, t model.Task) (model.Forecast, error) {
	e, err := a.Effects(ctx, t)
	if err != nil {
		return model.Forecast{}, err
	}
	if !e.Used() {
		return a.Model.Forecast(ctx, t)
	}
	values := a.values()
	rest := t
	rest.Y = a.Rest(e, t)
	f, err := a.Model.Forecast(ctx, rest)
	if err != nil {
		return f, err
	}
	for i := range f.Fitted {
		f.Fitted[i] += e.at(values, i)
	}
	a.carry(&f, e, t, true)
	f.Empirical = false
	f.Spec = fmt.Sprintf("regression on %s, then %s", a.names(e), f.Spec)
	return f, nil
}

// Estimator estimates the effects of its columns, once for each history.
type Estimator struct {
	Columns []Column

	mu   sync.Mutex
	done map[int]estimated // by length of the history
}

// estimated is a history with the effects found on it.
type estimated struct {
	y       []float64
	effects *Effects
}

// Effects returns those of the task's history. When ctx ends first they are those
// of no column, with the error of ctx.
func (a *Estimator) Effects(ctx context.Context, t model.Task) (*Effects, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if known := a.done[len(t.Y)]; known.effects != nil && slices.Equal(known.y, t.Y) {
		return known.effects, nil
	}
	e, err := Estimate(ctx, t.Y, a.values(), held(t))
	if err != nil {
		return &e, err
	}
	if a.done == nil {
		a.done = map[int]estimated{}
	}
	a.done[len(t.Y)] = estimated{t.Y, &e}
	return &e, nil
}

// Rest is the task's history without its effects.
func (a *Estimator) Rest(e *Effects, t model.Task) []float64 {
	values := a.values()
	rest := make([]float64, len(t.Y))
	for i, v := range t.Y {
		rest[i] = v - e.at(values, i)
	}
	return rest
}

func (a *Estimator) values() [][]float64 {
	out := make([][]float64, len(a.Columns))
	for i, c := range a.Columns {
		out[i] = c.Values
	}
	return out
}

func (a *Estimator) names(e *Effects) string {
	var names []string
	for _, effect := range e.All {
		if effect.Why == "" {
			names = append(names, a.Columns[effect.Column].Name)
		}
	}
	return strings.Join(names, ", ")
}

// carry adds the effects to the steps ahead where add says so, and widens the
// intervals because the effects are estimates.
func (a *Estimator) carry(f *model.Forecast, e *Effects, t model.Task, add bool) {
	values := a.values()
	for h := range f.Mean {
		at := len(t.Y) + h
		shift := 0.0
		if add {
			shift = e.at(values, at)
		}
		variance := e.variance(values, at)
		for i, row := range f.Quantiles {
			z, away := model.NormalQuantile(t.Probs[i]), row[h]-f.Mean[h]
			row[h] = f.Mean[h] + shift + math.Copysign(math.Sqrt(away*away+z*z*variance), away)
			if away == 0 {
				row[h] = f.Mean[h] + shift + z*math.Sqrt(variance)
			}
		}
		f.Mean[h] += shift
	}
}
