package forecast

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// MaxHorizon is the most steps that can be asked for.
const MaxHorizon = 100_000

// defaultFolds is how many backtest windows are cut when nobody says.
const defaultFolds = 3

// resolve checks o and fills its defaults in.
func (o Options) resolve() (Options, error) {
	if o.Model == "" {
		o.Model = "auto"
	}
	if o.Gaps == "" {
		o.Gaps = "linear"
	}
	if o.Folds == 0 {
		o.Folds = defaultFolds
	}
	o.Levels, o.Quantiles = sorted(o.Levels), sorted(o.Quantiles)
	return o, o.check()
}

func sorted(v []float64) []float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	return slices.Compact(v)
}

func (o Options) check() error {
	if o.Horizon < 1 || o.Horizon > MaxHorizon {
		return fmt.Errorf("forecast: horizon %d is not between 1 and %d", o.Horizon, MaxHorizon)
	}
	if o.Model != "auto" && !slices.Contains(Models(), o.Model) {
		return fmt.Errorf("forecast: unknown model %q (auto, %s)", o.Model, strings.Join(Models(), ", "))
	}
	if !slices.Contains([]string{"linear", "zero", "previous", "none"}, o.Gaps) {
		return fmt.Errorf("forecast: unknown gap rule %q (linear, zero, previous, none)", o.Gaps)
	}
	if o.SeasonLength < 0 || o.Folds < 0 || o.Paths < 0 {
		return fmt.Errorf("forecast: season length %d, folds %d or sample paths %d is negative", o.SeasonLength, o.Folds, o.Paths)
	}
	for _, l := range o.Levels {
		if !(l > 0 && l < 100) {
			return fmt.Errorf("forecast: level %v is not between 0 and 100", l)
		}
	}
	for _, q := range o.Quantiles {
		if !(q > 0 && q < 1) {
			return fmt.Errorf("forecast: quantile %v is not between 0 and 1", q)
		}
	}
	if low, high := o.bounds(); !(low <= high) {
		return fmt.Errorf("forecast: lower bound %v is not below upper bound %v", low, high)
	}
	return nil
}

// bounds returns the limits of every emitted number.
func (o Options) bounds() (low, high float64) {
	low, high = -math.MaxFloat64, math.MaxFloat64
	if o.Lower != nil {
		low = *o.Lower
	}
	if o.Upper != nil {
		high = *o.Upper
	}
	return low, high
}

// Every model is asked for the quantiles 0.1 and 0.9: the half width of that
// band is the unit in which the backtest measures its misses.
const (
	unitLower = 0.1
	unitUpper = 0.9
)

// probs are the probabilities the models are asked for, ascending.
func (o Options) probs() []float64 {
	p := append([]float64{unitLower, unitUpper}, o.Quantiles...)
	for _, l := range o.Levels {
		low, high := tails(l)
		p = append(p, low, high)
	}
	if o.Paths > 0 {
		p = append(p, pathProbs()...)
	}
	return sorted(p)
}

// tails are the probabilities at the two ends of a central interval.
func tails(level float64) (low, high float64) {
	return (100 - level) / 200, (100 + level) / 200
}
