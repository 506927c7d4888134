// Package intermittent forecasts demand that comes now and then: many zeros,
// some sales. Its forecasts are rates, the demand to expect per step; they are
// never negative, and their quantiles come from the sizes seen.
package intermittent

import (
	"context"
	"math"
	"slices"

	"github.com/pgcast/pgcast/forecast/model"
)

// Method is one way to the rate.
type Method string

// The methods, by the names users choose them by.
const (
	Croston Method = "croston" // smoothed size over smoothed interval
	SBA     Method = "sba"     // the same without its bias
	TSB     Method = "tsb"     // smoothed probability times smoothed size
	ADIDA   Method = "adida"   // smoothed sums over the mean interval
	IMAPA   Method = "imapa"   // mean of that over 1, 2, … up to the mean interval
)

// Methods returns them all.
func Methods() []Method { return []Method{SBA, TSB, IMAPA, ADIDA, Croston} }

// Model is one of the methods.
type Model struct{ Method Method }

var _ model.Model = Model{}

// Name returns the method's.
func (m Model) Name() string { return string(m.Method) }

// Forecast needs values that are not negative. Every step ahead has the same
// distribution.
func (m Model) Forecast(_ context.Context, t model.Task) (model.Forecast, error) {
	d, ok := read(t.Y)
	if !ok {
		return model.Forecast{}, model.Unsuitable("%s needs demand that is not negative", m.Method)
	}
	f := model.Forecast{
		Spec:      title[m.Method],
		Params:    map[string]float64{},
		Mean:      make([]float64, t.Horizon),
		Quantiles: make([][]float64, len(t.Probs)),
		Fitted:    make([]float64, len(t.Y)),
		Empirical: true,
	}
	for i := range f.Fitted {
		f.Fitted[i] = math.NaN()
	}
	rate := 0.0
	if len(d.sizes) > 0 {
		rate = min(m.rate(&d, &f), d.most())
	}
	fill(f.Mean, rate)
	for i, p := range t.Probs {
		f.Quantiles[i] = make([]float64, t.Horizon)
		fill(f.Quantiles[i], d.quantile(rate, p))
	}
	return f, nil
}

var title = map[Method]string{Croston: "Croston", SBA: "Croston-SBA", TSB: "TSB", ADIDA: "ADIDA", IMAPA: "IMAPA"}

// rate estimates the demand per step and describes the estimate in f.
func (m Model) rate(d *demand, f *model.Forecast) float64 {
	f.Params["interval"] = d.interval()
	f.Amounts = map[string]float64{"size": d.meanSize()}
	level := max(int(math.Round(d.interval())), 1)
	switch m.Method {
	case ADIDA:
		return aggregate(d.y, level)
	case IMAPA:
		return imapa(d.y, level)
	}
	recursion, bias := croston, 1.0
	if m.Method == TSB {
		recursion = tsb
	}
	alpha, beta := optimise(d, recursion)
	f.Params["alpha"], f.Params["beta"] = alpha, beta
	if m.Method == SBA {
		bias = 1 - beta/2
	}
	fitted := f.Fitted[d.lead:]
	rate := recursion(d, alpha, beta, fitted)
	for i := range fitted {
		fitted[i] *= bias
	}
	return rate * bias
}

// imapa averages the forecasts of the aggregates over 1 to most steps.
//
// Petropoulos & Kourentzes (2015), "Forecast combinations for intermittent
// demand", JORS 66(6).
func imapa(y []float64, most int) float64 {
	most = min(most, len(y))
	sum := 0.0
	for k := 1; k <= most; k++ {
		sum += aggregate(y, k) / float64(most)
	}
	return sum
}

// quantile is that of a step whose demand has the rate for its mean: nothing,
// or one of the sizes seen. Where the rate is above their mean, demand comes at
// every step and the sizes are stretched.
func (d *demand) quantile(rate, p float64) float64 {
	if !(rate > 0) {
		return 0
	}
	mean := d.meanSize()
	probability, stretch := rate/mean, 1.0
	if probability > 1 {
		probability, stretch = 1, probability
	}
	if p <= 1-probability {
		return 0
	}
	sorted := slices.Clone(d.sizes)
	slices.Sort(sorted)
	u := (p - (1 - probability)) / probability
	i := min(max(int(math.Ceil(u*float64(len(sorted)+1)))-1, 0), len(sorted)-1)
	return stretch * sorted[i]
}

func fill(row []float64, v float64) {
	for i := range row {
		row[i] = v
	}
}
