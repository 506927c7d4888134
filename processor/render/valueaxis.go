package render

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// values places ticks on round numbers: 1, 2, 2.5 or 5 times a power of ten.
type values struct {
	most  int  // ticks at most, about
	whole bool // only whole numbers, for rows that are counted
}

// Ticks implements [plot.Ticker].
func (v values) Ticks(low, high float64) []plot.Tick {
	step := v.step(high - low)
	if step == 0 {
		return nil
	}
	write := numberLabel(step, math.Max(math.Abs(low), math.Abs(high)))
	var ticks []plot.Tick
	for i := math.Ceil(low / step); i*step <= high && len(ticks) < 4*v.most; i++ {
		ticks = append(ticks, plot.Tick{Value: i * step, Label: write(i * step)})
	}
	return ticks
}

// step returns the smallest round step that needs no more than v.most ticks,
// 0 when the span is not a number to divide.
func (v values) step(span float64) float64 {
	rough := span / float64(v.most)
	if !(rough > 0) || math.IsInf(rough, 0) {
		return 0
	}
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, round := range []float64{1, 2, 2.5, 5, 10} {
		step := round * power
		if step >= rough && (!v.whole || step == math.Trunc(step)) {
			return step
		}
	}
	return math.Max(1, 10*power)
}

// numberLabel returns how to write the ticks of one axis, all alike: with the
// decimals the step needs, thousands apart, millions and more as 1.5M.
func numberLabel(step, largest float64) func(float64) string {
	unit, suffix := 1.0, ""
	for _, u := range []struct {
		size   float64
		suffix string
	}{{1e6, "M"}, {1e9, "B"}, {1e12, "T"}} {
		if largest >= 2*u.size {
			unit, suffix = u.size, u.suffix
		}
	}
	decimals := 0
	for s := step / unit; decimals < 7 && math.Abs(s-math.Round(s)) > 1e-6*s; s *= 10 {
		decimals++
	}
	return func(v float64) string {
		if largest >= 1e16 || decimals == 7 {
			return strconv.FormatFloat(v, 'g', 4, 64)
		}
		return thousands(strconv.FormatFloat(v/unit+0, 'f', decimals, 64)) + suffix
	}
}

// thousands writes the integer digits of a decimal in groups of three.
func thousands(decimal string) string {
	digits, sign := strings.TrimPrefix(decimal, "-"), ""
	if digits != decimal {
		sign = "−"
	}
	whole, fraction, found := strings.Cut(digits, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if found {
		whole += "." + fraction
	}
	return sign + whole
}
