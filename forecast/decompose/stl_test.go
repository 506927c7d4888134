package decompose_test

import (
	"math"
	"testing"

	"github.com/pgcast/pgcast/forecast/decompose"
	"github.com/pgcast/pgcast/forecast/modeltest"
)

// Expected values: statsmodels' STL(AirPassengers, period=12, seasonal=11,
// seasonal_deg=0) with the default windows and jumps of R's stl; 2 inner and 0
// outer rounds, and 1 and 4.
func TestSTLAgreesWithStatsmodels(t *testing.T) {
	t.Parallel()
	for robust, want := range map[bool][]float64{
		false: {-16.97707408637081, 18.88871351351195, -54.71569985784454, -44.19632497894985, 123.14505692808632, 281.75409039547554, 496.6832540251903},
		true:  {-19.358593376449853, 17.750125879167207, -53.92951237274212, -34.027072444238, 128.68900715267156, 281.99779527944105, 501.91722326421205},
	} {
		s, trend := decompose.STL(modeltest.AirPassengers(), 12, 11, robust)
		for i, got := range []float64{s[0], s[5], s[70], s[143], trend[0], trend[77], trend[143]} {
			if math.Abs(got-want[i]) > 1e-9 {
				t.Errorf("robust %v: value %d is %v, statsmodels has %v", robust, i, got, want[i])
			}
		}
	}
}

// twoSeasons is a line with two waves and a little noise.
func twoSeasons() []float64 {
	y := make([]float64, 150)
	for i := range y {
		x := float64(i)
		y[i] = x*0.1 + 3*math.Sin(2*math.Pi*x/6) + 5*math.Sin(2*math.Pi*x/30) + float64(i*7919%101)/50
	}
	return y
}

func TestComponentsAddUp(t *testing.T) {
	t.Parallel()
	y := twoSeasons()
	for _, robust := range []bool{false, true} {
		c := decompose.Multiple(y, []int{6, 30}, robust)
		for i, v := range y {
			if sum := c.Seasonal[0][i] + c.Seasonal[1][i] + c.Trend[i] + c.Remainder[i]; math.Abs(sum-v) > 1e-9 {
				t.Fatalf("components of step %d add up to %v, want %v", i, sum, v)
			}
		}
	}
}

// An outlier must not leave its mark on the next seasons.
func TestARobustSplitForgetsOutliers(t *testing.T) {
	t.Parallel()
	y := twoSeasons()
	clean, _ := decompose.STL(y, 6, 11, true)
	y[75] += 500
	marked, _ := decompose.STL(y, 6, 11, true)
	plain, _ := decompose.STL(y, 6, 11, false)
	if d := math.Abs(marked[81] - clean[81]); d > 0.5 {
		t.Errorf("the season moves by %v beside an outlier", d)
	}
	if d := math.Abs(plain[81] - clean[81]); d < 10 {
		t.Errorf("the plain season moves by %v only: the outlier is none", d)
	}
}

func BenchmarkMultiple(b *testing.B) {
	for _, robust := range []bool{false, true} {
		b.Run(map[bool]string{false: "plain", true: "robust"}[robust], func(b *testing.B) {
			b.ReportAllocs()
			y := make([]float64, 20_000)
			for i := range y {
				y[i] = math.Sin(2*math.Pi*float64(i)/24) + math.Sin(2*math.Pi*float64(i)/168) + float64(i*7919%101)/50
			}
			for b.Loop() {
				decompose.Multiple(y, []int{24, 168}, robust)
			}
		})
	}
}
