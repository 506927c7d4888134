package forecast

import (
	"math"
	"slices"
	"strings"

	"github.com/pgcast/pgcast/forecast/decompose"
	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/mstl"
)

// Member is one model of a combination.
type Member struct {
	Model  string             `json:"model"`
	Spec   string             `json:"spec"`
	Weight float64            `json:"weight"`
	Params map[string]float64 `json:"params"`
}

// Components take the history apart: value = trend + seasons + effects of
// columns + remainder. All slices have one value per observed step, null before
// what the models saw.
type Components struct {
	Trend    []Number   `json:"trend"`
	Seasonal []Seasonal `json:"seasonal"` // shortest first; empty without a season
}

// Seasonal is one season of the history.
type Seasonal struct {
	Period   int      `json:"period"`
	Strength Number   `json:"strength"` // 0 to 1: how much it explains of what the trend leaves
	Values   []Number `json:"values"`
}

// Outlier is a value far from what its neighbours let expect.
type Outlier struct {
	Step     int    `json:"step"` // of the history, from 0
	Time     string `json:"time,omitempty"`
	Value    Number `json:"value"`
	Expected Number `json:"expected"`
}

// Shift is a step at which the level of the series changed for good.
type Shift struct {
	Step int    `json:"step"` // first at the new level
	Time string `json:"time,omitempty"`
	Size Number `json:"size"`
}

// most bounds how many outliers and shifts are told, the largest ones.
const most = 20

// explain takes the history apart and looks for what is strange in it.
func (r *run) explain(res *Result) {
	res.Components = Components{Trend: []Number{}, Seasonal: []Seasonal{}}
	res.Outliers, res.Shifts = []Outlier{}, []Shift{}
	if len(r.history.values) == 0 || len(r.task.Y) < 3 {
		return
	}
	y := r.task.Y
	if r.columns != nil {
		y = r.columns.Rest(&r.effects, r.task)
	}
	unexplained := r.task
	unexplained.Y = y
	periods := mstl.Seasons(unexplained)
	parts := takenApart(y, periods)
	res.Components.Trend = r.overHistory(parts.Trend)
	for i, m := range periods {
		res.Components.Seasonal = append(res.Components.Seasonal, Seasonal{Period: m,
			Strength: Number(decompose.Strength(parts.Seasonal[i], parts.Remainder)), Values: r.overHistory(parts.Seasonal[i])})
	}
	if r.kind == seldom {
		return
	}
	for _, t := range decompose.Outliers(parts.Remainder, most) {
		if math.IsNaN(r.history.observed[t]) {
			continue
		}
		res.Outliers = append(res.Outliers, Outlier{Step: r.history.first + t, Value: Number(r.unscale(r.task.Y[t])), Expected: r.emit([]float64{r.task.Y[t] - parts.Remainder[t]})[0]})
	}
	adjusted := slices.Clone(parts.Trend)
	for t, v := range parts.Remainder {
		adjusted[t] += v
	}
	longest := 1
	if len(periods) > 0 {
		longest = periods[0]
	}
	for _, s := range decompose.Shifts(adjusted, longest, most) {
		res.Shifts = append(res.Shifts, Shift{Step: r.history.first + s.Step, Size: Number(r.unscale(s.Size))})
	}
}

// takenApart splits a history by its seasons; a long one without the rounds that
// make it robust.
func takenApart(y []float64, periods []int) decompose.Components {
	if len(y) > mostWindow && len(periods) > 0 {
		return decompose.Multiple(y, periods, false)
	}
	return decompose.Robust(y, periods)
}

// overHistory lays values of the models' history over the whole one.
func (r *run) overHistory(v []float64) []Number {
	out := make([]Number, len(r.history.values))
	for i := range out {
		out[i] = Number(math.NaN())
	}
	for t, x := range v {
		out[r.history.first+t] = Number(r.unscale(x))
	}
	return out
}

// members tells a combination's models, with the parameters of each.
func (r *run) members(f model.Forecast, params map[string]float64) []Member {
	var out []Member
	for _, m := range f.Members {
		name := m.Name
		if name == "" {
			name = baseline
		}
		told := Member{Model: name, Spec: m.Spec, Weight: m.Weight, Params: map[string]float64{}}
		for key, v := range params {
			if own, found := strings.CutPrefix(key, name+"."); found {
				told.Params[own] = v
			}
		}
		out = append(out, told)
	}
	return out
}
