package dataset

import (
	"bytes"
	"math"
	"strconv"
	"strings"
)

// reading says which mark separates the fraction of a number.
type reading int

const (
	dotDecimal   reading = iota // 1,234.5
	commaDecimal                // 1.234,5
)

func (r reading) mark() byte { return ".,"[r] }

// figure is a number as both readings see it.
type figure struct {
	value   [2]float64 // by reading; valid where ok
	ok      [2]bool
	integer [2]bool
	group   [2]byte // thousands mark seen under that reading, 0 when none
	percent bool
	money   bool

	currency uint8 // which mark, by its place among currencies, from 1
}

func (f *figure) any() bool { return f.ok[dotDecimal] || f.ok[commaDecimal] }

// parseFigure reads a trimmed cell as a number: sign before or after, or
// parentheses; currency mark and percent sign; thousands marks in groups of
// three; exponent. Percent values stay in percent.
func parseFigure(b []byte) (figure, bool) {
	if f, ok := plainFigure(b); ok {
		return f, true
	}
	var f figure
	if len(b) == 0 || dateLike(b) || letter(b[0]) && !currencyLetters[b[0]] {
		return f, false // no currency begins like this
	}
	b, negative, ok := unwrap(b, &f)
	if !ok {
		return figure{}, false
	}
	for _, r := range [...]reading{dotDecimal, commaDecimal} {
		f.value[r], f.integer[r], f.group[r], f.ok[r] = parseUnder(b, r)
		if negative {
			f.value[r] = -f.value[r]
		}
	}
	return f, f.any()
}

// plainFigure is the fast path: digits with at most one dot and a minus.
func plainFigure(b []byte) (figure, bool) {
	i, negative := 0, false
	if len(b) > 0 && b[0] == '-' {
		i, negative = 1, true
	}
	if len(b)-i > 16 || i == len(b) {
		return figure{}, false
	}
	digits, dot := uint64(0), -1
	for j := i; j < len(b); j++ {
		switch c := b[j]; {
		case c >= '0' && c <= '9':
			digits = digits*10 + uint64(c-'0')
		case c == '.' && dot < 0:
			dot = j
		default:
			return figure{}, false
		}
	}
	if digits >= 1<<53 || dot >= 0 && len(b) == i+1 {
		return figure{}, false
	}
	v := float64(digits)
	grouped := dot >= 0 && len(b)-1-dot == 3 && dot > i && dot-i <= 3 && b[i] != '0'
	whole := v
	if dot >= 0 {
		v /= powers[len(b)-1-dot]
	}
	if negative {
		v, whole = -v, -whole
	}
	if grouped { // "1.234" is 1234 where the comma is the decimal mark
		return figure{value: [2]float64{v, whole}, ok: [2]bool{true, true}, integer: [2]bool{false, true}, group: [2]byte{0, '.'}}, true
	}
	if dot >= 0 {
		return figure{value: [2]float64{v, 0}, ok: [2]bool{true, false}}, true
	}
	return figure{value: [2]float64{v, v}, ok: [2]bool{true, true}, integer: [2]bool{true, true}}, true
}

// dateLike reports whether digits are followed by a mark that no number has
// there: a quick way out for times.
func dateLike(b []byte) bool {
	n := 0
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	return n > 0 && n+1 < len(b) && (b[n] == '-' || b[n] == '/' || b[n] == ':')
}

var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16}

// currencies are marks before or behind an amount, the longer ones first.
var currencies = func() (marks [][]byte) {
	for _, mark := range strings.Fields("US$ CA$ AU$ NZ$ HK$ NT$ R$ A$ C$ S$ $ € £ ¥ ₹ ₽ ₩ ₺ ₴ ₫ ฿ ₪ ₱ ¢ zł Kč kr. kr Ft Rs. Rs Rp лв руб. руб 円 元 원 " +
		"EUR USD GBP CHF JPY CNY INR BRL CAD AUD NZD SEK NOK DKK PLN CZK HUF RUB TRY KRW MXN ZAR") {
		marks = append(marks, []byte(mark))
	}
	return marks
}()

// currencyLetters are the ASCII letters that a mark begins with.
var currencyLetters = func() (letters [256]bool) {
	for _, mark := range currencies {
		letters[mark[0]] = true
	}
	return letters
}()

// unwrap strips sign, parentheses, currency and percent from b.
func unwrap(b []byte, f *figure) (digits []byte, negative, ok bool) {
	for len(b) > 0 {
		first, last := b[0], b[len(b)-1]
		switch {
		case first >= '0' && first <= '9' || first == '.' || first == ',':
			switch {
			case last >= '0' && last <= '9' || last == '.':
				return b, negative, true
			case last == '%' && !f.percent:
				f.percent, b = true, trim(b[:len(b)-1])
				continue
			case last == '*': // a footnote
				b = trim(b[:len(b)-1])
				continue
			case last == '-' && !negative:
				negative, b = true, b[:len(b)-1]
				continue
			}
		case (first == '-' || first == '+') && !negative:
			negative, b = first == '-', trim(b[1:])
			continue
		case bytes.HasPrefix(b, []byte("−")) && !negative: // U+2212
			negative, b = true, b[len("−"):]
			continue
		case !negative && (bytes.HasPrefix(b, []byte("–")) || bytes.HasPrefix(b, []byte("‐"))): // dashes that word processors put there
			negative, b = true, b[len("–"):]
			continue
		case first == '(' && last == ')' && !negative:
			negative, b = true, trim(b[1:len(b)-1])
			continue
		}
		stripped, mark := stripCurrency(b)
		if mark == 0 || f.money {
			return nil, false, false
		}
		f.money, f.currency, b = true, mark, stripped
	}
	return nil, false, false
}

