package dataset

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// spelled returns the layout as the cells of a column were written: unpadded
// parts, capitals, digits of the fraction.
func (l *layout) spelled(seen spelling) *layout {
	var format strings.Builder
	for i, t := range l.tokens {
		word := t.text
		switch bit := uint32(1) << i; {
		case t.numeric() && seen.single&bit != 0:
			word = "%-" + word[len(word)-1:]
		case t.part == monthAbc && seen.upper&bit != 0 && seen.mixed&bit == 0:
			word = "%^b"
		case t.part == monthFul && seen.upper&bit != 0 && seen.mixed&bit == 0:
			word = "%^B"
		case t.part == fraction && seen.digits != 6 && seen.digits > 0:
			word = "%" + strconv.Itoa(roundDigits(seen.digits)) + "f"
		}
		format.WriteString(word)
	}
	spelled, err := compileLayout(format.String())
	if err != nil {
		return l
	}
	return spelled
}

// roundDigits widens the digits of a fraction to milli, micro or nano.
func roundDigits(n int) int { return (n + 2) / 3 * 3 }

// appendTime writes t, a naive time, with the offset of its clock where the
// layout has one.
func (l *layout) appendTime(out []byte, t time.Time, offset int) []byte {
	for i := range l.tokens {
		out = l.tokens[i].appendTime(out, t, offset, l.has(week2))
	}
	return out
}

func (k *token) appendTime(out []byte, t time.Time, offset int, weekly bool) []byte {
	switch k.part {
	case literal:
		return append(out, k.text...)
	case year4:
		year := t.Year()
		if weekly {
			year, _ = t.ISOWeek()
		}
		return fmt.Appendf(out, "%04d", year)
	case monthAbc, monthABC, monthFul, monthFUL:
		return append(out, k.monthName(t.Month())...)
	case fraction:
		return append(out, fmt.Sprintf("%09d", t.Nanosecond())[:k.digits]...)
	case halfDay:
		return append(out, t.Format("PM")...)
	case monthOf:
		if k.short {
			return append(out, k.language.short[t.Month()-1]...)
		}
		return append(out, k.language.full[t.Month()-1]...)
	case zoneAbbr:
		return append(out, nameOfZone(offset)...)
	case weekdayAbc:
		return append(out, t.Format("Mon")...)
	case weekdayFul:
		return append(out, t.Format("Monday")...)
	case rest:
		return out
	case dayOfYear:
		return fmt.Appendf(out, "%03d", t.YearDay())
	case zone, zoneColon:
		return appendZone(out, offset, k.part == zoneColon)
	case quarter1:
		return strconv.AppendInt(out, int64(t.Month()-1)/3+1, 10)
	case half1:
		return strconv.AppendInt(out, int64(t.Month()-1)/6+1, 10)
	case weekday1:
		return strconv.AppendInt(out, int64(t.Weekday()+6)%7+1, 10)
	}
	v := k.number(t)
	if v < 10 && !k.unpadded {
		out = append(out, '0')
	}
	return strconv.AppendInt(out, int64(v), 10)
}

func (k *token) number(t time.Time) int {
	switch k.part {
	case year2:
		return t.Year() % 100
	case month2:
		return int(t.Month())
	case day2:
		return t.Day()
	case hour24:
		return t.Hour()
	case hour12:
		return (t.Hour()+11)%12 + 1
	case minute2:
		return t.Minute()
	case second2:
		return t.Second()
	}
	_, week := t.ISOWeek()
	return week
}

func (k *token) monthName(m time.Month) string {
	switch name := m.String(); k.part {
	case monthAbc:
		return name[:3]
	case monthABC:
		return strings.ToUpper(name[:3])
	case monthFUL:
		return strings.ToUpper(name)
	default:
		return name
	}
}

func appendZone(out []byte, offset int, colon bool) []byte {
	if offset == 0 && colon {
		return append(out, 'Z')
	}
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	out = append(out, sign)
	out = fmt.Appendf(out, "%02d", offset/3600)
	if colon {
		out = append(out, ':')
	}
	return fmt.Appendf(out, "%02d", offset/60%60)
}
