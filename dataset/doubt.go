package dataset

import (
	"bytes"
	"slices"

	"github.com/pgcast/pgcast/forecast/series"
)

// doubt lowers the confidence of a reading whose cells all parse and yet may
// mean something else, so that it is asked about.
func (s *scan) doubt(k *candidate) {
	if why := s.doubts(k); why != "" {
		k.confidence = min(k.confidence, 0.5)
		k.reasons = append(k.reasons, why)
	}
}

func (s *scan) doubts(k *candidate) string {
	f := k.rhythm.freq
	from, to := k.hypothesis.span()
	first, last := fromMicros(from).Year(), fromMicros(to).Year()
	switch {
	case k.pieces[0].number != year4 && (first < 1500 || last > 2200):
		return "its years may be those of another calendar"
	case f.Unit == series.Month && (f.N == 5 || f.N > 6 && f.N%12 != 0):
		return "steps of " + f.String() + " are no calendar that is known: financial years look like this"
	case k.monthly() && s.named(k, s.words.week):
		return "the name says weeks, the steps are months"
	case k.monthly() && last > first && k.places.onlyMonths(4):
		return "no month is above 4: these may be quarters or half-years"
	case k.daysOfNoYear():
		return "these may be days of a year that is not written"
	case k.format() == "%Y%m" && first >= 1901 && last <= 1912:
		return "these may be days with years of two digits"
	case k.otherOrigin(first, last):
		return "these numbers may count from another day than 1900 or 1970"
	case k.otherEra(s.table.names, first, last):
		return "the years may be those of another calendar, or of another century"
	case k.halfSwapped():
		return "the rows are not in order, and whole months have no day above 12: day and month may have been swapped in some rows"
	case k.onlyJanuary(first, last):
		return "no day is outside of January: days may be months"
	case k.gaps != nil && k.hypothesis.rows > 10 && *k.gaps > 10*k.hypothesis.rows:
		return "most steps between the first and the last time have no row: some times may be wrong"
	case k.format() == "%Y" && (anyWord(k.names[0], s.words.month) || anyWord(k.names[0], s.words.week) || anyWord(k.names[0], s.words.quarter)) && !anyWord(k.names[0], s.words.year):
		return "the name says parts of years, the numbers look like years"
	case s.fiscal(k):
		return "the name says financial years, and it is not known when they begin"
	case s.idLike(k):
		return "the name is that of an id, and ids may look like times"
	case k.halfClock():
		return "no hour is above 12 and times run back within the days: AM and PM may be missing"
	case k.pieces[0].layout != nil && k.pieces[0].layout.has(dayOfYear) && last > first && k.places.onlyMonths(1):
		return "no day is after January: these may be months"
	}
	for _, c := range k.hypothesis.columns {
		if s.partOfTime(c) {
			return "the rows of one time differ in " + s.table.names[c] + ", which looks like a part of the time"
		}
	}
	return ""
}

// halfClock reports whether all hours lie between 1 and 12, though the rows do
// not stay in order: 11, 12, 1, 2.
func (k *candidate) halfClock() bool {
	if !k.hypothesis.turned || k.rhythm.freq.Unit == series.Day || slices.ContainsFunc(k.pieces, func(p piece) bool { return p.layout != nil && p.layout.has(halfDay) }) {
		return false
	}
	noon := false
	for _, v := range k.hypothesis.visits {
		hour := (v.at.micros - floorDiv(v.at.micros, microsPerDay)*microsPerDay) / (3600 * microsPerSecond)
		if hour < 1 || hour > 12 {
			return false
		}
		noon = noon || hour == 12
	}
	return noon
}

// monthly reports whether the times are labels of months.
func (k *candidate) monthly() bool {
	l := k.pieces[0].layout
	return len(k.pieces) == 1 && l != nil && l.has(month2) && !l.has(day2) && k.rhythm.freq.Unit == series.Month && k.rhythm.freq.N <= 2
}

// daysOfNoYear reports whether labels like 05-Jan may be days instead of months
// of 2005: they go back and forth, or the month stays and the number runs.
func (k *candidate) daysOfNoYear() bool {
	l := k.pieces[0].layout
	if l == nil || !l.has(year2) || l.has(day2) || len(k.pieces) > 1 {
		return false
	}
	return k.hypothesis.order() == "unordered" || k.rhythm.freq.Unit == series.Month && k.rhythm.freq.N%12 == 0
}

func (s *scan) named(k *candidate, words map[string]bool) bool {
	return anyWord(k.names[0], words) && !anyWord(k.names[0], s.words.month)
}

// onlyMonths reports whether all of more than n times lie in the first n months
// of their years.
func (p *places) onlyMonths(n int) bool {
	p.flush()
	for _, count := range p.months[n:] {
		if count > 0 {
			return false
		}
	}
	return p.n > n
}

// partFormats are parts of a time that stand in a column of their own.
var partFormats = []string{"%b", "%B", "M%m", "Q%q", "Q0%q", "%qQ", "%H:%M", "%H:%M:%S", "%H.%M.%S", "%I:%M %p", "%I:%M:%S %p"}

// partOfTime reports whether a column holds months, quarters or times of day,
// or is named like a part of the time and not like an id.
func (s *scan) partOfTime(column int) bool {
	name := s.table.names[column]
	id := anyWord(name, s.words.id)
	if (anyWord(name, s.words.time) || anyWord(name, s.words.hour) || anyWord(name, s.words.part)) && !id && !anyWord(name, s.words.year) {
		return true
	}
	var cells [][]byte
	timely := 0
	for _, fields := range s.table.sample[:min(len(s.table.sample), 200)] {
		if cell := trim(fields[column]); !missing(cell) {
			cells = append(cells, cell)
			if looksTimely(cell) {
				timely++
			}
		}
	}
	if timely*2 > len(cells) && !id {
		return true
	}
	formats := partFormats
	for _, l := range languages().all {
		formats = append(formats[:len(formats):len(formats)], "%{"+l.code+"}B")
	}
	for _, format := range formats {
		if len(cells) > 0 && readNames(mustLayout(format), cells) {
			return true
		}
	}
	return false
}

// doubtWide lowers the confidence of a header of years over rows that are
// months or quarters: a matrix that lies on its side.
func (s *scan) doubtWide(k *candidate) {
	if l := k.wide.layout; l.has(month2) || l.has(monthAbc) || l.has(monthFul) || l.has(quarter1) || l.has(half1) || l.has(week2) {
		return
	}
	under := map[int]bool{}
	for _, c := range k.wide.columns {
		under[c] = true
	}
	for c := range s.columns {
		if !under[c] && s.partOfTime(c) {
			k.confidence = 0.5
			k.reasons = append(k.reasons, "the rows look like parts of the years in the header, not like series")
		}
	}
}

// orphan reports whether a row without a time holds a number: it belongs to
// some time all the same.
func orphan(fields [][]byte) bool {
	for _, cell := range fields {
		if f, ok := parseFigure(trim(cell)); ok && f.any() {
			return true
		}
	}
	return false
}

// digitsIn counts the digits of a cell.
func digitsIn(cell []byte) (n int) {
	for d := byte('0'); d <= '9'; d++ {
		n += bytes.Count(cell, []byte{d})
	}
	return n
}
