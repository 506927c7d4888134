package forecast

import (
	"context"
	"math"

	"github.com/pgcast/pgcast/forecast/model"
)

// guarded is a model whose forecasts are checked: what is not finite or far
// beyond the history is an error, so that the next model gets its turn.
type guarded struct{ model.Model }

// Forecast answers as the model does, or says what is wrong with its answer.
func (g guarded) Forecast(ctx context.Context, t model.Task) (model.Forecast, error) {
	f, err := g.Model.Forecast(ctx, t)
	if err != nil {
		return f, err
	}
	reach := farthest(t)
	for h, v := range f.Mean {
		if !(math.Abs(v) <= reach) {
			return f, model.Unsuitable("the forecast of step %d runs away", h+1)
		}
	}
	order(f, reach)
	return f, nil
}

// farthest is the greatest size a forecast may have: no line through the
// history, however steep, leads beyond it.
func farthest(t model.Task) float64 {
	low, high, size := math.Inf(1), math.Inf(-1), 0.0
	for _, v := range t.Y {
		low, high, size = min(low, v), max(high, v), max(size, math.Abs(v))
	}
	return size + 10*(high-low)*float64(t.Horizon+1)
}

// order makes the quantiles ascend and keeps them within reach, in place.
func order(f model.Forecast, reach float64) {
	for h := range f.Mean {
		last := -reach
		for _, row := range f.Quantiles {
			v := row[h]
			if math.IsNaN(v) {
				v = f.Mean[h]
			}
			last = min(max(v, last), reach)
			row[h] = last
		}
	}
}
