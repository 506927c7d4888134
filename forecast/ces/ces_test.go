package ces

import (
	"context"
	"math"
	"testing"

	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/modeltest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	modeltest.Conform(t, Auto{})
}

func FuzzForecast(f *testing.F) { modeltest.Fuzz(f, Auto{}) }

func TestEveryKindConforms(t *testing.T) {
	t.Parallel()
	for _, kind := range Kinds() {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			modeltest.Conform(t, Auto{Label: "one kind", Allow: func(k Kind) bool { return k == kind }})
		})
	}
}

// The region of Svetunkov, Kourentzes & Ord (2022): outside of two circles,
// inside of a third.
func TestAdmissibleRegionIsThatOfThePaper(t *testing.T) {
	t.Parallel()
	square := func(v float64) float64 { return v * v }
	for a0 := -0.53; a0 < 3; a0 += 0.07 {
		for a1 := -1.02; a1 < 2.5; a1 += 0.07 {
			want := square(a0-2.5)+square(a1) > 1.25 &&
				square(a0-0.5)+square(a1-1) > 0.25 &&
				square(a0-1.5)+square(a1-0.5) < 1.5
			if got := None.admissible(params{a0: a0, a1: a1}, 1, 1, nil); got != want {
				t.Fatalf("alpha %.2f + %.2fi: admissible is %v, in the paper %v", a0, a1, got, want)
			}
		}
	}
}

// A seasonal kind's region is where its own error recursion dies out.
func TestAdmissibleIsWhatDiesOut(t *testing.T) {
	t.Parallel()
	y := make([]float64, 6000)
	for _, kind := range []Kind{Simple, Partial, Full} {
		f := newFilter(kind, y, 3)
		f.index = []float64{-1, 0.25, 0.75}
		seen := map[bool]int{}
		for a0 := 0.87; a0 < 2.3; a0 += 0.19 {
			for b0 := 0.03; b0 < 2; b0 += 0.23 {
				p := params{a0, 0.98, b0, 0.97}
				f.begin(p)
				f.level[3], f.season[0][3] = 1, 2
				left := 0.0
				for i := range y {
					var e lanes
					f.step(p, i%3, &e)
					left = math.Abs(e[3])
				}
				want := left < 1e-9
				if left >= 1e-9 && left < 1e9 { // too near the edge to tell
					continue
				}
				if got := kind.admissible(p, 3, len(y), f.poly); got != want {
					t.Errorf("%s at %+v: admissible is %v, an error leaves %g", kind, p, got, left)
				}
				seen[want]++
			}
		}
		if seen[true] < 5 || seen[false] < 5 {
			t.Errorf("%s was tried at %v places", kind, seen)
		}
	}
}

// With a1 = 1 the model is simple exponential smoothing with parameter a0 − 1.
func TestOnTheRealLineItIsExponentialSmoothing(t *testing.T) {
	t.Parallel()
	y := modeltest.AirPassengers()
	f := newFilter(None, y, 1)
	f.finish(params{a0: 1.4, a1: 1})
	level := f.fitted[0]
	for i, v := range y {
		if math.Abs(f.fitted[i]-level) > 1e-6*level {
			t.Fatalf("step %d is %v, smoothed %v", i, f.fitted[i], level)
		}
		level += 0.4 * (v - level)
	}
}

// The search counts the distance of the start from the usual one as well.
func TestSearchAndRunAgree(t *testing.T) {
	t.Parallel()
	for _, kind := range Kinds() {
		f := newFilter(kind, modeltest.AirPassengers(), 12)
		p := params{1.3, 1.002, 0.2, 1}
		if kind == Full {
			p.b0 = 1.1
		}
		value := f.value(p)
		if run := 144 * math.Log(f.finish(p)); run > value || run < value-3 {
			t.Errorf("%s: %v in the search, %v in the run", kind, value, run)
		}
	}
}

func TestLikelihoodDoesNotAllocate(t *testing.T) {
	for _, kind := range Kinds() {
		f := newFilter(kind, modeltest.AirPassengers(), 12)
		p := params{1.3, 1, season(kind), 1}
		if n := testing.AllocsPerRun(20, func() { f.value(p) }); n != 0 {
			t.Errorf("%s allocates %v times", kind, n)
		}
	}
}

func BenchmarkAuto(b *testing.B) {
	b.ReportAllocs()
	task := model.Task{Y: modeltest.AirPassengers(), Season: 12, Horizon: 24, Probs: []float64{0.1, 0.9}}
	for b.Loop() {
		if _, err := (Auto{}).Forecast(context.Background(), task); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLikelihood(b *testing.B) {
	for _, kind := range Kinds() {
		b.Run(kind.String(), func(b *testing.B) {
			b.ReportAllocs()
			f := newFilter(kind, modeltest.AirPassengers(), 12)
			p := params{1.3, 1, season(kind), 1}
			for b.Loop() {
				f.value(p)
			}
		})
	}
}
