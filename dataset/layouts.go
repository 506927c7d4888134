package dataset

import "sync"

// dateWords are the dates a cell may begin with, the likelier ones first.
var dateWords = []string{
	"%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d",
	"%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y",
	"%d %b %Y", "%d-%b-%Y", "%d/%b/%Y", "%d %B %Y", "%d. %B %Y", "%d. %b %Y", "%d. %b %y", "%d-%B-%Y",
	"%b %d %Y", "%b %d, %Y", "%B %d %Y", "%B %d, %Y", "%Y-%b-%d", "%Y %b %d",
	"%m.%d.%Y", "%Y. %m. %d.", "%Y年%m月%d日", "%Y년 %m월 %d일", "%d de %B de %Y", "%d%b%Y", "%d%b%y", "%Y-%j", "%B %d. %Y",
	"%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%m.%d.%y", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d", "%y/%m/%d", "%d-%b-%y", "%d %b %y",
}

// clockWords are the times of day that may follow a date.
var clockWords = []string{"%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%H:%M:%S,%f", "%H.%M", "%H.%M.%S", "%Hh", "%Hh%M", "%H"}

var zoneWords = []string{"", "%:z", "%z", " %:z", " %z", " UTC", " %Z"}

// periodWords are labels of a month, quarter or week; they stand for its
// first day.
var periodWords = []string{
	"%Y-%m", "%Y/%m", "%m/%Y", "%m-%Y", "%YM%m", "%Y-M%m", "%Y:%m", "%Y %m",
	"%b %Y", "%b-%Y", "%b/%Y", "%Y-%b", "%Y %b", "%Y%b", "%B %Y", "%B-%Y", "%Y %B", "%b-%y", "%b %y", "%y-%b",
	"%b'%y", "%B de %Y", "M%m %Y", "%Y年%m月", "%Y년 %m월", "%Y.Q%q", "%q. Quartal %Y", "%q. Quarter %Y", "T%q %Y", "T%q-%Y", "%Y-T%q", "%qT%Y", "%qT %Y",
	"%YQ%q", "%Y-Q%q", "%Y Q%q", "%Y:Q%q", "%Y/Q%q", "Q%q %Y", "Q%q-%Y", "Q%q/%Y", "%qQ%Y", "%qQ %Y", "%Yq%q", "%Y %qQ", "%YT%q", "%YK%q", "Q%q-%y", "Q%q'%y", "Q%q '%y", "%qQ%y", "%qT%y", "%q кв. %Y", "%q. kvartal %Y", "%q kvartal %Y",
	"%YH%h", "%Y-H%h", "%Y H%h", "H%h %Y", "%YS%h", "%Y-S%h", "S%h %Y",
	"%G-W%V", "%GW%V", "%G-W%V-%u", "%G W%V", "%G-%V-%u", "%G/W%V", "%G-KW%V", "KW%V %G", "KW %V %G", "W%V %G",
}

// bareWords are times that look like whole numbers; they need evidence beyond
// their digits.
var bareWords = []string{"%Y", "%Y%m%d", "%Y%m", "%Y%m%d%H", "%Y%m%d%H%M", "%Y%m%d%H%M%S", fiscalMonths, "%Y%j", "%G%V"}

// fiscalMonths are months of three digits, as ledgers write them.
const fiscalMonths = "%Y0%m"

// weekWords and quarterWords look like months.
var (
	weekWords    = []string{"%G-%V", "%G/%V", "%V/%G", "%V-%G", "%V.%G", "%G%V"}
	quarterWords = []string{"%Y-%q", "%Y/%q", "%q/%Y", "%q-%Y"}
)

// pointWords look like decimal numbers.
var pointWords = []string{"%Y.%m", "%m.%Y"}

// oddWords are times in an order of their own.
var oddWords = []string{"%d-%b-%y %I.%M.%S.%f %p", "%d-%b-%y %H.%M.%S.%f", "%Y-%m-%d %H:%M:%S %z %Z", "%Y%m%d %H:%M", "%Y%m%d %H:%M:%S", "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%S%:z", "%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %Z %Y",
	"%d/%b/%Y:%H:%M:%S %z", "%d/%b/%Y:%H:%M:%S", "%d%b%Y:%H:%M:%S", "%H:%M:%S %d/%m/%Y", "%H:%M:%S %m/%d/%Y", "%H:%M %d/%m/%Y", "%H:%M %m/%d/%Y", "%H:%M %d.%m.%Y", "%H:%M:%S %d.%m.%Y"}

// layoutSet holds every layout the recogniser knows, compiled.
type layoutSet struct {
	dates              []dateLayouts
	periods            []*layout
	bare, point, clock []*layout
}

// dateLayouts are the layouts that begin with one date. There are some
// thousands of them in all: they are compiled when a cell begins with the date.
type dateLayouts struct {
	date      *layout
	withClock func() []*layout
}

var layouts = sync.OnceValue(newLayoutSet)

func newLayoutSet() *layoutSet {
	set := &layoutSet{}
	for _, date := range dateWords {
		set.dates = append(set.dates, dateLayouts{mustLayout(date), sync.OnceValue(func() []*layout { return clocksAfter(date) })})
	}
	for _, period := range append(periodWords, oddWords...) {
		set.periods = append(set.periods, mustLayout(period))
	}
	for _, bare := range bareWords {
		set.bare = append(set.bare, mustLayout(bare))
	}
	for _, point := range pointWords {
		set.point = append(set.point, mustLayout(point))
	}
	for _, clock := range clockWords {
		if clock != "%H" && clock != "%H.%M" { // in a column of their own they look like numbers
			set.clock = append(set.clock, mustLayout(clock))
		}
	}
	return set
}

// clocksAfter are the layouts of a date and a time of day behind it.
func clocksAfter(date string) (all []*layout) {
	for _, gap := range []string{" ", "T", ", ", "-", " at "} {
		for _, clock := range clockWords {
			for _, zone := range zoneWords {
				all = append(all, mustLayout(date+gap+clock+zone))
			}
		}
	}
	return all
}

// each calls do with every layout that may read the cells: dates, labels of
// periods, then dates with a time of day, the likelier ones first.
func (set *layoutSet) each(cells [][]byte, do func(*layout)) {
	for _, d := range set.dates {
		do(d.date)
	}
	for _, l := range set.periods {
		do(l)
	}
	for _, d := range set.dates {
		if d.begins(cells) {
			for _, l := range d.withClock() {
				do(l)
			}
		}
	}
}

// begins reports whether most cells begin with the date.
func (d *dateLayouts) begins(cells [][]byte) bool {
	n := 0
	for _, cell := range cells {
		var m moment
		if behind, ok := d.date.take(cell, &m, nil); ok && len(behind) > 0 {
			n++
		}
	}
	return n*10 >= len(cells)*8
}

// mustLayout compiles a format of this file.
func mustLayout(format string) *layout {
	l, err := compileLayout(format)
	if err != nil {
		panic(err.Error())
	}
	return l
}
