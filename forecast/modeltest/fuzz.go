package modeltest

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/pgcast/pgcast/forecast/model"
)

// Fuzz holds models to the contract on histories made of any bytes: finite,
// ordered, twice the same, and soon.
func Fuzz(f *testing.F, models ...model.Model) {
	all := finiteSeries()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		f.Add(bytesOf(all[name]), uint8(4), uint8(9))
	}
	f.Fuzz(func(t *testing.T, b []byte, season, horizon uint8) {
		y := historyOf(b)
		if len(y) == 0 {
			t.Skip("no history")
		}
		task := model.Task{Y: y, Season: max(int(season), 1), Horizon: max(int(horizon), 1), Probs: []float64{0.025, 0.1, 0.5, 0.9, 0.975}, Seed: 1}
		for _, m := range models {
			began := time.Now()
			answers(t, m, task)
			if took := time.Since(began); took > time.Minute { // it hangs, however busy the machine
				t.Errorf("%s: %d values, season %d, horizon %d took %v", m.Name(), len(y), season, horizon, took)
			}
		}
	})
}

// longestFuzzed is how many values a fuzzed history has at most.
const longestFuzzed = 120

// historyOf reads numbers of eight bytes, those that are finite, and brings the
// largest near 1 as the engine does before it asks a model.
func historyOf(b []byte) []float64 {
	var y []float64
	size := 0.0
	for ; len(b) >= 8 && len(y) < longestFuzzed; b = b[8:] {
		v := math.Float64frombits(binary.LittleEndian.Uint64(b))
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		y, size = append(y, v), max(size, math.Abs(v))
	}
	_, power := math.Frexp(size)
	for i, v := range y {
		y[i] = math.Ldexp(v, -power)
	}
	return y
}

func bytesOf(y []float64) []byte {
	var b []byte
	for _, v := range y {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}
