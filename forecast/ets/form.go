package ets

// Kind is how a component enters: not at all, by addition or by
// multiplication.
type Kind byte

// The kinds of components.
const (
	None           Kind = 'N'
	Additive       Kind = 'A'
	Multiplicative Kind = 'M'
)

// Form is one member of the family: error, trend and season.
type Form struct {
	Error  Kind // Additive or Multiplicative
	Trend  Kind // None or Additive
	Damped bool // only with a trend
	Season Kind
}

// String returns the usual name, for instance "ETS(M,Ad,M)".
func (f Form) String() string {
	trend := string(f.Trend)
	if f.Damped {
		trend += "d"
	}
	return "ETS(" + string(f.Error) + "," + trend + "," + string(f.Season) + ")"
}

// Forms returns the fifteen forms that automatic selection chooses from:
// everything without a multiplicative trend (it explodes) and without additive
// errors around a multiplicative season (its variance does), as R's
// forecast::ets does by default. Simple forms come first.
func Forms() []Form {
	var all []Form
	for _, season := range []Kind{None, Additive, Multiplicative} {
		for _, trend := range []Form{{Trend: None}, {Trend: Additive}, {Trend: Additive, Damped: true}} {
			for _, err := range []Kind{Additive, Multiplicative} {
				if err == Additive && season == Multiplicative {
					continue
				}
				trend.Error, trend.Season = err, season
				all = append(all, trend)
			}
		}
	}
	return all
}

// positiveOnly reports whether the form is defined on positive data alone.
func (f Form) positiveOnly() bool {
	return f.Error == Multiplicative || f.Season == Multiplicative
}

// layout says where the parameters of a form stand in the optimiser's vector:
// the smoothing parameters, then the start states. Absent ones are −1.
type layout struct {
	alpha, beta, gamma, phi int
	level, slope, season    int // season: the first of m−1 indices
	size                    int
}

func (f Form) layout(m int) layout {
	l := layout{beta: -1, gamma: -1, phi: -1, slope: -1, season: -1}
	next := 1
	place := func(at *int, present bool, width int) {
		if present {
			*at, next = next, next+width
		}
	}
	place(&l.beta, f.Trend != None, 1)
	place(&l.gamma, f.Season != None, 1)
	place(&l.phi, f.Damped, 1)
	place(&l.level, true, 1)
	place(&l.slope, f.Trend != None, 1)
	place(&l.season, f.Season != None, m-1)
	l.size = next
	return l
}

// parameters counts what is estimated, the error variance included.
func (f Form) parameters(m int) int { return f.layout(m).size + 1 }
