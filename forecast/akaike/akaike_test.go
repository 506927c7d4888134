package akaike_test

import (
	"math"
	"testing"

	"github.com/pgcast/pgcast/forecast/akaike"
	"github.com/pgcast/pgcast/forecast/model"
)

// A difference of 8 in AICc is a factor of e; one of more than 56 counts for
// nothing, and neither does a criterion that is not finite.
func TestWeightsFollowAICc(t *testing.T) {
	t.Parallel()
	w := akaike.Weights([]float64{108, 100, 160, math.Inf(1)})
	if math.Abs(w[1]/w[0]-math.E) > 1e-12 || w[2] != 0 || w[3] != 0 || math.Abs(w[0]+w[1]-1) > 1e-12 {
		t.Errorf("weights are %v", w)
	}
}

func TestBlendIsTheWeightedMean(t *testing.T) {
	t.Parallel()
	fitted := []float64{1, 2}
	form := func(name string, aicc, level float64) akaike.Form {
		return akaike.Form{Name: name, AICc: aicc, Forecast: func(int, []float64) model.Forecast {
			return model.Forecast{Spec: name, Params: map[string]float64{"level": level}, Mean: []float64{level},
				Quantiles: [][]float64{{level - 1}, {level + 1}}, Fitted: fitted}
		}}
	}
	f := akaike.Blend([]akaike.Form{form("A", 10, 1), form("B", 10, 3), form("C", 99, 1e9)}, 1, []float64{0.1, 0.9})
	if f.Mean[0] != 2 || f.Quantiles[0][0] != 1 || f.Quantiles[1][0] != 3 || f.Fitted[1] != 2 || fitted[1] != 2 {
		t.Errorf("blend is %+v", f)
	}
	if f.Spec != "A and others" || f.Params["level"] != 1 || f.Params["weight.B"] != 0.5 || f.Params["weight.C"] != 0 {
		t.Errorf("it is called %s, with %v", f.Spec, f.Params)
	}
	if alone := akaike.Blend([]akaike.Form{form("A", 10, 1)}, 1, nil); alone.Spec != "A" || len(alone.Params) != 1 {
		t.Errorf("one form alone is called %s, with %v", alone.Spec, alone.Params)
	}
}
