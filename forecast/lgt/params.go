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
	tail   // the ones above are logits of a share of their range
	global // inverse hyperbolic sines: near nothing as they are, logarithms of what is large
	start
	sigma // logarithms
	floor
	dims
)

// params are the parameters in their natural ranges. With level l and slope b
//
//	mean of y[t] = l + global·l^power + local·b
//	size of its error = sigma·mean^widening + floor
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

// largest is what the largest value of a history is in the units of the
// priors. The authors' are those of the data: a prior of global, the same
// whatever the power, says another thing of the growth global·level^power
// where levels are thousands and where they are ones. So that a change of
// units changes nothing here, every history is read as one of thousands, as
// theirs are: half of the yearly series of M3 stay below 6,400 (median of the
// largest values of their training parts; eight in ten lie between 4,400 and
// 9,600).
const largest = 6400

func logistic(u float64) float64 { return 1 / (1 + math.Exp(-u)) }

// params takes the place to the natural ranges, in units of the largest value.
func (u *place) params() params {
	return params{
		alpha:    logistic(u[alpha]),
		beta:     logistic(u[beta]),
		local:    logistic(u[local]),
		power:    leastPower + (mostPower-leastPower)*logistic(u[power]),
		widening: logistic(u[widening]),
		tail:     leastTail + (mostTail-leastTail)*logistic(u[tail]),
		global:   math.Sinh(u[global]) * step,
		start:    math.Sinh(u[start]) * step,
		sigma:    math.Exp(u[sigma]) * step,
		floor:    math.Exp(u[floor]) * step,
	}
}

// prior is the logarithm of the prior density of the place of p, up to a
// constant. In the authors' units bounded parameters are uniform, global and
// start are Cauchy's, sigma and floor half Cauchy's, all of one unit. With the
// largest value as the unit, global is smaller by largest^(1 − power) and sigma
// by largest^(1 − widening). The other factors are the sizes that a small
// change of a place has there.
func (p *params) prior() float64 {
	density := 1.0
	for _, share := range [...]float64{
		p.alpha, p.beta, p.local, p.widening,
		(p.power - leastPower) / (mostPower - leastPower),
		(p.tail - leastTail) / (mostTail - leastTail),
	} {
		density *= share * (1 - share)
	}
	rise, slope, size, floor := p.global/step, p.start/step, p.sigma/step, p.floor/step
	wide := math.Exp(logLargest * p.power)
	density *= math.Sqrt(1+rise*rise) * wide / (wide*wide + rise*rise)
	density /= math.Sqrt(1 + slope*slope)
	wide = math.Exp(logLargest * p.widening)
	density *= size * wide / (wide*wide + size*size)
	density *= floor / (1 + floor*floor)
	return math.Log(density)
}

var logLargest = math.Log(largest)
