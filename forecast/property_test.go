package forecast_test

import (
	"context"
	"encoding/binary"
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/pgcast/pgcast/forecast"
)

// value draws what may stand in a series: ordinary numbers, holes, zeros and
// the far ends of float64.
func value() *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.Float64Range(-1000, 1000),
		rapid.Float64Range(0, 10),
		rapid.Just(0.0),
		rapid.Just(math.NaN()),
		rapid.Float64(),
	)
}

func TestAnySeriesAnyOptions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfN(value(), 0, 60).Draw(t, "y")
		o := forecast.Options{
			Model:        rapid.SampledFrom(append(forecast.Models(), "auto")).Draw(t, "model"),
			Horizon:      rapid.IntRange(1, 80).Draw(t, "horizon"),
			SeasonLength: rapid.IntRange(0, 30).Draw(t, "season"),
			Levels:       []float64{50, 80, 95},
			Quantiles:    []float64{0.05, 0.5, 0.95},
			Gaps:         rapid.SampledFrom([]string{"", "linear", "zero", "previous", "none"}).Draw(t, "gaps"),
			Folds:        rapid.IntRange(0, 4).Draw(t, "folds"),
		}
		if rapid.Bool().Draw(t, "bounded") {
			low, high := -5.0, 50.0
			o.Lower, o.Upper = &low, &high
		}
		res, err := forecast.Run(context.Background(), monthly(y), o)
		if err != nil {
			t.Fatal(err)
		}
		checkResult(t, res, len(y), o)
		for _, v := range res.Mean {
			if o.Lower != nil && (float64(v) < *o.Lower || float64(v) > *o.Upper) {
				t.Fatalf("mean %v is out of bounds", v)
			}
		}
	})
}

func TestTheSameTwice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfN(rapid.Float64Range(-100, 100), 1, 40).Draw(t, "y")
		o := forecast.Options{Horizon: 6, SeasonLength: 4, Levels: []float64{80}, Seed: 7}
		one, err := forecast.Run(context.Background(), monthly(y), o)
		if err != nil {
			t.Fatal(err)
		}
		two, err := forecast.Run(context.Background(), monthly(y), o)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(one.Mean, two.Mean) || !reflect.DeepEqual(one.Levels, two.Levels) || !reflect.DeepEqual(one.Selected, two.Selected) {
			t.Fatalf("two runs differ: %+v and %+v", one, two)
		}
	})
}

// A power of two costs no digit, so that the forecast must follow exactly.
func TestUnitsDoNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		y := rapid.SliceOfN(rapid.Float64Range(-100, 100), 1, 40).Draw(t, "y")
		power := rapid.IntRange(-200, 200).Draw(t, "power")
		model := rapid.SampledFrom(append(forecast.Models(), "auto")).Draw(t, "model")
		o := forecast.Options{Model: model, Horizon: 5, SeasonLength: 4, Levels: []float64{80}}
		if rapid.Bool().Draw(t, "column") {
			n := len(y) + o.Horizon
			o.Columns = []forecast.Column{{Name: "x", Values: rapid.SliceOfN(rapid.Float64Range(-3, 3), n, n).Draw(t, "x")}}
		}
		scaled := make([]float64, len(y))
		for i, v := range y {
			if math.Abs(v) < 1e-9 { // keep clear of the subnormal numbers
				v, y[i] = 0, 0
			}
			scaled[i] = math.Ldexp(v, power)
		}
		one, err := forecast.Run(context.Background(), monthly(y), o)
		if err != nil {
			t.Fatal(err)
		}
		two, err := forecast.Run(context.Background(), monthly(scaled), o)
		if err != nil {
			t.Fatal(err)
		}
		for h := range one.Mean {
			if forecast.Number(math.Ldexp(float64(one.Mean[h]), power)) != two.Mean[h] {
				t.Fatalf("step %d: %v, times 2^%d %v", h+1, one.Mean[h], power, two.Mean[h])
			}
		}
	})
}

func FuzzRun(f *testing.F) {
	f.Add([]byte{}, uint8(1), uint8(0))
	f.Add(bytesOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), uint8(3), uint8(4))
	f.Add(bytesOf(1, math.NaN(), 3, math.Inf(1), 1e300, -1e300, 5e-324), uint8(20), uint8(2))
	f.Fuzz(func(t *testing.T, b []byte, horizon, season uint8) {
		var y []float64
		for len(b) >= 8 && len(y) < 200 {
			y = append(y, math.Float64frombits(binary.LittleEndian.Uint64(b)))
			b = b[8:]
		}
		o := forecast.Options{Horizon: int(horizon) + 1, SeasonLength: int(season), Levels: []float64{80, 95}, Quantiles: []float64{0.5}}
		res, err := forecast.Run(context.Background(), monthly(y), o)
		if err != nil {
			t.Fatal(err)
		}
		checkResult(t, res, len(y), o)
	})
}

func bytesOf(values ...float64) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}
