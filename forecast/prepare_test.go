package forecast

import (
	"math"
	"slices"
	"testing"
)

func TestGapRules(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	y := []float64{nan, 1, nan, nan, 4, 5, nan}
	for _, c := range []struct {
		rule   string
		values []float64 // of the whole series
		first  int       // step the models begin at
		length int       // steps the models see
		ahead  int
		filled int
	}{
		{"linear", []float64{nan, 1, 2, 3, 4, 5, nan}, 1, 5, 1, 2},
		{"zero", []float64{0, 1, 0, 0, 4, 5, 0}, 0, 7, 0, 4},
		{"previous", []float64{nan, 1, 1, 1, 4, 5, 5}, 1, 6, 0, 3},
		{"none", y, 4, 2, 1, 0},
	} {
		h := prepare(y, 1, nil, Options{Gaps: c.rule})
		if !slices.EqualFunc(h.values, c.values, same) {
			t.Errorf("%s: values %v, want %v", c.rule, h.values, c.values)
		}
		if h.first != c.first || len(h.y) != c.length || h.ahead != c.ahead || h.filled != c.filled {
			t.Errorf("%s: first %d, length %d, ahead %d, filled %d; want %d, %d, %d, %d",
				c.rule, h.first, len(h.y), h.ahead, h.filled, c.first, c.length, c.ahead, c.filled)
		}
	}
}

// same compares with tolerance, and takes two missing values for the same.
func same(a, b float64) bool { return math.Abs(a-b) < 1e-12 || math.IsNaN(a) && math.IsNaN(b) }

// The last value is one step before the end: the first forecast must be that
// of the second step after it.
func TestATrailingGapIsForecastThrough(t *testing.T) {
	t.Parallel()
	h := prepare([]float64{1, 2, 3, 4, math.NaN()}, 1, nil, Options{Gaps: "linear"})
	if h.ahead != 1 || len(h.y) != 4 {
		t.Errorf("%d steps ahead of %d values, want 1 of 4", h.ahead, len(h.y))
	}
}

func TestScalingCostsNoDigit(t *testing.T) {
	t.Parallel()
	y := []float64{0.1, 1e300, -3, 7.123456789012345}
	h := prepare(y, 1, nil, Options{Gaps: "linear"})
	for i, v := range h.y {
		if math.Ldexp(v, h.exponent) != y[i] || math.Abs(v) > 1 {
			t.Errorf("%v is %v in the models", y[i], v)
		}
	}
}

func TestReasonsInPlainWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		loss, base float64
		want       string
	}{
		{0.54, 1, "beat the seasonal naive by 46 % in 3 folds"},
		{1, 1, "as good as the seasonal naive in 3 folds"},
		{1.002, 1, "level with the seasonal naive in 3 folds"},
		{1.5, 1, "its error is 50 % above the seasonal naive's in 3 folds"},
		{1, 0, "far worse than the seasonal naive in 3 folds"},
	} {
		if got := against(c.loss, c.base, "3 folds"); got != c.want {
			t.Errorf("%v against %v: %q, want %q", c.loss, c.base, got, c.want)
		}
	}
}
