// Package backtest evaluates models by rolling origin: it hides the last part
// of a series, forecasts it, and looks; then does so again from an earlier
// cutoff. See Tashman (2000), "Out-of-sample tests of forecasting accuracy",
// IJF 16(4).
package backtest

// Plan says where the folds of a series are cut. The step between cutoffs
// equals the horizon, so that every hidden value is forecast once.
type Plan struct {
	Folds   int // 0: the series is too short to hide anything
	Horizon int // steps forecast per fold
}

// shortest is the least training part that gives more than noise.
const shortest = 4

// NewPlan fits as many folds (at most folds) of the asked horizon into n
// values as leave a training part of two seasons; of one season and a step if
// that is all there is. When not even one fold fits, its horizon is cut to a
// quarter of the series.
func NewPlan(n, season, horizon, folds int) Plan {
	for _, least := range []int{2*season + 1, season + 2, shortest} {
		least = max(least, shortest)
		if fit := min((n-least)/horizon, folds); fit >= 1 {
			return Plan{Folds: fit, Horizon: horizon}
		}
	}
	if short := n / 4; short >= 1 && n-short >= shortest && folds > 0 {
		return Plan{Folds: min(folds, (n-shortest)/short), Horizon: min(short, horizon)}
	}
	return Plan{}
}

// Cutoffs returns the lengths of the training parts for n values, shortest
// first.
func (p Plan) Cutoffs(n int) []int {
	cuts := make([]int, p.Folds)
	for i := range cuts {
		cuts[i] = n - (p.Folds-i)*p.Horizon
	}
	return cuts
}
