// Package naive holds the benchmarks that need no estimation: the last value,
// the last season, the drift line and the mean. They are what every other
// method has to beat, and what a series falls back to.
//
// Formulas for points and standard errors follow Hyndman & Athanasopoulos,
// "Forecasting: Principles and Practice" (3rd ed.), sections 5.2 and 5.5.
package naive

import (
	"context"
	"math"

	"github.com/pgcast/pgcast/forecast/model"
)

var (
	_ model.Model = Last{}
	_ model.Model = Seasonal{}
	_ model.Model = Drift{}
	_ model.Model = Mean{}
)

// Last repeats the last value. It forecasts any history.
type Last struct{}

// Name returns "naive".
func (Last) Name() string { return "naive" }

// Forecast repeats the last value; the standard error grows with √h.
func (Last) Forecast(_ context.Context, t model.Task) (model.Forecast, error) {
	return repeat("naive", t, 1), nil
}

// Seasonal repeats the last season. A history shorter than one season is
// treated as having none.
type Seasonal struct{}

// Name returns "seasonal_naive".
func (Seasonal) Name() string { return "seasonal_naive" }

// Forecast repeats the last season; the standard error grows with the root of
// the number of seasons begun.
func (Seasonal) Forecast(_ context.Context, t model.Task) (model.Forecast, error) {
	m := t.Season
	if len(t.Y) < m {
		m = 1
	}
	return repeat("seasonal naive", t, m), nil
}

// repeat carries the last m values forward.
func repeat(spec string, t model.Task, m int) model.Forecast {
	n := len(t.Y)
	fitted := blank(n)
	for i := m; i < n; i++ {
		fitted[i] = t.Y[i-m]
	}
	sigma := model.ResidualSD(model.Residuals(t.Y, fitted), 0)
	mean, sd := make([]float64, t.Horizon), make([]float64, t.Horizon)
	for h := range mean {
		mean[h] = t.Y[n-m+h%m]
		sd[h] = sigma * math.Sqrt(float64(h/m+1))
	}
	return model.Forecast{
		Spec:      spec,
		Amounts:   map[string]float64{"sigma": sigma},
		Mean:      mean,
		Quantiles: model.NormalQuantiles(mean, sd, t.Probs),
		Fitted:    fitted,
	}
}

func blank(n int) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = math.NaN()
	}
	return s
}
