package figures

import (
	"math"
	"testing"
)

func TestFiguresOfFewNumbers(t *testing.T) {
	t.Parallel()
	xs := []float64{4, 1, 3, 2}
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"median of four", Median(xs), 2.5},
		{"median of one", Median([]float64{7}), 7},
		{"median quantile", Quantile(xs, 0.5), 2},
		{"quantile between two", Quantile(xs, 0.51), 3},
		{"largest", Quantile(xs, 1), 4},
		{"smallest", Quantile(xs, 0), 1},
		{"quantile of none", Quantile(nil, 0.5), math.MaxFloat32},
		{"small", Round(0.00123456, 3), 0.00123},
		{"large", Round(123456, 3), 123456},
		{"near one", Round(1.23456, 4), 1.235},
		{"below zero", Round(-0.98765, 3), -0.988},
		{"nothing", Round(0, 3), 0},
	} {
		if c.got != c.want {
			t.Errorf("%s is %v, want %v", c.name, c.got, c.want)
		}
	}
	if xs[0] != 4 {
		t.Error("the numbers were put in order in place")
	}
}
