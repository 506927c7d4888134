package dataset

import (
	"slices"
	"time"
	"unicode"

	"github.com/pgcast/pgcast/forecast/series"
)

// otherOrigin reports whether numbers give times that few files hold: then they
// may count from 1904 (spreadsheets, LabVIEW), 1960 (SAS), 1980 (GPS), 2001
// (Cocoa), 1900 (NTP) or 1858 (modified Julian days) instead.
func (k *candidate) otherOrigin(first, last int) bool {
	switch s := k.pieces[0].scale; {
	case s >= epochSeconds && s <= epochNanos:
		return last < 2000 || last > 2060 || anyWord(k.names[0], otherClocks)
	case s == excelSerial:
		return last < 1980 || last > 2050 || k.rhythm.freq.Unit == series.Month && k.rhythm.freq.End || k.earlyWeek()
	}
	return false
}

var otherClocks = wordSet("gps ntp cocoa filetime ldap mjd jd")

// earlyWeek reports whether days of work are not those from Monday to Friday,
// as when the origin is a day off.
func (k *candidate) earlyWeek() bool {
	days := map[time.Weekday]bool{}
	all := k.visited()
	for _, at := range all {
		days[fromMicros(at).Weekday()] = true
	}
	return len(all) > 9 && len(days) == 5 && (days[time.Saturday] || days[time.Sunday])
}

// otherEra reports whether years of two digits may be those of the Buddhist
// calendar (67 is 2024), or, under names of East Asia, those of an era (6 is
// 2024, and 113 too).
func (k *candidate) otherEra(names []string, first, last int) bool {
	l := k.written()
	if l == nil || !l.has(year2) {
		return false
	}
	if first >= 1957 && last <= 1972 {
		return true
	}
	han := slices.ContainsFunc(names, func(name string) bool {
		return slices.ContainsFunc([]rune(name), func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) })
	})
	return han && l.tokens[0].part == year2 && (last <= 2012 || last >= 2030)
}

var fiscalWords = wordSet("fiscal fy financial geschäftsjahr wirtschaftsjahr exercice ejercicio esercizio exercício boekjaar räkenskapsår 会計年度 財年 财年 회계연도")

// fiscal reports whether parts of a financial year are taken for those of a
// calendar year.
func (s *scan) fiscal(k *candidate) bool {
	return k.rhythm.freq.N%12 != 0 && k.rhythm.freq.Unit == series.Month && slices.ContainsFunc(k.names, func(name string) bool { return anyWord(name, fiscalWords) })
}
