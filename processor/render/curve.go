package render

import (
	"math"
	"strconv"
	"time"

	"github.com/pgcast/pgcast/forecast"
	"gonum.org/v1/plot/plotter"
)

// curve is a run of values over X; a value that is missing is NaN.
type curve struct{ x, y []float64 }

// newCurve pairs x and y as far as both go. Infinite values and those too
// large to take the difference of count as missing.
func newCurve(x []float64, y []forecast.Number) curve {
	n := min(len(x), len(y))
	c := curve{x: x[:n], y: make([]float64, n)}
	for i := range n {
		c.y[i] = float64(y[i])
		if !(math.Abs(c.y[i]) < 1e300) {
			c.y[i] = math.NaN()
		}
	}
	return c
}

// from returns the curve with the point (x, y) in front.
func (c curve) from(x, y float64) curve {
	return curve{x: append([]float64{x}, c.x...), y: append([]float64{y}, c.y...)}
}

// last returns the last n points.
func (c curve) last(n int) curve {
	n = min(n, len(c.y))
	return curve{x: c.x[len(c.y)-n:], y: c.y[len(c.y)-n:]}
}

// pieces returns the stretches between missing values.
func (c curve) pieces() []plotter.XYs {
	var pieces []plotter.XYs
	for i, y := range c.y {
		switch {
		case math.IsNaN(y):
			continue
		case i == 0 || math.IsNaN(c.y[i-1]):
			pieces = append(pieces, nil)
		}
		last := len(pieces) - 1
		pieces[last] = append(pieces[last], plotter.XY{X: c.x[i], Y: y})
	}
	return pieces
}

// span is a closed range of one axis.
type span struct{ low, high float64 }

// spanOf returns the smallest span that holds the values that are not NaN.
func spanOf(values ...[]float64) span {
	s := span{math.Inf(1), math.Inf(-1)}
	for _, vs := range values {
		for _, v := range vs {
			if !math.IsNaN(v) {
				s.low, s.high = min(s.low, v), max(s.high, v)
			}
		}
	}
	return s
}

func (s span) empty() bool   { return s.low > s.high }
func (s span) size() float64 { return s.high - s.low }

// widened returns the span with room on both sides; a span of one value, or
// of none, becomes one that an axis can show.
func (s span) widened(share float64) span {
	if s.empty() {
		return span{0, 1}
	}
	room := share * s.size()
	if room == 0 {
		room = max(math.Abs(s.low)*0.05, 1e-6)
	}
	return span{s.low - room, s.high + room}
}

// positions reads the ISO times of a history and its forecast as seconds since
// the Unix epoch, or as row numbers where they are numbers. Where they are
// neither, steps are counted.
func positions(history, points []string) (past, ahead []float64, clock bool) {
	all := append(append([]string(nil), history...), points...)
	for _, read := range []func(string) (float64, error){readTime, readRow} {
		if x, ok := readAll(all, read); ok {
			return x[:len(history)], x[len(history):], len(all) > 0 && isTime(all[0])
		}
	}
	x := make([]float64, len(all))
	for i := range x {
		x[i] = float64(i + 1)
	}
	return x[:len(history)], x[len(history):], false
}

func readAll(texts []string, read func(string) (float64, error)) ([]float64, bool) {
	x := make([]float64, len(texts))
	for i, s := range texts {
		v, err := read(s)
		if err != nil || i > 0 && !(v >= x[i-1]) {
			return nil, false
		}
		x[i] = v
	}
	return x, true
}

func readTime(s string) (float64, error) {
	t, err := time.Parse("2006-01-02T15:04:05", s)
	return seconds(t), err
}

func readRow(s string) (float64, error) { return strconv.ParseFloat(s, 64) }

func isTime(s string) bool { _, err := readTime(s); return err == nil }
