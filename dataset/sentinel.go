package dataset

import "math"

// sentinels returns values that stand for "missing": the least or greatest
// value, repeated, far from all others, and written in nines; once is enough
// for -999 where nothing else is negative or as large; or -1, when it is
// frequent among numbers that reach far.
func (t *tally) sentinels() []float64 {
	var found []float64
	low, high := t.low, t.high
	if t.n >= 5 && low.count >= 2 && low.value < 0 && !math.IsInf(low.next, 0) {
		lonely := low.next >= 0 || math.Abs(low.value) > 5*math.Abs(low.next)
		if lonely && (nines(low.text) || low.value == -1 && low.count >= 3 && low.next >= 0 && high.value >= 20) {
			found = append(found, low.value)
		}
	}
	lone := low.next >= 0 || -low.value >= 20*max(-low.next, high.value)
	if t.n >= 5 && low.count == 1 && low.value <= -999 && lone && nines(low.text) {
		found = append(found, low.value)
	}
	if t.n >= 5 && high.count >= 2 && high.value >= 99 && high.next < high.value/5 && nines(high.text) && len(high.text) >= 3 {
		found = append(found, high.value)
	}
	return found
}

// nines reports whether all digits that count are nines: 999, -9.99, -0.99.
func nines(cell []byte) bool {
	n := 0
	for _, c := range cell {
		switch {
		case c == '9':
			n++
		case c == '0' && n == 0, c == '-', c == '.', c == ',':
		case c == '0':
		default:
			return false
		}
	}
	return n >= 2
}
