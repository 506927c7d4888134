package dataset

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// kind is what a single cell looks like, before any column has voted.
type kind int

const (
	blank kind = iota // empty or a missing marker
	text
	number
	timely // digits with the separators or names of a time
)

func kindOf(cell []byte) kind {
	cell = trim(cell)
	if missing(cell) {
		return blank
	}
	if _, ok := parseFigure(cell); ok {
		return number
	}
	if looksTimely(cell) {
		return timely
	}
	return text
}

// typed reports whether the cell holds more than a name.
func (k kind) typed() bool { return k == number || k == timely }

// looksTimely is a quick test that lets every layout of layouts.go pass and
// few names: digits in two groups, or digits with a month name or a Q, W or M.
func looksTimely(cell []byte) bool {
	if len(cell) < 4 || len(cell) > 64 {
		return false
	}
	digits, groups, marks := 0, 0, 0
	for i := 0; i < len(cell); {
		switch c := cell[i]; {
		case c >= '0' && c <= '9':
			if i == 0 || cell[i-1] < '0' || cell[i-1] > '9' {
				groups++
			}
			digits++
			i++
		case letter(c) || c >= utf8.RuneSelf:
			n := wordEnd(cell[i:])
			if n == 0 && bytes.HasPrefix(cell[i:], []byte("–")) {
				i += len("–")
				continue
			}
			if n == 0 || !timeWord(cell[i:i+n]) {
				return false
			}
			marks++
			i += n
		case c == '-' || c == '/' || c == '.' || c == ':' || c == '+' || c == ',' || c == ' ' || c == '(' || c == ')' || c == '\'':
			i++
		default:
			return false
		}
	}
	return digits >= 2 && groups >= 2 || digits >= 2 && marks > 0
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// timeWords are words beside names of months that stand in times.
var timeWords = wordSet("t z q k s w m h am pm de of kw кв kvartal quartal quarter wk to bis 年 月 日 년 월 일")

// timeWord reports whether letters may stand in a time.
func timeWord(w []byte) bool {
	var m moment
	if m.readName(w, len(w) == 3) == len(w) || len(w) > 1 && m.readZoneName(w) == len(w) {
		return true
	}
	word := strings.ToLower(string(w))
	return timeWords[word] || languages().months[word] || readWeekday(w, len(w) == 3) == len(w)
}
