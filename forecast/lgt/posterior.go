package lgt

import "math"

// posterior is the distribution of the parameters given a history.
type posterior struct {
	y []float64 // positive; the largest is 1
}

// digits is 2 to the power of the binary digits that values keep, so that the
// walkers do not see the rounding of a change of units.
const digits = 1 << 40

func newPosterior(y []float64, unit float64) *posterior {
	p := &posterior{y: make([]float64, len(y))}
	for t, v := range y {
		p.y[t] = max(math.Round(v/unit*digits)/digits, leastLevel)
	}
	return p
}

// leastLevel keeps powers of the level finite, and forecasts positive.
const leastLevel = 1e-3

// state is what one set of parameters carries from step to step.
type state struct{ level, slope float64 }

// predict returns the mean and the size of the error of the next value.
func (s *state) predict(p *params) (mean, size float64) {
	mean = s.level + p.global*raised(s.level, p.power) + p.local*s.slope
	return mean, p.sigma*raised(math.Abs(mean), p.widening) + p.floor
}

// update takes the next value in. The slope fades by the share of it that is
// local trend, in the history as ahead.
func (s *state) update(p *params, y float64) {
	level := s.level + p.alpha*(y-s.level)
	s.slope = p.beta*(level-s.level) + (1-p.beta)*p.local*s.slope
	s.level = level
}

// density is the logarithm of the posterior density at a place, up to a
// constant; −Inf where it is not defined, as where a value below zero is
// expected. Logarithms of products are taken now and then, because they are
// dear.
func (q *posterior) density(u *place) float64 {
	p := u.params()
	sum := p.prior()
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		return math.Inf(-1)
	}
	half, inverse := (p.tail+1)/2, 1/p.tail
	sizes, tails := 1.0, 1.0
	s := state{q.y[0], p.start}
	for _, v := range q.y[1:] {
		mean, size := s.predict(&p)
		if mean < 0 {
			return math.Inf(-1)
		}
		e := (v - mean) / size
		sizes *= size
		tails *= 1 + e*e*inverse
		if sizes < 1e-150 || tails > 1e150 {
			sum -= math.Log(sizes) + half*math.Log(tails)
			sizes, tails = 1, 1
		}
		s.update(&p, v)
	}
	sum -= math.Log(sizes) + half*math.Log(tails)
	above, _ := math.Lgamma(half)
	below, _ := math.Lgamma(p.tail / 2)
	sum += float64(len(q.y)-1) * (above - below - math.Log(p.tail)/2)
	if math.IsNaN(sum) {
		return math.Inf(-1)
	}
	return sum
}

// end is the state after the last value.
func (q *posterior) end(p *params) state {
	s := state{q.y[0], p.start}
	for _, v := range q.y[1:] {
		s.update(p, v)
	}
	return s
}
