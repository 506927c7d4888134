package lgt

import "math"

// raised is a level to some power from −1 to 1. The density asks for two of
// them per value, which were three quarters of its time by way of math.Log and
// math.Exp; tables take a third of that, to eleven digits.
func raised(level, power float64) float64 {
	if !(level > leastLevel) {
		level = leastLevel
	}
	return exp2(power * log2(min(level, highestLevel)))
}

// highestLevel is beyond what a place that counts expects.
const highestLevel = 1e12

// The tables: binary logarithms of the middles of cells of a 256th between 1
// and 2, the inverses of those, and powers of 2 in steps of a 256th.
const (
	cells, cellBits     = 256, 8
	stairs, stairBits   = 256, 8
	mantissa, precision = 1<<52 - 1, 52
	bias                = 1023
)

var tables = func() (t struct {
	inverse, log [cells]float64
	power        [stairs]float64
}) {
	for i := range t.log {
		middle := 1 + (float64(i)+0.5)/cells
		t.inverse[i], t.log[i] = 1/middle, math.Log2(middle)
	}
	for i := range t.power {
		t.power[i] = math.Exp2(float64(i) / stairs)
	}
	return t
}()

// log2 is the binary logarithm of a normal positive number: that of its cell
// and a few terms of the series around it.
func log2(v float64) float64 {
	bits := math.Float64bits(v)
	cell := bits >> (precision - cellBits) % cells
	r := math.Float64frombits(bits&mantissa|bias<<precision)*tables.inverse[cell] - 1
	series := r - r*r*(1.0/2-r*(1.0/3))
	return float64(int(bits>>precision)-bias) + tables.log[cell] + math.Log2E*series
}

// exp2 is 2 to the power of v, from −1,000 to 1,000.
func exp2(v float64) float64 {
	stair := int(v*stairs+(bias*stairs+0.5)) - bias*stairs
	r := math.Ln2 * (v - float64(stair)*(1.0/stairs))
	series := 1 + r + r*r*(1.0/2+r*(1.0/6))
	whole := math.Float64frombits(uint64(bias+stair>>stairBits) << precision)
	return whole * tables.power[stair&(stairs-1)] * series
}
