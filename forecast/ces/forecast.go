package ces

import (
	"math"

	"github.com/pgcast/pgcast/forecast/model"
)

// Forecast looks h steps ahead of the fitted series. The model is linear, so
// that the variance of step h is exactly σ²(1 + c[1]² + … + c[h−1]²) with c
// its response to one error; Hyndman, Koehler, Ord & Snyder (2008), eq. 6.1.
func (f *Fit) Forecast(h int, probs []float64) model.Forecast {
	out := model.Forecast{Spec: f.Kind.String(), Fitted: f.filter.fitted, Mean: make([]float64, h)}
	level, season := f.filter.states()
	for i := range out.Mean {
		out.Mean[i] = f.ahead(&level, season, len(f.filter.y)+i)
	}
	out.Quantiles = model.NormalQuantiles(out.Mean, f.deviations(h), probs)
	out.Params = map[string]float64{"alpha0": f.p.a0, "alpha1": f.p.a1}
	switch f.Kind {
	case Partial:
		out.Params["beta"] = f.p.b0
	case Full:
		out.Params["beta0"], out.Params["beta1"] = f.p.b0, f.p.b1
	}
	out.Amounts = map[string]float64{"sigma": math.Sqrt(f.Sigma2)}
	return out
}

// block is the state of one complex smoothing.
type block struct{ level, potential float64 }

// next moves the block on without an error.
func (b *block) next(a0, a1 float64) {
	*b = block{b.level - (1-a1)*b.potential, b.level + (1-a0)*b.potential}
}

func (f *filter) states() (level block, season []block) {
	season = make([]block, len(f.season))
	for i := range season {
		season[i] = block{f.season[i][0], f.depth[i][0]}
	}
	return block{f.level[0], f.potential[0]}, season
}

// ahead predicts step t and moves the states beyond it.
func (f *Fit) ahead(level *block, season []block, t int) float64 {
	mean := level.level
	level.next(f.p.a0, f.p.a1)
	if len(season) == 0 {
		return mean
	}
	s := &season[t%len(season)]
	switch f.Kind {
	case Simple:
		mean = s.level
		s.next(f.p.a0, f.p.a1)
	case Partial:
		mean += s.level
	case Full:
		mean += s.level
		s.next(f.p.b0, f.p.b1)
	}
	return mean
}

// deviations are the standard deviations of steps 1 to h.
func (f *Fit) deviations(h int) []float64 {
	p, m := f.p, f.filter.m
	level := block{p.a0 - p.a1, p.a0 + p.a1} // what one unit of error leaves
	season := block{}
	switch f.Kind {
	case Simple:
		level, season = block{}, level
	case Partial:
		season = block{level: p.b0}
	case Full:
		season = block{p.b0 - p.b1, p.b0 + p.b1}
	}
	sd, sum := make([]float64, h), 1.0
	for i := range sd {
		sd[i] = math.Sqrt(f.Sigma2 * sum)
		c := level.level
		level.next(p.a0, p.a1)
		if f.Kind != None && (i+1)%m == 0 {
			c += season.level
			switch f.Kind {
			case Simple:
				season.next(p.a0, p.a1)
			case Full:
				season.next(p.b0, p.b1)
			}
		}
		sum += c * c
	}
	return sd
}
