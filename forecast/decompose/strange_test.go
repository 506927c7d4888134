package decompose_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/pgcast/pgcast/forecast/decompose"
)

// noise simulates what is nothing strange: by kind white noise, a random walk, or
// autocorrelated noise on a trend with a season of 12.
func noise(r *rand.Rand, kind, n int) []float64 {
	y, level, e := make([]float64, n), 0.0, 0.0
	for t := range y {
		step := r.NormFloat64()
		level += step
		e = 0.7*e + step
		switch kind {
		case 0:
			y[t] = step
		case 1:
			y[t] = level
		case 2:
			y[t] = e + 0.05*float64(t) + 5*math.Sin(2*math.Pi*float64(t)/12)
		}
	}
	return y
}

func look(y []float64, kind int) (outliers []int, shifts []decompose.Shift) {
	var periods []int
	m := 1
	if kind == 2 {
		periods, m = []int{12}, 12
	}
	c := decompose.Robust(y, periods)
	adjusted := slices.Clone(c.Trend)
	for t, v := range c.Remainder {
		adjusted[t] += v
	}
	return decompose.Outliers(c.Remainder, 20), decompose.Shifts(adjusted, m, 10)
}

func TestNothingStrangeIsSeenInNoise(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for kind := range 3 {
		for _, n := range []int{60, 150, 600} {
			const runs = 60
			wrong, level := 0, 0
			for range runs {
				outliers, shifts := look(noise(r, kind, n), kind)
				if len(outliers) > 0 {
					wrong++
				}
				if len(shifts) > 0 {
					level++
				}
			}
			t.Logf("kind %d, %d steps: outliers in %d of %d series, shifts in %d", kind, n, wrong, runs, level)
			if wrong > runs/5 || level > runs/8 {
				t.Errorf("kind %d, %d steps: outliers in %d of %d series, shifts in %d", kind, n, wrong, runs, level)
			}
		}
	}
}

func TestSpikesAndShiftsAreFound(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for _, kind := range []int{0, 2} {
		const runs, n = 40, 200
		spikes, steps := 0, 0
		for range runs {
			y := noise(r, kind, n)
			y[60] += 15
			for t := 130; t < n; t++ {
				y[t] += 12
			}
			outliers, shifts := look(y, kind)
			if slices.Contains(outliers, 60) {
				spikes++
			}
			if len(shifts) == 1 && shifts[0].Step >= 128 && shifts[0].Step <= 132 && math.Abs(shifts[0].Size-12) < 4 {
				steps++
			}
		}
		t.Logf("kind %d: %d of %d spikes, %d shifts", kind, spikes, runs, steps)
		if spikes < runs*9/10 || steps < runs*8/10 {
			t.Errorf("kind %d: %d of %d spikes, %d shifts", kind, spikes, runs, steps)
		}
	}
}

func TestAPerfectSeriesHasNothingStrange(t *testing.T) {
	t.Parallel()
	for _, y := range [][]float64{make([]float64, 50), {1, 2, 3}, {5, 5, 5, 5}} {
		outliers, shifts := look(y, 0)
		if len(outliers)+len(shifts) > 0 {
			t.Errorf("%v has outliers %v and shifts %v", y[:3], outliers, shifts)
		}
	}
}

func BenchmarkRobust(b *testing.B) {
	r := rand.New(rand.NewPCG(3, 4))
	y := noise(r, 2, 8064)
	for b.Loop() {
		decompose.Robust(y, []int{288, 2016})
	}
}

func BenchmarkShifts(b *testing.B) {
	r := rand.New(rand.NewPCG(3, 4))
	y := noise(r, 2, 8064)
	for b.Loop() {
		decompose.Shifts(y, 288, 10)
	}
}
