package mstl_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/forecast/ets"
	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/modeltest"
	"github.com/pgcast/pgcast/forecast/mstl"
	"github.com/pgcast/pgcast/forecast/naive"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, robust := range []bool{false, true} {
		modeltest.Conform(t, mstl.Model{Rest: ets.Auto{}, Robust: robust})
	}
}

func FuzzForecast(f *testing.F) { modeltest.Fuzz(f, mstl.Model{Rest: ets.Auto{}}) }

// hourly is noise around a day and a week that are known.
func hourly(n int) (y, truth []float64) {
	random := rand.New(rand.NewPCG(1, 2))
	y, truth = make([]float64, n), make([]float64, n)
	for i := range y {
		x := 2 * math.Pi * float64(i)
		truth[i] = 50 + 10*math.Sin(x/24) + 3*math.Cos(x/12) + 8*math.Sin(x/168)
		y[i] = truth[i] + random.NormFloat64()
	}
	return y, truth
}

func TestTwoSeasonsAreBothRepeated(t *testing.T) {
	t.Parallel()
	y, truth := hourly(2000 + 168)
	task := model.Task{Y: y[:2000], Season: 24, Seasons: []int{24, 168, 8766}, Horizon: 168}
	f, err := mstl.Model{Rest: ets.Auto{}}.Forecast(context.Background(), task)
	if err != nil {
		t.Fatal(err)
	}
	if got := miss(f.Mean, truth[2000:]); got > 0.6 {
		t.Errorf("%s misses the truth by %.2f, want less than 0.6 of the noise", f.Spec, got)
	}
	for _, m := range []int{24, 168} {
		task.Season = m
		s, err := naive.Seasonal{}.Forecast(context.Background(), task)
		if err != nil {
			t.Fatal(err)
		}
		if own, other := miss(f.Mean, y[2000:]), miss(s.Mean, y[2000:]); own >= other {
			t.Errorf("mean error %.2f, the seasonal naive of %d steps has %.2f", own, m, other)
		}
	}
}

func miss(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += math.Abs(a[i]-b[i]) / float64(len(a))
	}
	return sum
}

func TestSeasonsTheHistoryDoesNotHoldTwiceAreLeftOut(t *testing.T) {
	t.Parallel()
	y, _ := hourly(1000)
	for n, want := range map[int][]int{1000: {24, 168}, 336: {24, 168}, 335: {24}, 47: nil} {
		got := mstl.Seasons(model.Task{Y: y[:n], Season: 24, Seasons: []int{24, 168, 8766}})
		if !slices.Equal(got, want) {
			t.Errorf("%d values hold the seasons %v, want %v", n, got, want)
		}
	}
	_, err := mstl.Model{Rest: ets.Auto{}}.Forecast(context.Background(), model.Task{Y: make([]float64, 47), Season: 24, Horizon: 1})
	if !errors.Is(err, model.ErrUnsuitable) {
		t.Errorf("error %v, want ErrUnsuitable", err)
	}
}

func TestASeasonThatIsNoneIsLeftOut(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	y := make([]float64, 900)
	for i := range y {
		y[i] = 10*math.Sin(2*math.Pi*float64(i)/7) + random.NormFloat64()
	}
	task := model.Task{Y: y, Season: 7, Seasons: []int{7, 365}, Horizon: 28}
	f, err := mstl.Model{Rest: ets.Auto{}}.Forecast(context.Background(), task)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(f.Spec, "MSTL(7) with") {
		t.Errorf("%s on a week and noise", f.Spec)
	}
}

func BenchmarkHourly(b *testing.B) {
	b.ReportAllocs()
	y, _ := hourly(2000)
	task := model.Task{Y: y, Season: 24, Seasons: []int{24, 168}, Horizon: 168, Probs: []float64{0.1, 0.9}}
	for b.Loop() {
		if _, err := (mstl.Model{Rest: ets.Auto{}}).Forecast(context.Background(), task); err != nil {
			b.Fatal(err)
		}
	}
}
