package dataset

import "math"

// tally sums up the numbers of a column under one reading.
type tally struct {
	n, integers, grouped int
	group                byte
	sum                  float64
	low, high            extreme
}

// extreme is the least (or greatest) value, how often it occurs, and the next.
type extreme struct {
	value, next float64
	count       int
	text        []byte
}

func (t *tally) add(value float64, integer bool, group byte, cell []byte) {
	if t.n == 0 {
		t.low = extreme{value: math.Inf(1), next: math.Inf(1)}
		t.high = extreme{value: math.Inf(-1), next: math.Inf(-1)}
	}
	t.count(1, integer, group)
	t.sum += value
	if value >= t.low.next && value <= t.high.next {
		return // neither the least nor the greatest, nor the next to them
	}
	t.low.add(value, cell, -1)
	t.high.add(value, cell, 1)
}

// addAll adds the values of cells that are written in the same way.
func (t *tally) addAll(values []float64, cells [][]byte, integer bool, group byte) {
	for i := 0; i < len(values); {
		if t.n > 0 { // those that are neither the least nor the greatest, nor the next to them
			from, sum, low, high := i, t.sum, t.low.next, t.high.next
			for i < len(values) && values[i] >= low && values[i] <= high {
				sum += values[i]
				i++
			}
			t.sum = sum
			t.count(i-from, integer, group)
		}
		if i < len(values) {
			t.add(values[i], integer, group, cells[i])
			i++
		}
	}
}

// count counts n numbers.
func (t *tally) count(n int, integer bool, group byte) {
	t.n += n
	if integer {
		t.integers += n
	}
	if group != 0 && n > 0 {
		t.grouped += n
		t.group = group
	}
}

// add keeps value when it lies further out; sign is 1 for the greatest, -1 for
// the least.
func (e *extreme) add(value float64, cell []byte, sign float64) {
	switch d := sign * (value - e.value); {
	case d > 0 || e.count == 0:
		if e.count > 0 {
			e.next = e.value
		}
		e.value, e.count, e.text = value, 1, append(e.text[:0], cell...)
	case d == 0:
		e.count++
	case sign*(value-e.next) > 0:
		e.next = value
	}
}
