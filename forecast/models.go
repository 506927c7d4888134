package forecast

import (
	"github.com/pgcast/pgcast/forecast/arima"
	"github.com/pgcast/pgcast/forecast/ces"
	"github.com/pgcast/pgcast/forecast/ets"
	"github.com/pgcast/pgcast/forecast/intermittent"
	"github.com/pgcast/pgcast/forecast/lgt"
	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/mstl"
	"github.com/pgcast/pgcast/forecast/naive"
	"github.com/pgcast/pgcast/forecast/regression"
	"github.com/pgcast/pgcast/forecast/theta"
)

// singles are the methods that stand on their own, best guess first: among
// equals the earlier one is chosen.
func singles() []model.Model {
	models := []model.Model{
		ets.Auto{},
		theta.DynamicOptimised{},
		arima.Auto{},
		theta.Standard{},
		naive.Seasonal{},
		naive.Last{},
		naive.Drift{},
		naive.Mean{},
		ces.Auto{},
		lgt.Model{},
		mstl.Model{Rest: ets.Auto{}},
		regression.New(),
	}
	for _, m := range intermittent.Methods() {
		models = append(models, intermittent.Model{Method: m})
	}
	return models
}

// Models returns the names that [Options] takes as Model beside "auto".
func Models() []string {
	names := []string{ensemble}
	for _, m := range singles() {
		names = append(names, m.Name())
	}
	return names
}

// fallbacks is what takes over, in this order, when a model cannot be used.
// The last one forecasts anything.
func fallbacks() []string { return []string{"theta", "seasonal_naive", "naive"} }

// byName returns the model of that name, or nil.
func byName(name string) model.Model {
	if name == ensemble {
		return blended(byName, byName(baseline))
	}
	for _, m := range singles() {
		if m.Name() == name {
			return m
		}
	}
	return nil
}
