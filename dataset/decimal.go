package dataset

import (
	"encoding/binary"
	"math/bits"
)

// decimal is a number in plain digits, with a minus or none, and a dot among
// them or none.
type decimal struct {
	digits   uint64 // without the dot
	places   int    // digits behind the dot; 0: there is none
	negative bool
	kind     decimalKind
}

// decimalKind says what a decimal may mean.
type decimalKind uint8

const (
	whole   decimalKind = iota // 1234
	dotted                     // 1234.5
	grouped                    // 1.234, where the dot may stand between thousands
)

// value is exact to the last bit: both are whole numbers that a float64 holds.
func (d *decimal) value() float64 {
	v := float64(d.digits) / powers[d.places]
	if d.negative {
		v = -v
	}
	return v
}

// whole is what the digits make without the dot.
func (d *decimal) whole() float64 {
	if d.negative {
		return -float64(d.digits)
	}
	return float64(d.digits)
}

// readDecimal reads the commonest cells without the detour over what both
// readings make of them. A dot has digits on both sides.
func readDecimal(cell []byte) (d decimal, ok bool) {
	if len(cell) > 0 && cell[0] == '-' {
		d.negative, cell = true, cell[1:]
	}
	n := len(cell)
	if n == 0 || n > 16 {
		return d, false
	}
	dot := -1
	if n <= 8 && cap(cell) >= 8 {
		d.digits, dot, ok = eightDigits(binary.LittleEndian.Uint64(cell[:8]), n)
	} else {
		d.digits, dot, ok = digitsOf(cell)
	}
	if dot >= 0 {
		d.places = n - 1 - dot
		ok = ok && dot > 0 && d.places > 0
		if d.kind = dotted; d.places == 3 && dot <= 3 && cell[0] != '0' {
			d.kind = grouped
		}
	}
	return d, ok && d.digits < 1<<53
}

// digitsOf reads digits with at most one dot, whose place it returns, or -1.
func digitsOf(cell []byte) (digits uint64, dot int, ok bool) {
	dot = -1
	for i, c := range cell {
		if d := c - '0'; d <= 9 {
			digits = digits*10 + uint64(d)
			continue
		}
		if c != '.' || dot >= 0 {
			return 0, 0, false
		}
		dot = i
	}
	return digits, dot, true
}

// eightDigits is digitsOf for the first n of the eight bytes of a word, all at
// once. What stands behind them may be anything.
func eightDigits(word uint64, n int) (digits uint64, dot int, ok bool) {
	free := 64 - 8*n // bits below the first byte
	word, dot = word<<free, -1
	if dots := zeroBytes(word ^ '.'*everyByte); dots != 0 {
		at := bits.TrailingZeros64(dots) &^ 7 // close the gap from below
		below := uint64(1)<<at - 1
		word = word&below<<8 | word&^(below<<8|0xFF)
		dot = (at - free) >> 3
		free += 8
	}
	v := word ^ '0'*everyByte&^(1<<free-1)
	if (v|(v+0x0606060606060606))&0xF0F0F0F0F0F0F0F0 != 0 {
		return 0, 0, false
	}
	v = v*10 + v>>8 // pairs of digits, then fours, then all
	v = (v&0x000000FF000000FF*0x000F424000000064 + v>>16&0x000000FF000000FF*0x0000271000000001) >> 32
	return v, dot, true
}
