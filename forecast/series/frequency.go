package series

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Unit is what one step of a frequency counts.
type Unit int

// The units a grid can have. Sub-daily grids count seconds.
const (
	None    Unit = iota // no regular grid
	Index               // rows of a file without time: the time of row i is i seconds after the Unix epoch
	Second              // N seconds; minutes and hours are 60 and 3600
	Day                 // N calendar days
	Weekday             // Monday to Friday
	Week                // N weeks, anchored on a weekday
	Month               // N months; quarters and years are 3 and 12
)

// Frequency is the calendar of a series, named by the word pandas uses: "D",
// "MS", "ME", "QS", "W-SAT", "B", "h", "5min", "5YS"; "irregular"; or "" when
// the file has no time. The zero value is no grid.
type Frequency struct {
	Unit  Unit
	N     int          // units per step, ≥ 1
	End   bool         // months: the step's label is the last day of the period
	Month time.Month   // quarters and years: a month a period starts in (or ends in, when End); 0 = January or December
	Day   time.Weekday // weeks: the anchor
}

var weekdays = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
var months = []string{"", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}

// String returns the pandas word.
func (f Frequency) String() string {
	switch f.Unit {
	case Second:
		switch {
		case f.N%3600 == 0:
			return times(f.N/3600) + "h"
		case f.N%60 == 0:
			return times(f.N/60) + "min"
		}
		return times(f.N) + "s"
	case Day:
		return times(f.N) + "D"
	case Weekday:
		return "B"
	case Week:
		return times(f.N) + "W-" + weekdays[f.Day]
	case Month:
		return f.monthWord()
	case Index:
		return ""
	}
	return "irregular"
}

func (f Frequency) monthWord() string {
	suffix, anchor := "S", f.Month
	if f.End {
		suffix = "E"
	}
	switch {
	case f.N%12 == 0:
		word := times(f.N/12) + "Y" + suffix
		if anchor != 0 && anchor != f.defaultMonth() {
			word += "-" + months[anchor]
		}
		return word
	case f.N%3 == 0:
		word := times(f.N/3) + "Q" + suffix
		if anchor != 0 && (int(anchor)-int(f.defaultMonth()))%3 != 0 {
			word += "-" + months[anchor]
		}
		return word
	}
	return times(f.N) + "M" + suffix
}

func (f Frequency) defaultMonth() time.Month {
	if f.End {
		return time.December
	}
	return time.January
}

func times(n int) string {
	if n == 1 {
		return ""
	}
	return strconv.Itoa(n)
}

// ParseFrequency reads a pandas word; older spellings (M, Q, Y, A, H, T, min)
// are understood too.
func ParseFrequency(word string) (Frequency, error) {
	digits := strings.IndexFunc(word, func(r rune) bool { return r < '0' || r > '9' })
	if digits < 0 {
		return Frequency{}, unknownFrequency(word)
	}
	n := 1
	if digits > 0 {
		var err error
		if n, err = strconv.Atoi(word[:digits]); err != nil || n < 1 || n > 1_000_000 {
			return Frequency{}, unknownFrequency(word)
		}
	}
	name, anchor, _ := strings.Cut(word[digits:], "-")
	f, ok := units[name]
	if !ok {
		return Frequency{}, unknownFrequency(word)
	}
	f.N *= n
	if anchor == "" {
		return f, nil
	}
	return f.anchored(strings.ToUpper(anchor), word)
}

var units = map[string]Frequency{
	"s": {Unit: Second, N: 1}, "S": {Unit: Second, N: 1},
	"min": {Unit: Second, N: 60}, "T": {Unit: Second, N: 60},
	"h": {Unit: Second, N: 3600}, "H": {Unit: Second, N: 3600},
	"D": {Unit: Day, N: 1}, "B": {Unit: Weekday, N: 1}, "W": {Unit: Week, N: 1},
	"MS": {Unit: Month, N: 1}, "ME": {Unit: Month, N: 1, End: true}, "M": {Unit: Month, N: 1, End: true},
	"QS": {Unit: Month, N: 3}, "QE": {Unit: Month, N: 3, End: true}, "Q": {Unit: Month, N: 3, End: true},
	"YS": {Unit: Month, N: 12}, "YE": {Unit: Month, N: 12, End: true}, "Y": {Unit: Month, N: 12, End: true},
	"AS": {Unit: Month, N: 12}, "A": {Unit: Month, N: 12, End: true},
}

func (f Frequency) anchored(anchor, word string) (Frequency, error) {
	for i, day := range weekdays {
		if f.Unit == Week && day == anchor {
			f.Day = time.Weekday(i)
			return f, nil
		}
	}
	for i, month := range months {
		if f.Unit == Month && f.N%3 == 0 && month == anchor && i > 0 {
			f.Month = time.Month(i)
			return f, nil
		}
	}
	return Frequency{}, unknownFrequency(word)
}

func unknownFrequency(word string) error {
	return fmt.Errorf("series: unknown frequency %q (for instance h, D, B, W-MON, MS, QS, YS)", word)
}

// Regular reports whether the frequency has a grid to step on.
func (f Frequency) Regular() bool { return f.Unit != None && f.N > 0 }

// Add returns the time n steps after t (before it, when n is negative). Month
// steps keep the day of t, cut to the length of the month; with End they fall
// on the last day.
func (f Frequency) Add(t time.Time, n int) time.Time {
	switch f.Unit {
	case Index:
		return t.Add(time.Duration(n) * time.Second)
	case Second:
		return t.Add(time.Duration(n*f.N) * time.Second)
	case Day:
		return t.AddDate(0, 0, n*f.N)
	case Week:
		return t.AddDate(0, 0, 7*n*f.N)
	case Weekday:
		return addWeekdays(t, n)
	case Month:
		return f.addMonths(t, n*f.N)
	}
	return t
}

func (f Frequency) addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	last := first.AddDate(0, 1, -1).Day()
	if f.End {
		return first.AddDate(0, 0, last-1)
	}
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

func addWeekdays(t time.Time, n int) time.Time {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	t = t.AddDate(0, 0, step*7*(n/5))
	for n %= 5; n > 0; {
		t = t.AddDate(0, 0, step)
		if d := t.Weekday(); d != time.Saturday && d != time.Sunday {
			n--
		}
	}
	return t
}

// SeasonLength returns the number of steps in the cycle that data of this
// frequency usually repeat in, as R's forecast::findfrequency users set it by
// hand: a year for months and quarters, a week for days, a day for anything
// finer. 1 means no season.
func (f Frequency) SeasonLength() int {
	switch f.Unit {
	case Second:
		if day := 24 * 3600; f.N < day && day%f.N == 0 {
			return day / f.N
		}
	case Day:
		if f.N == 1 {
			return 7
		}
	case Weekday:
		return 5
	case Week:
		if f.N == 1 {
			return 52
		}
	case Month:
		if f.N < 12 && 12%f.N == 0 {
			return 12 / f.N
		}
	}
	return 1
}
