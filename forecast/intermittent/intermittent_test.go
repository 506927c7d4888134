package intermittent

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/pgcast/pgcast/forecast/model"
	"github.com/pgcast/pgcast/forecast/modeltest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, m := range Methods() {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			modeltest.Conform(t, Model{Method: m})
		})
	}
}

func FuzzForecast(f *testing.F) {
	var all []model.Model
	for _, m := range Methods() {
		all = append(all, Model{Method: m})
	}
	modeltest.Fuzz(f, all...)
}

func forecast(t *testing.T, m Method, y []float64, probs ...float64) model.Forecast {
	t.Helper()
	f, err := Model{Method: m}.Forecast(context.Background(), model.Task{Y: y, Season: 1, Horizon: 3, Probs: probs})
	if err != nil {
		t.Fatalf("%s declines %v: %v", m, y, err)
	}
	return f
}

// Expected values by hand from the articles' recursions.
func TestRecursions(t *testing.T) {
	t.Parallel()
	d, _ := read([]float64{0, 0, 4, 0, 2, 0, 0, 6}) // from the first demand on: 4 0 2 0 0 6
	out := make([]float64, len(d.y))
	// size 4, 4−0.4, 3.6+0.48; interval 2, 2, 2+0.2·(3−2)
	if got, want := croston(&d, 0.2, 0.2, out), (3.6+0.2*2.4)/2.2; math.Abs(got-want) > 1e-12 {
		t.Errorf("Croston's rate is %v, want %v", got, want)
	}
	if math.Abs(out[3]-3.6/2) > 1e-12 {
		t.Errorf("Croston expects %v in step 3, want 1.8", out[3])
	}
	p := 0.5
	for _, v := range d.y {
		p *= 0.9
		if v > 0 {
			p += 0.1
		}
	}
	if got, want := tsb(&d, 0.2, 0.1, out), p*(3.6+0.2*2.4); math.Abs(got-want) > 1e-12 {
		t.Errorf("TSB's rate is %v, want %v", got, want)
	}
}

func TestConstantDemandIsItsOwnForecast(t *testing.T) {
	t.Parallel()
	y := make([]float64, 40)
	for i := range y {
		y[i] = float64(i%4/3) * 8 // 0 0 0 8
	}
	for _, m := range Methods() {
		f := forecast(t, m, y, 0.5, 0.9)
		// from the first demand on, demand comes a little more often; SBA takes its share
		if rate := f.Mean[0]; rate < 1.7 || rate > 2.5 {
			t.Errorf("%s forecasts %v, want about 2", m, rate)
		}
		if f.Quantiles[0][0] != 0 || f.Quantiles[1][0] != 8 {
			t.Errorf("%s has quantiles %v and %v, want 0 and 8", m, f.Quantiles[0][0], f.Quantiles[1][0])
		}
	}
}

func TestNoDemandIsForecastAsNone(t *testing.T) {
	t.Parallel()
	for _, m := range Methods() {
		f := forecast(t, m, make([]float64, 20), 0.99)
		if f.Mean[2] != 0 || f.Quantiles[0][2] != 0 {
			t.Errorf("%s forecasts %v up to %v of nothing", m, f.Mean[2], f.Quantiles[0][2])
		}
	}
}

// What nobody has bought for long is expected less and less.
func TestALongTailOfZerosEndsDemand(t *testing.T) {
	t.Parallel()
	y := make([]float64, 130)
	for i := range 30 {
		y[i] = float64(i % 2 * 5)
	}
	for _, m := range Methods() {
		short, long := forecast(t, m, y[:32]).Mean[0], forecast(t, m, y).Mean[0]
		if short < 1.5 || long > 0.06 {
			t.Errorf("%s forecasts %v after 3 zeros and %v after 100", m, short, long)
		}
	}
}

func TestNegativeDemandIsDeclined(t *testing.T) {
	t.Parallel()
	_, err := Model{Method: SBA}.Forecast(context.Background(), model.Task{Y: []float64{0, -1, 0, 3}, Season: 1, Horizon: 1})
	if !errors.Is(err, model.ErrUnsuitable) {
		t.Errorf("error %v, want ErrUnsuitable", err)
	}
}

// shop sells with a probability and sizes of 1 to most.
func shop(n int, probability float64, most int) []float64 {
	random := rand.New(rand.NewPCG(3, 5))
	y := make([]float64, n)
	for i := range y {
		if random.Float64() < probability {
			y[i] = float64(1 + random.IntN(most))
		}
	}
	return y
}

func TestQuantilesHoldTheShareTheyPromise(t *testing.T) {
	t.Parallel()
	y := shop(4000, 0.3, 9)
	for _, m := range Methods() {
		f := forecast(t, m, y[:400], 0.5, 0.9, 0.97)
		for i, want := range []float64{0.5, 0.9, 0.97} {
			below := 0.0
			for _, v := range y[400:] {
				if v <= f.Quantiles[i][0] {
					below += 1.0 / 3600
				}
			}
			if below < want-0.03 { // whole numbers hold a little more
				t.Errorf("%s: %.3f of demand is at most its quantile %v", m, below, want)
			}
		}
	}
}

func TestClasses(t *testing.T) {
	t.Parallel()
	lead := append(make([]float64, 50), 5, 6, 5, 7, 5, 6)
	for want, y := range map[Class][]float64{
		Unsuited:     {0, 0, 0},
		Smooth:       lead,
		Erratic:      {1, 9, 1, 1, 20, 1, 1, 1, 30, 1},
		Intermittent: {1, 0, 0, 1, 0, 1, 0, 0, 2, 0},
		Lumpy:        {1, 0, 0, 30, 0, 1, 0, 0, 2, 0},
	} {
		if got := Classify(y); got != want {
			t.Errorf("%v is %s, want %s", y, got, want)
		}
	}
}

func TestZerosOfASeasonAreAPattern(t *testing.T) {
	t.Parallel()
	sun := make([]float64, 24*20)
	for i := range sun {
		sun[i] = max(0, -math.Cos(2*math.Pi*float64(i)/24))
	}
	if Seldom(sun, 24) {
		t.Error("the sun is taken for demand now and then")
	}
	for _, m := range []int{1, 7, 12} {
		if !Seldom(shop(120, 0.3, 5), m) {
			t.Errorf("sales are taken for a season of %d", m)
		}
	}
	if Seldom([]float64{0, 0, 0, 0, 4, 0, 0, 0, 0}, 1) {
		t.Error("a single sale is taken for demand now and then")
	}
}

func TestSmoothingDoesNotAllocate(t *testing.T) {
	d, _ := read(shop(200, 0.3, 9))
	out := make([]float64, len(d.y))
	for name, r := range map[string]rates{"croston": croston, "tsb": tsb} {
		if n := testing.AllocsPerRun(20, func() { r(&d, 0.1, 0.1, out); squares(d.y, out) }); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func BenchmarkMethods(b *testing.B) {
	task := model.Task{Y: shop(200, 0.3, 9), Season: 12, Horizon: 12, Probs: []float64{0.1, 0.9}}
	for _, m := range Methods() {
		b.Run(string(m), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := (Model{Method: m}).Forecast(context.Background(), task); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
