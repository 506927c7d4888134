package forecast

import (
	"context"

	"github.com/pgcast/pgcast/forecast/backtest"
	"github.com/pgcast/pgcast/forecast/conformal"
	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/regression"
	"github.com/pgcast/pgcast/forecast/series"
)

// Run forecasts one series. It forecasts any series: what a model cannot take
// goes to a simpler one, and the result says so. The error is that of ctx, or
// tells which option is impossible. The same series, options and seed give the
// same result.
func Run(ctx context.Context, s *series.Series, o Options) (Result, error) {
	return RunWithin(ctx, ctx, s, o)
}

// RunWithin is [Run] with a limit on the search: when limited ends before ctx,
// the best of the quick methods tested until then makes the forecast, at
// worst the seasonal naive, and the result says so.
func RunWithin(ctx, limited context.Context, s *series.Series, o Options) (Result, error) {
	o, err := o.resolve()
	if err != nil {
		return Result{}, err
	}
	season := o.SeasonLength
	if season == 0 {
		season = s.Freq.SeasonLength()
	}
	r := &run{key: s.Key, options: o, probs: o.probs(), entries: map[string]*entry{}}
	seasons := cycles(s.Freq, o.SeasonLength)
	r.look(prepare(s.Y, season, seasons, o), seasons)
	if r.kind != cyclic && len(r.task.Y) > o.window(season, nil) { // the week is not worth a long look
		r.look(prepare(s.Y, season, nil, o), seasons)
	}
	if err := r.know(ctx, limited, o.Columns); err != nil {
		return Result{}, err
	}
	r.plan = backtest.NewPlan(len(r.task.Y), r.task.Season, o.Horizon, o.Folds)
	if err := r.trial(ctx, limited); err != nil {
		return Result{}, err
	}
	chosen := r.choose()
	f, used, err := r.forecast(limited, chosen)
	if err != nil && ctx.Err() == nil {
		chosen = r.settle()
		f, used, err = r.forecast(ctx, chosen)
	}
	if err != nil {
		return Result{}, err
	}
	r.calibrate(f, used)
	return r.result(f, chosen, used), nil
}

// look sets what the models see.
func (r *run) look(h *history, seasons []int) {
	o := r.options
	r.history = h
	r.task = model.Task{Y: h.y, Season: h.season, Seasons: seasons, Horizon: o.Horizon + h.ahead, Probs: r.probs, Seed: o.Seed}
	r.kind = kindOf(r.task)
}

// calibrate fits the intervals to the misses of the backtest.
func (r *run) calibrate(f model.Forecast, used string) {
	if f.Empirical {
		return
	}
	var scores []float64
	if e := r.entries[used]; e != nil && e.err == nil {
		scores = conformal.Scores(e.folds, r.row(unitLower), r.row(unitUpper))
	}
	conformal.Apply(f, r.probs, conformal.Factor(scores, unitUpper-unitLower, len(r.task.Y)))
	order(f, farthest(r.task))
}

// run is one series on its way through the engine.
type run struct {
	key     string // of the series
	options Options
	history *history
	probs   []float64
	task    model.Task
	kind    kind
	plan    backtest.Plan
	entries map[string]*entry     // candidates by name
	order   []*entry              // the same, as ranked
	columns *regression.Estimator // what explains the series beside it; nil: nothing
	effects regression.Effects    // of every column that was given
	cut     bool                  // the deadline ended the search
	failure string                // why the chosen model gave way to a fallback
}

// forecast asks the chosen model for the forecast, then its fallbacks. It
// returns the name of the model that answered.
func (r *run) forecast(ctx context.Context, chosen string) (model.Forecast, string, error) {
	for _, name := range append([]string{chosen}, fallbacks()...) {
		f, err := guarded{r.model(name)}.Forecast(ctx, r.task)
		if ctx.Err() != nil {
			return f, "", ctx.Err()
		}
		if err == nil {
			return f, name, nil
		}
		if r.failure == "" {
			r.failure = err.Error()
		}
	}
	panic("forecast: the naive method did not answer")
}