func stripCurrency(b []byte) (stripped []byte, mark uint8) {
	for i, c := range currencies {
		if bytes.HasPrefix(b, c) {
			return trim(b[len(c):]), uint8(i + 1)
		}
		if bytes.HasSuffix(b, c) {
			return trim(b[:len(b)-len(c)]), uint8(i + 1)
		}
	}
	return b, 0
}

// parseUnder reads unsigned digits under one reading.
func parseUnder(b []byte, r reading) (v float64, integer bool, group byte, ok bool) {
	var clean [64]byte
	out := clean[:0]
	integer = true
	run, groups := 0, 0 // digits since the last mark, groups closed
	lakhs := false      // groups of two before the last, as India writes them
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case c >= '0' && c <= '9':
			run++
			out = append(out, c)
		case c == r.mark():
			if !integer || groups > 0 && run != 3 {
				return 0, false, 0, false
			}
			integer, run = false, 0
			out = append(out, '.')
		case (c == 'e' || c == 'E') && len(out) > 0 && i+1 < len(b) && (groups == 0 || run == 3 || !integer):
			return exponent(out, b[i:], group)
		default:
			mark, width := groupMark(b[i:], r)
			if mark == 0 || !integer || group != 0 && mark != group || run == 0 || run > 3 || groups > 0 && run != 3 && (run != 2 || mark != ',') || out[0] == '0' {
				return 0, false, 0, false
			}
			lakhs = lakhs || groups > 0 && run == 2
			if lakhs && run == 3 {
				return 0, false, 0, false
			}
			group, groups, run = mark, groups+1, 0
			i += width - 1
		}
		if len(out) > 60 {
			return 0, false, 0, false
		}
	}
	if integer && groups > 0 && run != 3 {
		return 0, false, 0, false
	}
	v, err := strconv.ParseFloat(string(out), 64)
	return v, integer, group, err == nil
}

// exponent reads the power of ten at the end of a number.
func exponent(mantissa, e []byte, group byte) (float64, bool, byte, bool) {
	for i, c := range e[1:] {
		if (c < '0' || c > '9') && (i > 0 || c != '-' && c != '+') {
			return 0, false, 0, false
		}
	}
	v, err := strconv.ParseFloat(string(mantissa)+string(e), 64)
	return v, false, group, err == nil && !math.IsInf(v, 0)
}

// groupMark returns the thousands mark at the front of b under a reading: the
// other one of comma and dot, an apostrophe, or a space of any width.
func groupMark(b []byte, r reading) (mark byte, width int) {
	switch {
	case b[0] == ',' && r == dotDecimal, b[0] == '.' && r == commaDecimal, b[0] == '\'', b[0] == ' ':
		return b[0], 1
	case bytes.HasPrefix(b, []byte("\u00A0")):
		return ' ', 2
	case bytes.HasPrefix(b, []byte("\u202F")), bytes.HasPrefix(b, []byte("\u2009")):
		return ' ', 3
	case bytes.HasPrefix(b, []byte("’")):
		return '\'', 3
	}
	return 0, 0
}

// tight reports whether a cell surely has nothing to trim.
func tight(b []byte) bool {
	return len(b) > 0 && b[0]-'!' < 94 && b[len(b)-1]-'!' < 94
}

// trim removes blanks, tabs and no-break spaces around a cell.
func trim(b []byte) []byte {
	if tight(b) {
		return b
	}
	return trimBlanks(b)
}

// narrowSpace is U+202F, which French spreadsheets put before a mark.
var narrowSpace = []byte("\u202f")

func trimBlanks(b []byte) []byte {
	for len(b) > 0 {
		switch {
		case b[0] == ' ' || b[0] == '\t' || b[0] == '\r':
			b = b[1:]
		case b[0] == 0xC2 && len(b) > 1 && b[1] == 0xA0:
			b = b[2:]
		case bytes.HasPrefix(b, narrowSpace):
			b = b[len(narrowSpace):]
		default:
			return trimRight(b)
		}
	}
	return b
}

func trimRight(b []byte) []byte {
	for n := len(b); n > 0; n = len(b) {
		switch {
		case b[n-1] == ' ' || b[n-1] == '\t' || b[n-1] == '\r':
			b = b[:n-1]
		case n > 1 && b[n-2] == 0xC2 && b[n-1] == 0xA0:
			b = b[:n-2]
		case bytes.HasSuffix(b, narrowSpace):
			b = b[:n-len(narrowSpace)]
		default:
			return b
		}
	}
	return b
}
