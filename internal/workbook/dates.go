package workbook

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// style says how a cell shows its number.
type style byte

const (
	plain style = iota
	asDate
	asClock // a time of day, or both
)

// styles reads which styles show dates.
func (b *book) styles() error {
	custom := map[int]style{}
	inside := false
	return b.each("xl/styles.xml", func(m *markup) error {
		switch {
		case m.is("numFmt") && m.kind != closes && len(custom) < maxStyles:
			custom[m.number("numFmtId", -1)] = styleOf(string(m.value("formatCode")))
		case m.is("cellXfs"):
			inside = m.kind == opens
		case m.is("xf") && inside && m.kind != closes && len(b.dates) < maxStyles:
			id := m.number("numFmtId", 0)
			shown, known := custom[id]
			if !known {
				shown = builtin(id)
			}
			b.dates = append(b.dates, shown)
		}
		return nil
	})
}

// builtin is the style of the number formats that have no code in the file
// (ECMA-376 part 1, 18.8.30); 27 to 36 and 50 to 58 are dates of East Asia.
func builtin(id int) style {
	switch {
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		return asDate
	case id >= 18 && id <= 22, id >= 32 && id <= 35, id == 45, id == 47, id == 55, id == 56:
		return asClock
	}
	return plain
}

// styleOf tells from a format code whether it shows a date: letters of dates
// outside of quotes, brackets and escapes. [h]:mm is a length of time, no date.
func styleOf(code string) style {
	shown := plain
	for i := 0; i < len(code); i++ {
		switch c := code[i] | 0x20; {
		case code[i] == ';':
			return shown
		case code[i] == '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				return shown
			}
			i += end + 1
		case code[i] == '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return shown
			}
			if inner := strings.ToLower(strings.Trim(code[i:i+end], "[")); inner != "" && strings.Trim(inner, "h") == "" || inner != "" && strings.Trim(inner, "m") == "" || inner != "" && strings.Trim(inner, "s") == "" {
				return plain
			}
			i += end
		case code[i] == '\\', code[i] == '_', code[i] == '*':
			i++
		case c == 'h', c == 's':
			shown = asClock
		case (c == 'y' || c == 'm' || c == 'd') && shown == plain:
			shown = asDate
		}
	}
	return shown
}

// dateOf writes a count of days as the date that its cell shows. Days of the
// first year are no dates of data: they are lengths of time.
func dateOf(held string, shown style, from1904 bool) (string, bool) {
	days, err := strconv.ParseFloat(held, 64)
	if err != nil || shown == plain || !(days >= 0 && days <= 2_958_465) { // 9999-12-31
		return "", false
	}
	if days < 1 {
		t := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(math.Round(days*86_400)) * time.Second)
		return t.Format("15:04:05"), shown == asClock
	}
	if days < 366 {
		return "", false
	}
	origin := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if from1904 {
		origin = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	t := origin.AddDate(0, 0, int(days)).Add(time.Duration(math.Round((days-math.Floor(days))*86_400)) * time.Second)
	if shown == asClock || t.Hour()+t.Minute()+t.Second() > 0 {
		return t.Format("2006-01-02 15:04:05"), true
	}
	return t.Format("2006-01-02"), true
}
