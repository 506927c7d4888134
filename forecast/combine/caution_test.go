package combine_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/pgcast/pgcast/forecast/combine"
)

func TestCautionIsForHistoriesThatGoNowhere(t *testing.T) {
	t.Parallel()
	growing, wandering := make([]float64, 30), make([]float64, 30)
	for i := range growing {
		growing[i] = 100 * math.Pow(1.04, float64(i))
		wandering[i] = 100 + 20*math.Sin(float64(i*i))
	}
	if g, w := combine.Caution(growing, 0.5), combine.Caution(wandering, 0.5); !(g < 0.05 && w > 0.1) {
		t.Errorf("caution is %.3f for growth and %.3f for noise, want little and much", g, w)
	}
}

func TestCautionIsAShareWhateverTheUnits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfN(rapid.Float64Range(-100, 100), 1, 60).Draw(t, "y")
		share := combine.Caution(y, 0.5)
		if !(share >= 0 && share <= 0.5) {
			t.Fatalf("the share is %v", share)
		}
		for i := range y {
			y[i] *= 1024
		}
		if again := combine.Caution(y, 0.5); again != share {
			t.Fatalf("the share is %v, in other units %v", share, again)
		}
	})
}
