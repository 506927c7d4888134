package arima

import "fmt"

// Order says which terms an ARIMA(P,D,Q)(SP,SD,SQ)[M] model has.
type Order struct {
	P, D, Q    int  // autoregressive terms, differences, moving average terms
	SP, SD, SQ int  // the same, a season apart
	M          int  // steps per season; 0 and 1: none
	Constant   bool // a mean when D+SD is 0, a drift when it is 1, nothing else
}

// String returns the form as R prints it, for instance
// "ARIMA(0,1,1)(0,1,1)[12] with drift".
func (o Order) String() string {
	s := fmt.Sprintf("ARIMA(%d,%d,%d)", o.P, o.D, o.Q)
	if o.M > 1 && o.SP+o.SD+o.SQ > 0 {
		s += fmt.Sprintf("(%d,%d,%d)[%d]", o.SP, o.SD, o.SQ, o.M)
	}
	switch {
	case o.hasConstant() && o.D+o.SD == 0:
		return s + " with non-zero mean"
	case o.hasConstant():
		return s + " with drift"
	case o.D+o.SD == 0:
		return s + " with zero mean"
	}
	return s
}

func (o Order) hasConstant() bool { return o.Constant && o.D+o.SD < 2 }

// lost is how many values differencing takes from the front of a series.
func (o Order) lost() int { return o.D + o.M*o.SD }

// terms is the number of coefficients beside the constant.
func (o Order) terms() int { return o.P + o.Q + o.SP + o.SQ }

// ar and ma are the degrees of the multiplied polynomials.
func (o Order) ar() int { return o.P + o.M*o.SP }
func (o Order) ma() int { return o.Q + o.M*o.SQ }

// difference returns y without its trend and season: (1−B)^D (1−B^M)^SD y.
func (o Order) difference(y []float64) []float64 {
	for range o.SD {
		y = lagged(y, o.M)
	}
	for range o.D {
		y = lagged(y, 1)
	}
	return y
}

// lagged returns y[t] − y[t−lag] from t = lag on.
func lagged(y []float64, lag int) []float64 {
	if len(y) <= lag {
		return nil
	}
	out := make([]float64, len(y)-lag)
	for t := range out {
		out[t] = y[t+lag] - y[t]
	}
	return out
}

// differencing returns the weights c of y[t] = Σ c[i]·y[t−1−i] + w[t], where w
// is the differenced series.
func (o Order) differencing() []float64 {
	poly := make([]float64, 1, o.lost()+1)
	poly[0] = 1
	times := func(lag int) {
		next := append(poly, make([]float64, lag)...)
		for i := len(next) - 1; i >= lag; i-- {
			next[i] -= next[i-lag]
		}
		poly = next
	}
	for range o.SD {
		times(o.M)
	}
	for range o.D {
		times(1)
	}
	for i := range poly {
		poly[i] = -poly[i]
	}
	return poly[1:]
}
