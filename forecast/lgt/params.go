package lgt

import "math"

// place is where a walker stands: the parameters as numbers without bounds.
type place [dims]float64

// The numbers of a place.
const (
	alpha = iota
	beta
	local
	power
	widening
	tail // the ones above are logits of a share of their range
	global
	start
	sigma // logarithms
	floor
	dims
)

// params are the parameters in their natural ranges. With level l and slope b
//
//	mean of y[t] = l + global·l^power + local·b
//	size of its error = sigma·l^widening + floor
//	l' = l + alpha·(y[t] − l)
//	b' = beta·(l' − l) + (1 − beta)·local·b
//
// and errors of Student's t distribution with tail degrees of freedom.
type params struct {
	alpha, beta     float64
	local           float64
	power, widening float64
	tail            float64
	global, start   float64 // start: the first slope
	sigma, floor    float64
}

// Ranges of the bounded parameters that are no shares.
const (
	leastPower, mostPower = -0.5, 1
	leastTail, mostTail   = 2, 20
)

// step is the size, beside the largest value, that trends and errors are
// expected to have: the unit of their priors, which are wide (Cauchy's).
const step = 1.0 / 150

func logistic(u float64) float64 { return 1 / (1 + math.Exp(-u)) }

// params takes the place to the natural ranges.
func (u *place) params() params {
	return params{
		alpha:    logistic(u[alpha]),
		beta:     logistic(u[beta]),
		local:    logistic(u[local]),
		power:    leastPower + (mostPower-leastPower)*logistic(u[power]),
		widening: logistic(u[widening]),
		tail:     leastTail + (mostTail-leastTail)*logistic(u[tail]),
		global:   u[global] * step,
		start:    u[start] * step,
		sigma:    math.Exp(u[sigma]) * step,
		floor:    math.Exp(u[floor]) * step,
	}
}

// prior is the logarithm of the prior density of a place, up to a constant:
// bounded parameters are uniform, the global trend is Cauchy's, the first slope
// normal, the sizes of errors half Cauchy's.
func (u *place) prior() float64 {
	sum := -math.Log1p(u[global]*u[global]) - u[start]*u[start]/2
	for _, v := range u[:tail+1] {
		p := logistic(v)
		sum += math.Log(p * (1 - p))
	}
	for _, v := range u[sigma:] {
		s := math.Exp(v)
		sum += v - math.Log1p(s*s)
	}
	return sum
}
