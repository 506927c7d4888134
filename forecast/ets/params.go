package ets

import "math"

// Bounds of the smoothing parameters, as in R's forecast::ets, which also
// keeps beta < alpha and gamma < 1 − alpha.
const (
	least    = 1e-4
	most     = 1 - 1e-4
	leastPhi = 0.8
	mostPhi  = 0.98
)

// mapping takes the optimiser's free vector to parameters and back. Smoothing
// parameters go through a logistic curve onto their interval, so that no step
// leaves the box; start states are counted from first in steps of unit.
type mapping struct {
	layout
	first values // start values
	unit  struct{ level, slope, season float64 }
	total float64 // the sum of the seasonal indices: 0, or m
}

func logistic(u float64) float64 { return 1 / (1 + math.Exp(-u)) }

// logit is the inverse of logistic, for p within (0, 1).
func logit(p float64) float64 { return math.Log(p / (1 - p)) }

// values writes the parameters of u into v.
func (m *mapping) values(u []float64, v *values) {
	v.alpha = least + (most-least)*logistic(u[m.alpha])
	v.beta, v.gamma, v.phi, v.slope = 0, 0, 1, 0
	if m.beta >= 0 {
		v.beta = least + (v.alpha-least)*logistic(u[m.beta])
	}
	if m.gamma >= 0 {
		v.gamma = least + (1-v.alpha-least)*logistic(u[m.gamma])
	}
	if m.phi >= 0 {
		v.phi = leastPhi + (mostPhi-leastPhi)*logistic(u[m.phi])
	}
	v.level = m.first.level + m.unit.level*u[m.level]
	if m.slope >= 0 {
		v.slope = m.first.slope + m.unit.slope*u[m.slope]
	}
	if m.season >= 0 {
		last := m.total
		k := len(v.season) - 1
		for i := range k {
			v.season[i] = m.first.season[i] + m.unit.season*u[m.season+i]
			last -= v.season[i]
		}
		v.season[k] = last
	}
}

// gradient turns derivatives by parameters into derivatives by u.
func (m *mapping) gradient(u []float64, g *values, out []float64) {
	da := g.alpha
	bent := func(at int, d, width float64) (share float64) {
		share = logistic(u[at])
		out[at] = d * width * share * (1 - share)
		return share
	}
	alpha := least + (most-least)*logistic(u[m.alpha])
	if m.beta >= 0 {
		da += g.beta * bent(m.beta, g.beta, alpha-least)
	}
	if m.gamma >= 0 {
		da -= g.gamma * bent(m.gamma, g.gamma, 1-alpha-least)
	}
	if m.phi >= 0 {
		bent(m.phi, g.phi, mostPhi-leastPhi)
	}
	bent(m.alpha, da, most-least)
	out[m.level] = g.level * m.unit.level
	if m.slope >= 0 {
		out[m.slope] = g.slope * m.unit.slope
	}
	if m.season >= 0 {
		k := len(g.season) - 1
		for i := range k {
			out[m.season+i] = (g.season[i] - g.season[k]) * m.unit.season
		}
	}
}

// guess is a place to begin the search at: shares of the ranges that alpha,
// beta and gamma have.
type guess struct{ alpha, beta, gamma float64 }

// guesses are small smoothing parameters, as R's initparam chooses them for
// one step of a season of m, and a quick level over a calm trend and season.
// The likelihood may have a hill near each.
func guesses(m int) []guess {
	return []guess{{0.2 / float64(max(m, 1)), 0.1, 0.05}, {0.6, 0.03, 0.05}}
}

// start is the free vector of a guess, with the start states as they are.
func (m *mapping) start(g guess, u []float64) {
	for i := range u {
		u[i] = 0
	}
	u[m.alpha] = logit(g.alpha)
	if m.beta >= 0 {
		u[m.beta] = logit(g.beta)
	}
	if m.gamma >= 0 {
		u[m.gamma] = logit(g.gamma)
	}
	if m.phi >= 0 {
		u[m.phi] = logit(0.9)
	}
}

// borrow overwrites the smoothing parameters and states of u by those of a
// related form, as far as both have them.
func (m *mapping) borrow(f *Fit, u []float64) {
	inside := func(v, low, high float64) float64 {
		return logit(min(max((v-low)/(high-low), 0.005), 0.995))
	}
	alpha := f.start.alpha
	u[m.alpha] = inside(alpha, least, most)
	if m.beta >= 0 && f.Form.Trend != None {
		u[m.beta] = inside(f.start.beta, least, alpha)
	}
	if m.gamma >= 0 && f.Form.Season != None {
		u[m.gamma] = inside(f.start.gamma, least, 1-alpha)
	}
	if m.phi >= 0 && f.Form.Damped {
		u[m.phi] = inside(f.start.phi, leastPhi, mostPhi)
	}
	u[m.level] = (f.start.level - m.first.level) / m.unit.level
	if m.slope >= 0 && f.Form.Trend != None {
		u[m.slope] = (f.start.slope - m.first.slope) / m.unit.slope
	}
	if m.season >= 0 && f.Form.Season == Multiplicative == (m.total > 0) && f.Form.Season != None {
		for i := range len(f.start.season) - 1 {
			u[m.season+i] = (f.start.season[i] - m.first.season[i]) / m.unit.season
		}
	}
}
