package forecast

import (
	"slices"

	"github.com/pgcast/pgcast/forecast/combine"
	"github.com/pgcast/pgcast/forecast/decompose"
	"github.com/pgcast/pgcast/forecast/model"
)

// ensemble is the name of the default combination: the weighted mean of its
// members, leaning to the seasonal naive.
const ensemble = "ensemble"

// members of the ensemble, by name.
func members() []string { return []string{"ets", "dotm", "ces", "arima", "lgt"} }

// weigh says how much each member counts, and the share of the seasonal naive.
//
// Without a season LGT counts four times as much as ETS, DOTM and ARIMA together,
// and CES, the least of them there, not at all. Up to four steps a season LGT
// takes DOTM's place and counts twice. In longer seasons, where LGT does no
// better and takes longest, ETS counts twice. docs/methods.md has what was
// measured.
func weigh(t model.Task) (weights []float64, share float64) {
	switch {
	case t.Season <= 1:
		return []float64{1, 1, 0, 1, 12}, combine.Caution(t.Y, 0.7)
	case t.Season <= fewSteps && slices.Min(t.Y) > 0:
		return []float64{1, 0, 1, 1, 2}, seasonalCaution(t, 0.1, 0.4)
	default:
		return []float64{2, 1, 1, 1, 0}, seasonalCaution(t, 0.05, 0.25)
	}
}

// fewSteps is the longest season, in steps, of which LGT takes part.
const fewSteps = 4

// seasonalCaution is the share of the seasonal naive for a series with a
// season: always some, because the last season is a fair forecast in itself,
// and up to most beside it, as the seasonally adjusted history asks for.
func seasonalCaution(t model.Task, always, most float64) float64 {
	y := t.Y
	if decompose.Seasonal(y, t.Season) {
		y = decompose.Classical(y, t.Season).Adjust(y)
	}
	return always + combine.Caution(y, most)
}

// weightOf is the weight of one member for a task.
func weightOf(name string, t model.Task) float64 {
	weights, _ := weigh(t)
	return weights[slices.Index(members(), name)]
}

// blended is the ensemble of members got by name, leaning to the anchor.
func blended(get func(name string) model.Model, anchor model.Model) model.Model {
	e := combine.Ensemble{Anchor: guarded{anchor}, Weigh: weigh}
	for _, member := range members() {
		e.Members = append(e.Members, guarded{get(member)})
	}
	return e
}
