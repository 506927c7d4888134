// Package figures is the arithmetic that the benchmarks share.
package figures

import (
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Median of one or more; the mean of the two in the middle when there are two.
func Median(xs []float64) float64 {
	xs = slices.Sorted(slices.Values(xs))
	return (xs[(len(xs)-1)/2] + xs[len(xs)/2]) / 2
}

// Quantile is the smallest value that a share q of all does not exceed. Of none
// it is so large that it keeps no promise.
func Quantile(xs []float64, q float64) float64 {
	if len(xs) == 0 {
		return math.MaxFloat32
	}
	xs = slices.Sorted(slices.Values(xs))
	return xs[max(0, min(len(xs)-1, int(math.Ceil(q*float64(len(xs))))-1))]
}

// Round keeps so many digits, and all before the point.
func Round(x float64, digits int) float64 {
	if x == 0 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(x)))+1-float64(digits))
	if unit >= 1 {
		return math.Round(x)
	}
	return math.Round(x/unit) / math.Round(1/unit)
}

// Load of the machine over the last minute; 0 where Linux does not tell.
func Load() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	value, _ := strconv.ParseFloat(strings.Fields(string(text))[0], 64)
	return value
}
