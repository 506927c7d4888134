package lgt

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pgcast/pgcast/forecast/model"
)

// paths is how many paths with errors each draw gets, for the quantiles.
const paths = 4

// ahead returns the forecasts: the median of the draws' paths without errors,
// and quantiles of their paths with errors.
func (q *posterior) ahead(draws []place, h int, probs []float64, random *rand.Rand) (mean []float64, quantiles [][]float64) {
	calm, rough := make([][]float64, h), make([][]float64, h)
	for i := range draws {
		p := draws[i].params()
		end := q.end(&p)
		end.path(&p, calm, func() float64 { return 0 })
		if len(probs) == 0 {
			continue
		}
		for range paths {
			end.path(&p, rough, func() float64 { return student(p.tail, random) })
		}
	}
	mean, quantiles = make([]float64, h), make([][]float64, len(probs))
	for i := range quantiles {
		quantiles[i] = make([]float64, h)
	}
	for step := range h {
		slices.Sort(calm[step])
		slices.Sort(rough[step])
		mean[step] = quantile(calm[step], 0.5)
		for i, prob := range probs {
			quantiles[i][step] = quantile(rough[step], prob)
		}
	}
	return mean, quantiles
}

// path walks on from s, the end of the history, and adds each step's value to
// steps. The slope fades by the share of it that is local trend.
func (s state) path(p *params, steps [][]float64, shock func() float64) {
	for h := range steps {
		mean, size := s.predict(p)
		v := min(max(mean+size*shock(), leastLevel), mostLevel)
		steps[h] = append(steps[h], v)
		level := s.level + p.alpha*(v-s.level)
		s = state{level, p.beta*(level-s.level) + (1-p.beta)*p.local*s.slope}
	}
}

// mostLevel, beside the history's largest value, keeps wild paths finite.
const mostLevel = 1e6

// student draws from Student's t distribution; Bailey (1994), "Polar
// generation of random variates with the t-distribution", Mathematics of
// Computation 62.
func student(freedom float64, random *rand.Rand) float64 {
	for {
		u, v := 2*random.Float64()-1, 2*random.Float64()-1
		if w := u*u + v*v; w > 0 && w <= 1 {
			return u * math.Sqrt(freedom*(math.Pow(w, -2/freedom)-1)/w)
		}
	}
}

// quantile interpolates between sorted values.
func quantile(sorted []float64, prob float64) float64 {
	at := prob * float64(len(sorted)-1)
	i := min(int(at), len(sorted)-2)
	part := at - float64(i)
	return (1-part)*sorted[i] + part*sorted[i+1]
}

// fitted returns the one-step predictions, the mean over the draws. There is
// none of the first value, which is the first level.
func (q *posterior) fitted(draws []place) []float64 {
	out := make([]float64, len(q.y))
	out[0] = math.NaN()
	for i := range draws {
		p := draws[i].params()
		s := state{q.y[0], p.start}
		for t := 1; t < len(q.y); t++ {
			mean, _ := s.predict(&p)
			out[t] += mean / float64(len(draws))
			s.update(&p, q.y[t])
		}
	}
	return out
}

// describe names the means of the parameters.
func (q *posterior) describe(draws []place) answer {
	var sum params
	each := 1 / float64(len(draws))
	for i := range draws {
		p := draws[i].params()
		sum.alpha += p.alpha * each
		sum.beta += p.beta * each
		sum.local += p.local * each
		sum.power += p.power * each
		_, size := q.end(&p).predict(&p)
		sum.sigma += size * each
	}
	return answer{model.Forecast{
		Spec:    "LGT",
		Params:  map[string]float64{"alpha": sum.alpha, "beta": sum.beta, "local": sum.local, "power": sum.power},
		Amounts: map[string]float64{"sigma": sum.sigma},
	}}
}
