package forecast

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/pgcast/pgcast/forecast/backtest"
	"github.com/pgcast/pgcast/forecast/combine"
	"github.com/pgcast/pgcast/forecast/metrics"
	"github.com/pgcast/pgcast/forecast/model"
)

// entry is one candidate and how it did.
type entry struct {
	name   string
	folds  []backtest.Fold
	errors metrics.Errors
	err    error // why it is out; nil: it is in
	square bool  // ranked by squared errors
}

// baseline is the method all others are measured by.
const baseline = "seasonal_naive"

// trial backtests the candidates, the baseline at any rate, the others until
// limited ends. The error is that of ctx.
func (r *run) trial(ctx, limited context.Context) error {
	if r.plan.Folds == 0 {
		return nil
	}
	if _, err := r.try(ctx, baseline); err != nil {
		return err
	}
	names := r.candidates()
	for _, name := range quickFirst(names) {
		if _, err := r.try(limited, name); ctx.Err() != nil {
			return ctx.Err()
		} else if err != nil {
			r.cut = true
			break
		}
	}
	for _, name := range names {
		if e := r.entries[name]; e != nil {
			r.order = append(r.order, e)
		}
	}
	slices.SortStableFunc(r.order, compare)
	return nil
}

// try backtests one candidate, once. The error is that of ctx; then the
// candidate counts as not tried.
func (r *run) try(ctx context.Context, name string) (*entry, error) {
	if e, done := r.entries[name]; done {
		return e, nil
	}
	e, err := r.test(ctx, name)
	if err == nil {
		r.entries[name] = e
	}
	return e, err
}

func (r *run) test(ctx context.Context, name string) (*entry, error) {
	e := &entry{name: name, square: r.kind == seldom}
	if own, without := strings.CutSuffix(name, plain); own == ensemble {
		if err := r.blend(ctx, e, without); err != nil {
			return nil, err
		}
	} else {
		e.folds, e.err = backtest.Run(ctx, guarded{r.model(name)}, r.task, r.history.observed, r.plan)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	if e.err == nil {
		e.errors = backtest.Score(e.folds, r.history.season)
	}
	return e, nil
}

// blend makes the ensemble's folds from those of its members and the baseline,
// which are on the leaderboard anyway; without the columns beside the series
// where that is asked for.
func (r *run) blend(ctx context.Context, e *entry, without bool) error {
	suffix, leaned := "", baseline
	switch {
	case without:
		suffix = plain
	case r.columns != nil:
		leaned = adjustedBaseline
	}
	var names []string
	var weights []float64
	var folds [][]backtest.Fold
	for _, name := range members() {
		weight := weightOf(name, r.task)
		if weight == 0 {
			continue
		}
		member, err := r.try(ctx, name+suffix)
		if err != nil {
			return err
		}
		if member.err != nil {
			e.err = member.err
			continue
		}
		names, weights, folds = append(names, name), append(weights, weight), append(folds, member.folds)
	}
	anchor, err := r.try(ctx, leaned)
	if err != nil || len(folds) == 0 {
		return err
	}
	e.err = anchor.err
	if e.err == nil {
		e.folds = backtest.Combine(append(folds, anchor.folds), func(cut int, f []model.Forecast) model.Forecast {
			past := r.task
			past.Y = past.Y[:cut]
			_, share := weigh(past)
			last := len(f) - 1
			return combine.Lean(combine.Mean(names, f[:last], weights), f[last], share)
		})
	}
	return nil
}

// compare ranks by loss; candidates that are out come last.
func compare(a, b *entry) int {
	x, y := a.loss(), b.loss()
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// loss is MASE, or MAE where the history has no scale. For demand now and then
// it is RMSSE: the least absolute error has the forecast of zero, the least
// squared one the forecast of the mean demand.
func (e *entry) loss() float64 {
	switch {
	case e.err != nil:
		return math.Inf(1)
	case e.square && !math.IsNaN(e.errors.RMSSE):
		return e.errors.RMSSE
	case !math.IsNaN(e.errors.MASE):
		return e.errors.MASE
	case !math.IsNaN(e.errors.MAE):
		return e.errors.MAE
	}
	return math.MaxFloat64
}

// lead is how much smaller a candidate's error must be than the ensemble's to
// be preferred to it: a few folds are a noisy judge, and the combination is
// the better bet. One or two tell only what repeats itself almost exactly.
// docs/methods.md has what was measured.
func (r *run) lead() float64 {
	if r.plan.Folds < defaultFolds {
		return 0.9
	}
	return 0.5
}

// doubt is how much smaller the error without the columns beside a series must
// be for them to be left out: they have been judged on the history before.
const doubt = 0.1

// choose names the model that makes the forecast.
func (r *run) choose() string {
	if r.cut {
		return r.settle()
	}
	if r.options.Model != "auto" {
		return r.options.Model
	}
	standards := r.standards()
	if len(r.order) == 0 {
		return standards[0]
	}
	i := slices.IndexFunc(r.order, func(e *entry) bool { return slices.Contains(standards, e.name) })
	standard, best := r.order[i], r.order[0]
	if e := r.entries[standard.name+plain]; e != nil && e.loss() < (1-doubt)*standard.loss() {
		standard = e
	}
	if best.loss() < (1-r.lead())*standard.loss() && r.kind != seldom {
		return best.name
	}
	return standard.name
}
