package dataset

import (
	"fmt"
	"strings"
)

// part is what one token of a time layout stands for.
type part byte

const (
	literal    part = iota
	year4           // %Y
	year2           // %y: 00 to 29 are 2000s, 30 to 99 are 1900s, as spreadsheets read them
	month2          // %m
	day2            // %d
	hour24          // %H
	hour12          // %I
	minute2         // %M
	second2         // %S
	fraction        // %f, %3f, %9f: digits of the second
	halfDay         // %p
	monthAbc        // %b
	monthABC        // %^b
	monthFul        // %B
	monthFUL        // %^B
	quarter1        // %q
	half1           // %h: 1 or 2, the half of a year
	week2           // %V
	weekday1        // %u
	zone            // %z: +0200
	zoneColon       // %:z: +02:00
	zoneAbbr        // %Z: CET
	dayOfYear       // %j
	weekdayAbc      // %a
	weekdayFul      // %A
	monthOf         // %{de}b, %{de}B: a month in another language
	rest            // %*: the end of an interval that began with the time
)

var words = map[string]part{
	"%Y": year4, "%G": year4, "%y": year2, "%m": month2, "%d": day2, "%H": hour24, "%I": hour12, "%M": minute2, "%S": second2,
	"%f": fraction, "%p": halfDay, "%b": monthAbc, "%^b": monthABC, "%B": monthFul, "%^B": monthFUL, "%q": quarter1, "%h": half1, "%V": week2,
	"%u": weekday1, "%z": zone, "%:z": zoneColon, "%Z": zoneAbbr, "%j": dayOfYear, "%a": weekdayAbc, "%A": weekdayFul, "%*": rest,
}

// token is one part of a layout.
type token struct {
	part     part
	text     string // of a literal; the strftime word of the others
	fixed    bool   // exactly two digits, because digits follow or stood before
	unpadded bool   // written without a leading zero
	digits   int    // of a fraction
	language *language
	short    bool // the short name of a month
}

// layout reads and writes times by strftime words.
type layout struct {
	format string
	tokens []token
	fixed  fixedWidth
	digits bool // of digits only, see bare
}

// compileLayout reads a format of strftime words, with %q for the quarter, %h for the half-year,
// %-d for unpadded parts, %^b for capitals and %3f for milliseconds.
func compileLayout(format string) (*layout, error) {
	l := &layout{format: format}
	for rest := format; rest != ""; {
		at := strings.IndexByte(rest, '%')
		if at != 0 {
			if at < 0 {
				at = len(rest)
			}
			l.tokens = append(l.tokens, token{part: literal, text: rest[:at]})
			rest = rest[at:]
			continue
		}
		t, width, ok := compileToken(rest)
		if !ok {
			return nil, fmt.Errorf("dataset: time format %q is not understood at %q", format, rest)
		}
		l.tokens = append(l.tokens, t)
		rest = rest[width:]
	}
	l.fix()
	l.fixed = fixedWidthOf(l.tokens)
	l.digits = l.onlyDigits()
	return l, nil
}

func compileToken(s string) (t token, width int, ok bool) {
	if strings.HasPrefix(s, "%{") {
		return compileForeign(s)
	}
	word := s[:min(2, len(s))]
	if len(s) > 2 && strings.IndexByte("-^:369", s[1]) >= 0 {
		word = s[:3]
	}
	t = token{text: word, digits: 6}
	switch name := word; {
	case strings.HasPrefix(word, "%-"):
		t.unpadded, name = true, "%"+word[2:]
		t.part, ok = words[name]
	case len(word) == 3 && word[2] == 'f':
		t.part, t.digits, ok = fraction, int(word[1]-'0'), true
	default:
		t.part, ok = words[name]
	}
	return t, len(word), ok
}

// compileForeign reads a month name of another language: %{de}b or %{de}B.
func compileForeign(s string) (t token, width int, ok bool) {
	code, after, found := strings.Cut(s[2:], "}")
	l := languages().byCode[code]
	if !found || l == nil || after == "" || after[0] != 'b' && after[0] != 'B' {
		return token{}, 0, false
	}
	width = len(code) + 4
	return token{part: monthOf, text: s[:width], language: l, short: after[0] == 'b'}, width, true
}

// fix marks the tokens that stand side by side without a literal: their width
// is all that tells them apart.
func (l *layout) fix() {
	for i := range l.tokens[:max(0, len(l.tokens)-1)] {
		if l.tokens[i].numeric() && l.tokens[i+1].numeric() {
			l.tokens[i].fixed, l.tokens[i+1].fixed = true, true
		}
	}
}

func (k *token) numeric() bool {
	switch k.part {
	case year4, year2, month2, day2, hour24, minute2, second2, dayOfYear, week2:
		return true
	}
	return false
}

// bare reports whether the layout is digits only, so that its cells look like
// numbers.
func (l *layout) bare() bool { return l.digits }

func (l *layout) onlyDigits() bool {
	for i := range l.tokens {
		if !l.tokens[i].numeric() && l.tokens[i].text != "0" {
			return false
		}
	}
	return true
}

// has reports whether the layout holds the part.
func (l *layout) has(p part) bool {
	for i := range l.tokens {
		if l.tokens[i].part == p {
			return true
		}
	}
	return false
}
