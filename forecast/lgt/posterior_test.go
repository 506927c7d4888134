package lgt

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/pgcast/pgcast/forecast/modeltest"
)

// authors are parameters as the authors' package has them, by its names
// (cbergmeir/Rlgt, inst/stan/LGT.stan and R/rlgtcontrol.R).
type authors struct {
	levSm, bSm, locTrendFract, powTrendBeta, powx, nu float64
	coefTrend, bInit, sigma, offsetSigma              float64
}

// theirs takes a place to their parameters, of a history up to largest.
func theirs(u *place) authors {
	p := u.params()
	return authors{
		levSm: p.alpha, bSm: p.beta, locTrendFract: p.local,
		powTrendBeta: (p.power + 0.5) / 1.5, powx: p.widening, nu: p.tail,
		coefTrend: p.global * math.Pow(largest, 1-p.power), bInit: p.start * largest,
		sigma: p.sigma * math.Pow(largest, 1-p.widening), offsetSigma: p.floor * largest,
	}
}

// log is their posterior density, written down from their model block.
func (a authors) log(y []float64) float64 {
	unit := 0.0
	for _, v := range y {
		unit = max(unit, v/150)
	}
	cauchy := func(v float64) float64 { return -math.Log(1 + (v/unit)*(v/unit)) }
	sum := cauchy(a.coefTrend) + cauchy(a.bInit) + cauchy(a.sigma) + cauchy(a.offsetSigma)
	powTrend := 1.5*a.powTrendBeta - 0.5
	l, b := y[0], a.bInit
	for _, v := range y[1:] {
		expVal := l + a.coefTrend*math.Pow(l, powTrend) + a.locTrendFract*b
		if expVal < 0 {
			return math.Inf(-1)
		}
		scale := a.sigma*math.Pow(expVal, a.powx) + a.offsetSigma
		top, _ := math.Lgamma((a.nu + 1) / 2)
		bottom, _ := math.Lgamma(a.nu / 2)
		z := (v - expVal) / scale
		sum += top - bottom - math.Log(a.nu*math.Pi)/2 - math.Log(scale) - (a.nu+1)/2*math.Log(1+z*z/a.nu)
		before := l
		l = a.levSm*v + (1-a.levSm)*l
		b = a.bSm*(l-before) + (1-a.bSm)*a.locTrendFract*b
	}
	return sum
}

// stretch is the logarithm of how much their parameters move with a place:
// none of them moves with a later number of it, so that the determinant is the
// product of the diagonal.
func stretch(u place) float64 {
	values := func(u place) [dims]float64 {
		a := theirs(&u)
		return [dims]float64{alpha: a.levSm, beta: a.bSm, local: a.locTrendFract, power: a.powTrendBeta, widening: a.powx,
			tail: a.nu, global: a.coefTrend, start: a.bInit, sigma: a.sigma, floor: a.offsetSigma}
	}
	sum := 0.0
	for d := range u {
		up, down := u, u
		up[d] += 1e-4
		down[d] -= 1e-4
		sum += math.Log((values(up)[d] - values(down)[d]) / 2e-4)
	}
	return sum
}

func TestTheDensityIsTheAuthors(t *testing.T) {
	t.Parallel()
	y := []float64{31, 35, 34, 40, 44, 43, 50, 49, 57, 60, 58, 66, 71, 70, 80}
	thousands := make([]float64, len(y))
	for i, v := range y {
		thousands[i] = v * largest / 80
	}
	q := newPosterior(y, 80)
	random := rand.New(rand.NewPCG(1, 2))
	constant, compared := math.NaN(), 0
	for range 400 {
		u := guess(random)
		want := theirs(&u).log(thousands) + stretch(u)
		got := q.density(&u)
		switch {
		case math.IsInf(want, -1) || math.IsInf(got, -1):
			if want != got {
				t.Errorf("at %v the density is %v, the authors' %v", u, got, want)
			}
		case math.IsNaN(constant):
			constant = got - want
		default:
			compared++
			if math.Abs(got-want-constant) > 1e-4 {
				t.Errorf("at %v the density is %v, the authors' %v", u, got, want+constant)
			}
		}
	}
	if compared < 100 {
		t.Errorf("%d places compared, want at least 100", compared)
	}
}

func TestRaisedIsAPower(t *testing.T) {
	t.Parallel()
	for level := 1.001 * leastLevel; level < 1e9; level *= 1.0137 {
		for power := -1.0; power <= 1; power += 0.037 {
			want := math.Pow(level, power)
			if got := raised(level, power); math.Abs(got/want-1) > 1e-11 {
				t.Fatalf("%v to the power of %v is %v, want %v", level, power, got, want)
			}
		}
	}
	for _, level := range []float64{0, -1, math.NaN(), math.Inf(1), 1e300} {
		if got := raised(level, -0.5); !(got > 0) || math.IsInf(got, 0) {
			t.Errorf("%v to the power of −½ is %v, want a finite number", level, got)
		}
	}
}

func TestTheDensityDoesNotAllocate(t *testing.T) {
	y := modeltest.AirPassengers()
	p := newPosterior(y, 622)
	var u place
	if n := testing.AllocsPerRun(20, func() { p.density(&u) }); n != 0 {
		t.Errorf("%v allocations per density", n)
	}
}
