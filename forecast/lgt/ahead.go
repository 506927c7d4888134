package lgt

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pgcast/pgcast/forecast/model"
)

// paths is how many paths each draw gets: fewer where the horizon is long, so
// that it takes bounded time.
func paths(h int) int { return max(1, min(8, 2000/max(h, 1))) }

// ahead returns the forecasts: quantiles of the draws' paths, the median of
// them as the point, as the authors have it.
func (q *posterior) ahead(draws []place, h int, probs []float64, random *rand.Rand) (median []float64, quantiles [][]float64) {
	each := paths(h)
	sets, ends := make([]params, len(draws)), make([]state, 0, len(draws)*each)
	for i := range draws {
		sets[i] = draws[i].params()
		end := q.end(&sets[i])
		for range each {
			ends = append(ends, end)
		}
	}
	median, quantiles = make([]float64, h), make([][]float64, len(probs))
	for i := range quantiles {
		quantiles[i] = make([]float64, h)
	}
	values := make([]float64, len(ends))
	for step := range h {
		for i := range ends {
			values[i] = ends[i].next(&sets[i/each], random)
		}
		slices.Sort(values)
		median[step] = quantile(values, 0.5)
		for i, prob := range probs {
			quantiles[i][step] = quantile(values, prob)
		}
	}
	return median, quantiles
}

// next draws the value after s and takes it in.
func (s *state) next(p *params, random *rand.Rand) float64 {
	mean, size := s.predict(p)
	v := min(max(mean+size*student(p.tail, random), leastLevel), mostLevel)
	s.update(p, v)
	return v
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
		end := q.end(&p)
		_, size := end.predict(&p)
		sum.sigma += size * each
	}
	return answer{model.Forecast{
		Spec:    "LGT",
		Params:  map[string]float64{"alpha": sum.alpha, "beta": sum.beta, "local": sum.local, "power": sum.power},
		Amounts: map[string]float64{"sigma": sum.sigma},
	}}
}
