package engine_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/forecast/modeltest"
	"github.com/pgcast/pgcast/internal/engine"
)

// written is a daily file of one series; what is no number is an empty cell.
func written(y []float64) string {
	var text strings.Builder
	text.WriteString("day,value\n")
	for i, v := range y {
		cell := ""
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			cell = strconv.FormatFloat(v, 'g', -1, 64)
		}
		fmt.Fprintf(&text, "2026-%02d-%02d,%s\n", 1+i/28, 1+i%28, cell)
	}
	return text.String()
}

// Every hard series goes through the whole engine with auto and a third of the
// models, each model with a third of the series: each number is finite, each
// interval in order, and what is known beside it does no harm.
func TestAnySeriesThroughTheEngine(t *testing.T) {
	t.Parallel()
	done := 0
	hard := modeltest.HardSeries()
	for i, name := range slices.Sorted(maps.Keys(hard)) {
		y := hard[name]
		if len(y) < 2 {
			continue // no file of one row says what its step is
		}
		for k, model := range append([]string{"auto"}, forecast.Models()...) {
			if k > 0 && (i+k)%3 > 0 {
				continue
			}
			request := fmt.Sprintf(`{"time_column": "day", "target": "value", "frequency": "D", "model": %q, "horizon": 20, "n_paths": 2, "holidays": "US"}`, model)
			out, err := run(t, written(y), request, engine.Options{})
			if err != nil {
				continue // refused as a file: nothing but gaps, say
			}
			done++
			for _, s := range out.Series {
				sound(t, fmt.Sprintf("%s with %s", name, model), s)
			}
		}
	}
	if done < 100 {
		t.Errorf("only %d forecasts were made", done)
	}
}

func sound(t *testing.T, what string, s engine.Series) {
	t.Helper()
	finite := func(values []forecast.Number) {
		for h, v := range values {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				t.Errorf("%s: step %d is %v", what, h+1, v)
				return
			}
		}
	}
	finite(s.Points.Mean)
	for _, path := range s.Points.Paths {
		finite(path)
	}
	inner := s.Points.Levels[0]
	for k, band := range s.Points.Levels {
		finite(band.Lower)
		finite(band.Upper)
		for h, m := range s.Points.Mean {
			if band.Lower[h] > m || band.Upper[h] < m || k > 0 && (band.Lower[h] > inner.Lower[h] || band.Upper[h] < inner.Upper[h]) {
				t.Errorf("%s: the bands of step %d are out of order", what, h+1)
				return
			}
		}
	}
}
