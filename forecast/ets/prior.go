package ets

import "math"

// steady is how strongly the estimate of a form that is chosen automatically
// leans to a slope that moves less than the level does: the share beta/alpha
// counts as drawn from the distribution Beta(1, 1+steady). The likelihood
// alone often ends where beta equals alpha; then the last change is taken for
// the trend of all years to come. On the training parts of M3, their last
// horizon held out, this lowers the OWA of the best form from 0.934 to 0.922.
const steady = 5

// surprise is minus twice the logarithm of the prior at x.
func (o *objective) surprise(x []float64) float64 {
	if o.prior == 0 || o.mapping.beta < 0 {
		return 0
	}
	u := x[o.mapping.beta] // log(1 − logistic(u)) is −softplus(u)
	return 2 * o.prior * (max(u, 0) + math.Log1p(math.Exp(-math.Abs(u))))
}

// surpriseGradient adds the derivative of surprise.
func (o *objective) surpriseGradient(x, out []float64) {
	if o.prior == 0 || o.mapping.beta < 0 {
		return
	}
	out[o.mapping.beta] += 2 * o.prior * logistic(x[o.mapping.beta])
}
