package ets

import (
	"math"
	"testing"

	"github.com/pgcast/pgcast/forecast/modeltest"
)

func TestGradientAgreesWithDifferences(t *testing.T) {
	t.Parallel()
	for _, form := range Forms() {
		o, x := prepared(t, form)
		g := make([]float64, len(x))
		o.value(x)
		o.gradient(x, g)
		for i := range x {
			const h = 1e-6
			at := x[i]
			x[i] = at + h
			up := o.value(x)
			x[i] = at - h
			down := o.value(x)
			x[i] = at
			if want := (up - down) / (2 * h); math.Abs(g[i]-want) > 1e-4*(1+math.Abs(want)) {
				t.Errorf("%s, coordinate %d: gradient %v, difference %v", form, i, g[i], want)
			}
		}
	}
}

func TestLikelihoodAllocatesNothing(t *testing.T) {
	for _, form := range Forms() {
		o, x := prepared(t, form)
		g := make([]float64, len(x))
		if n := testing.AllocsPerRun(10, func() { o.value(x); o.gradient(x, g) }); n != 0 {
			t.Errorf("%s allocates %v times", form, n)
		}
	}
}

// prepared is a form on AirPassengers at a place that is neither the start nor
// the optimum.
func prepared(t testing.TB, form Form) (*objective, []float64) {
	t.Helper()
	o := newObjective(form, modeltest.AirPassengers(), 12)
	o.prior = steady
	x := make([]float64, o.mapping.size)
	o.mapping.start(guesses(12)[0], x)
	if !o.measure(x) {
		t.Fatalf("%s has no starting point", form)
	}
	for i := range x {
		x[i] += 0.02 * float64(i%5)
	}
	return o, x
}

// The roots of z² − 1.5z + 0.56 are 0.7 and 0.8; of z² − 2z + 0.75, 0.5 and 1.5.
func TestStableLooksAtTheUnitCircle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		polynomial []float64
		want       bool
	}{
		{[]float64{1, -1.5, 0.56}, true},
		{[]float64{1, -2, 0.75}, false},
		{[]float64{1, 0, 0, 0.9}, true},
		{[]float64{1, 0, 0, -1.1}, false},
		{[]float64{1, -0.5}, true},
	} {
		p := append([]float64{}, c.polynomial...)
		if got := stable(p); got != c.want {
			t.Errorf("%v: stable is %v, want %v", c.polynomial, got, c.want)
		}
	}
}

func BenchmarkLikelihoodAndGradient(b *testing.B) {
	b.ReportAllocs()
	o, x := prepared(b, Form{Error: Multiplicative, Trend: Additive, Damped: true, Season: Multiplicative})
	g := make([]float64, len(x))
	for b.Loop() {
		o.value(x)
		o.gradient(x, g)
	}
}
