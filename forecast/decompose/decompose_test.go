package decompose_test

import (
	"math"
	"testing"

	"github.com/pgcast/pgcast/forecast/decompose"
	"github.com/pgcast/pgcast/forecast/modeltest"
)

// Expected values: R, decompose(AirPassengers, "multiplicative")$figure.
func TestClassicalAgreesWithR(t *testing.T) {
	t.Parallel()
	want := []float64{0.9102, 0.8836, 1.0074, 0.9759, 0.9814, 1.1128, 1.2266, 1.2199, 1.0605, 0.9218, 0.8012, 0.8988}
	p := decompose.Classical(modeltest.AirPassengers(), 12)
	if !p.Multiplicative {
		t.Fatal("the pattern of positive data is not multiplicative")
	}
	for i, s := range p.Index {
		if math.Abs(s-want[i]) > 0.00006 {
			t.Errorf("index %d is %.4f, R's is %.4f", i, s, want[i])
		}
	}
}

func TestAdjustAndRestoreCancel(t *testing.T) {
	t.Parallel()
	y := modeltest.AirPassengers()
	for _, p := range []decompose.Pattern{decompose.Classical(y, 12), decompose.Additive(y, 12), {}} {
		back := p.Adjust(y)
		p.Restore(back, 0)
		for i := range y {
			if math.Abs(back[i]-y[i]) > 1e-9 {
				t.Fatalf("step %d is %v after adjusting and restoring %v", i, back[i], y[i])
			}
		}
	}
}

func TestSeasonalKnowsAWaveFromNoise(t *testing.T) {
	t.Parallel()
	if !decompose.Seasonal(modeltest.AirPassengers(), 12) {
		t.Error("AirPassengers has no season of 12")
	}
	noise := make([]float64, 60)
	for i := range noise {
		noise[i] = float64(i * i * 7919 % 101)
	}
	if decompose.Seasonal(noise, 7) {
		t.Error("noise has a season of 7")
	}
	if decompose.Seasonal(modeltest.AirPassengers()[:24], 12) {
		t.Error("two seasons are enough to see one")
	}
}

func TestZerosMakeThePatternAdditive(t *testing.T) {
	t.Parallel()
	y := []float64{0, 2, 4, 0, 3, 5, 0, 2, 5}
	if p := decompose.Classical(y, 3); p.Multiplicative || len(p.Index) != 3 {
		t.Errorf("pattern %+v, want an additive one", p)
	}
}
