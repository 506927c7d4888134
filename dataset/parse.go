package dataset

import (
	"bytes"
	"strings"
)

// spelling remembers how the cells of a column were written: one bit per
// token with a single digit, the digits of fractions, the case of names.
type spelling struct {
	single  uint32 // tokens seen with one digit
	upper   uint32 // names seen in capitals only
	mixed   uint32 // names seen in other case
	digits  int    // most digits of a fraction
	written bool   // a cell was read
}

// parse reads a trimmed cell as a whole time. seen may be nil.
func (l *layout) parse(b []byte, seen *spelling) (moment, bool) {
	var m moment
	if !l.scan(b, &m, seen) || !m.settle() {
		return m, false
	}
	if seen != nil {
		seen.written = true
	}
	return m, true
}

// scan reads the parts of a trimmed cell into m. One-digit numbers are
// accepted wherever their width is not what tells the parts apart.
func (l *layout) scan(b []byte, m *moment, seen *spelling) bool {
	if l.fixed.scan(b, m) {
		return true
	}
	behind, ok := l.take(b, m, seen)
	return ok && len(behind) == 0
}

// take reads the parts at the front of b and returns what stands behind them.
func (l *layout) take(b []byte, m *moment, seen *spelling) (behind []byte, ok bool) {
	for i := range l.tokens {
		t := &l.tokens[i]
		n := 0
		switch t.part {
		case literal:
			n = len(t.text)
			if len(b) < n || string(b[:n]) != t.text {
				return nil, false
			}
		case monthAbc, monthABC, monthFul, monthFUL:
			n = m.readName(b, t.part == monthAbc || t.part == monthABC)
			noteCase(b[:n], i, seen)
		case fraction:
			n = m.readFraction(b)
			if seen != nil {
				seen.digits = max(seen.digits, n)
			}
		case zone, zoneColon:
			n = m.readZone(b, t.part == zoneColon)
		case halfDay:
			n = m.readHalf(b)
		case monthOf:
			n = t.language.read(b, m)
		case zoneAbbr:
			n = m.readZoneName(b)
		case weekdayAbc, weekdayFul:
			n = readWeekday(b, t.part == weekdayAbc)
		case rest:
			n = m.readRest(b)
		case month2:
			if n = m.readDigits(b, t); n == 0 && l.afterM(i) && len(b) >= 2 && string(b[:2]) == "13" {
				m.month, n = 13, 2
			}
			if n == 1 && seen != nil {
				seen.single |= 1 << i
			}
		default:
			n = m.readDigits(b, t)
			if n == 1 && seen != nil && t.part != quarter1 && t.part != half1 && t.part != weekday1 {
				seen.single |= 1 << i
			}
		}
		if n == 0 {
			return nil, false
		}
		b = b[n:]
	}
	return b, true
}

// afterM reports whether a month stands behind the letter M: M13 is a year.
func (l *layout) afterM(i int) bool {
	return i > 0 && l.tokens[i-1].part == literal && strings.HasSuffix(l.tokens[i-1].text, "M")
}

// readDigits reads a number into the field of the token and returns its width.
func (m *moment) readDigits(b []byte, t *token) int {
	least, most := 1, 2
	switch {
	case t.part == year4:
		least, most = 4, 4
	case t.part == dayOfYear:
		least, most = 3, 3
	case t.part == quarter1, t.part == half1, t.part == weekday1:
		most = 1
	case t.fixed, t.part == year2, t.part == minute2, t.part == second2:
		least = 2
	}
	n, v := 0, 0
	for n < most && n < len(b) && b[n] >= '0' && b[n] <= '9' {
		v = v*10 + int(b[n]-'0')
		n++
	}
	if n < least || !m.put(t.part, v) {
		return 0
	}
	return n
}

// put stores a number and reports whether it is in the range of its part.
func (m *moment) put(p part, v int) bool {
	switch p {
	case year4:
		m.year = int32(v)
		return v >= 1
	case year2:
		m.year = int32(v) + 1900
		if v < 30 {
			m.year += 100
		}
	case month2:
		m.month = int8(v)
		return v >= 1 && v <= 12
	case day2, weekday1:
		m.day = int8(v)
		return v >= 1 && v <= 31
	case dayOfYear:
		m.ordinal = int16(v)
		return v >= 1 && v <= 366
	case hour24, hour12:
		m.hour = int8(v)
		return v <= 24 // 24:00 is the end of the day, see settle
	case minute2:
		m.minute = int8(v)
		return v <= 59
	case second2:
		m.second = int8(v)
		return v <= 59
	case quarter1:
		m.quarter = int8(v)
		return v >= 1 && v <= 4
	case half1:
		m.quarter = int8(2*v - 1)
		return v == 1 || v == 2
	case week2:
		m.week = int8(v)
		return v >= 1 && v <= 53
	}
	return true
}

var monthNames = [...]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

// readName reads an English month name, three letters or whole.
func (m *moment) readName(b []byte, short bool) int {
	n := 0
	var lower [9]byte
	for n < len(b) && n < len(lower) && (b[n]|0x20) >= 'a' && (b[n]|0x20) <= 'z' {
		lower[n] = b[n] | 0x20
		n++
	}
	if short && n != 3 || n < 3 {
		return 0
	}
	for i, name := range monthNames {
		if string(lower[:n]) == name || short && string(lower[:3]) == name[:3] {
			m.month = int8(i + 1)
			return n
		}
	}
	return 0
}

func noteCase(name []byte, token int, seen *spelling) {
	if seen == nil || len(name) == 0 {
		return
	}
	if bytes.Equal(name, bytes.ToUpper(name)) {
		seen.upper |= 1 << token
	} else {
		seen.mixed |= 1 << token
	}
}

func (m *moment) readFraction(b []byte) int {
	n, scale := 0, int32(100_000_000)
	for n < len(b) && n < 9 && b[n] >= '0' && b[n] <= '9' {
		m.nanos += int32(b[n]-'0') * scale
		scale /= 10
		n++
	}
	return n
}

// readZone reads Z, +02:00 or +0200 (also +02).
func (m *moment) readZone(b []byte, colon bool) int {
	m.zoned = true
	if colon && len(b) > 0 && (b[0] == 'Z' || b[0] == 'z') {
		return 1
	}
	if len(b) < 3 || b[0] != '+' && b[0] != '-' {
		return 0
	}
	digits := [4]byte{b[1], b[2], '0', '0'}
	n := 3
	switch {
	case colon && len(b) >= 6 && b[3] == ':':
		digits[2], digits[3], n = b[4], b[5], 6
	case !colon && len(b) >= 5:
		digits[2], digits[3], n = b[3], b[4], 5
	case colon || len(b) != 3:
		return 0
	}
	for i := range digits {
		if digits[i] < '0' || digits[i] > '9' {
			return 0
		}
	}
	two := func(i int) int32 { return int32(digits[i]-'0')*10 + int32(digits[i+1]-'0') }
	m.offset = two(0)*3600 + two(2)*60
	if two(0) > 15 || two(2) > 59 {
		return 0
	}
	if b[0] == '-' {
		m.offset = -m.offset
	}
	return n
}

func (m *moment) readHalf(b []byte) int {
	if len(b) < 2 || b[1]|0x20 != 'm' {
		return 0
	}
	switch b[0] | 0x20 {
	case 'a':
		m.pm = 1
	case 'p':
		m.pm = 2
	default:
		return 0
	}
	return 2
}
