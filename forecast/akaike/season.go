package akaike

import (
	"github.com/pgcast/pgcast/forecast/decompose"
	"github.com/pgcast/pgcast/forecast/model"
)

// longestSeason is the season with an index per step that is estimated within
// a model. Longer ones are taken off first: as many indices would drown the
// likelihood.
const longestSeason = 24

// Deseasoned blends the forms that fits estimates of a task's values. A long
// season is taken off before and put back afterwards; fits is then told of none,
// which is a season of one step. Errors are those of fits.
func Deseasoned(t model.Task, fits func(y []float64, season int) ([]Form, error)) (model.Forecast, error) {
	var pattern decompose.Pattern
	y, m := t.Y, t.Season
	if m > longestSeason {
		if decompose.Seasonal(y, m) {
			pattern = decompose.Additive(y, m)
			y = pattern.Adjust(y)
		}
		m = 1
	}
	forms, err := fits(y, m)
	if err != nil {
		return model.Forecast{}, err
	}
	f := Blend(forms, t.Horizon, t.Probs)
	if len(pattern.Index) > 0 {
		f.Spec += " on seasonally adjusted data"
		pattern.Restore(f.Mean, len(y))
		pattern.Restore(f.Fitted, 0)
		for _, row := range f.Quantiles {
			pattern.Restore(row, len(y))
		}
	}
	return f, nil
}
