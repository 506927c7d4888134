package dataset

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pgcast/pgcast/forecast/series"
)

func TestTimesAreRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ format, cell, want string }{
		{"%Y-%m-%d", "1949-01-31", "1949-01-31T00:00:00"},
		{"%Y-%m-%d", "2024-02-29", "2024-02-29T00:00:00"},
		{"%d/%m/%Y", "3/4/2021", "2021-04-03T00:00:00"},
		{"%m/%d/%Y", "04/9/2021", "2021-04-09T00:00:00"},
		{"%d.%m.%y", "01.02.29", "2029-02-01T00:00:00"},
		{"%d.%m.%y", "01.02.30", "1930-02-01T00:00:00"},
		{"%Y%m%d", "19580329", "1958-03-29T00:00:00"},
		{"%Y-%m", "2003-06", "2003-06-01T00:00:00"},
		{"%YQ%q", "1974Q3", "1974-07-01T00:00:00"},
		{"%YM%m", "1960M01", "1960-01-01T00:00:00"},
		{"%G-W%V", "2024-W05", "2024-01-29T00:00:00"},
		{"%G-W%V", "2021-W01", "2021-01-04T00:00:00"},
		{"%G-W%V-%u", "2024-W05-3", "2024-01-31T00:00:00"},
		{"%b %d %Y", "Jan 1 2000", "2000-01-01T00:00:00"},
		{"%d-%b-%y", "21-JAN-21", "2021-01-21T00:00:00"},
		{"%B %d, %Y", "September 2, 2024", "2024-09-02T00:00:00"},
		{"%b-%y", "May-60", "1960-05-01T00:00:00"},
		{"%Y-%m-%d %H:%M:%S", "2024-01-01 23:59:59", "2024-01-01T23:59:59"},
		{"%Y-%m-%dT%H:%M:%S.%f%:z", "2024-01-01T01:02:03.25+02:00", "2024-01-01T01:02:03"},
		{"%m/%d/%Y %I:%M %p", "1/2/2024 12:05 AM", "2024-01-02T00:05:00"},
		{"%m/%d/%Y %I:%M %p", "1/2/2024 12:05 pm", "2024-01-02T12:05:00"},
	} {
		m, ok := mustLayout(c.format).parse([]byte(c.cell), nil)
		if got := ISO(m.time()); !ok || got != c.want {
			t.Errorf("%q as %s = %s (%v), want %s", c.cell, c.format, got, ok, c.want)
		}
	}
}

func TestNoTimes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ format, cell string }{
		{"%Y-%m-%d", "2023-02-29"}, {"%Y-%m-%d", "2023-13-01"}, {"%Y-%m-%d", "2023-00-01"}, {"%Y-%m-%d", "23-01-01"}, {"%Y-%m-%d", "2023-01-01x"},
		{"%Y-%m-%d", "2023-01"}, {"%Y-%m-%d", ""}, {"%d/%m/%Y", "32/01/2023"}, {"%YQ%q", "2023Q5"}, {"%G-W%V", "2023-W53"}, {"%Y%m%d", "20230132"},
		{"%b %d %Y", "Foo 1 2000"}, {"%Y-%m-%d %H:%M", "2023-01-01 24:01"}, {"%Y-%m-%d %H:%M", "2023-01-01 10:60"}, {"%I:%M %p", "13:00 PM"},
	} {
		if m, ok := mustLayout(c.format).parse([]byte(c.cell), nil); ok {
			t.Errorf("%q as %s is taken for %s", c.cell, c.format, ISO(m.time()))
		}
	}
}

// gridOf gives a layout times that it can tell apart.
func gridOf(l *layout) series.Frequency {
	switch {
	case l.has(second2):
		return series.Frequency{Unit: series.Second, N: 1}
	case l.has(minute2):
		return series.Frequency{Unit: series.Second, N: 60}
	case l.has(hour24):
		return series.Frequency{Unit: series.Second, N: 3600}
	case l.has(week2) && !l.has(weekday1):
		return series.Frequency{Unit: series.Week, N: 1, Day: time.Monday}
	case l.has(day2), l.has(weekday1):
		return series.Frequency{Unit: series.Day, N: 1}
	case l.has(quarter1):
		return series.Frequency{Unit: series.Month, N: 3}
	case l.has(half1):
		return series.Frequency{Unit: series.Month, N: 6}
	case l.has(month2), l.has(monthAbc), l.has(monthFul):
		return series.Frequency{Unit: series.Month, N: 1}
	}
	return series.Frequency{Unit: series.Month, N: 12}
}

func everyLayout() (all []*layout) {
	set := layouts()
	for _, d := range set.dates {
		all = append(append(all, d.date), d.withClock()...)
	}
	for _, named := range slices.Concat(weekWords, quarterWords) {
		all = append(all, mustLayout(named))
	}
	return append(append(all, set.periods...), set.bare...)
}

// What a layout writes, it reads back as the same time, and writes again in
// the same letters: for every layout the recogniser knows.
func TestLayoutsRoundTrip(t *testing.T) {
	t.Parallel()
	all := everyLayout()
	origin := time.Date(1949, 1, 3, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		l := rapid.SampledFrom(all).Draw(t, "layout")
		grid := gridOf(l)
		want := grid.Label(origin.Add(time.Duration(rapid.Int64Range(0, 76*365*24*3600).Draw(t, "second")) * time.Second))
		if l.has(year2) && want.Year() >= 2030 {
			want = want.AddDate(-10, 0, 0)
		}
		text := TimeLayout{layout: l}.Format(want)
		m, ok := l.parse([]byte(text), nil)
		if !ok || !m.time().Equal(want) {
			t.Fatalf("%s writes %s as %q and reads %s (%v)", l.format, ISO(want), text, ISO(m.time()), ok)
		}
	})
}

// A column's own spelling comes back: unpadded parts, capitals, fractions.
func TestSpellingIsKept(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ format, cells, want string }{
		{"%m/%d/%Y", "04/9/2021 11/23/2021", "%m/%-d/%Y"},
		{"%d/%m/%Y", "1/2/2021 11/12/2021", "%-d/%-m/%Y"},
		{"%d/%m/%Y", "01/02/2021 11/12/2021", "%d/%m/%Y"},
		{"%Y-%b", "2021-JAN 2021-FEB", "%Y-%^b"},
		{"%Y-%b", "2021-Jan 2021-FEB", "%Y-%b"},
		{"%H:%M:%S.%f", "10:00:00.125 10:00:01.250", "%H:%M:%S.%3f"},
	} {
		l := mustLayout(c.format)
		var seen spelling
		for cell := range strings.FieldsSeq(c.cells) {
			var m moment
			if !l.scan([]byte(cell), &m, &seen) {
				t.Errorf("%s does not read %q", c.format, cell)
			}
		}
		if got := l.spelled(seen).format; got != c.want {
			t.Errorf("%s after %q = %s, want %s", c.format, c.cells, got, c.want)
		}
	}
}

func TestScalesRoundTrip(t *testing.T) {
	t.Parallel()
	day := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	for scale := epochSeconds; scale <= excelSerial; scale++ {
		var m moment
		text := scale.text(day)
		if !scale.read([]byte(text), &m) || !m.time().Equal(day) {
			t.Errorf("%s writes %q and reads %s", scaleNames[scale], text, ISO(m.time()))
		}
	}
	var m moment
	if !decimalYear.read([]byte("1958.2027"), &m) || ISO(m.time()) != "1958-03-15T00:00:00" {
		t.Errorf("1958.2027 is %s, want mid March", ISO(m.time()))
	}
}

func FuzzLayout(f *testing.F) {
	for _, seed := range []string{"2024-01-31", "31/01/2024 10:00", "Jan 5 2020", "2024-W05", "1974Q1", "2024-01-01T00:00:00.5+05:30", "2024H2", "2024006", "2024K1", "02-JAN-24 03.04.05.000000000 PM"} {
		f.Add([]byte(seed))
	}
	all := everyLayout()
	f.Fuzz(func(t *testing.T, cell []byte) {
		for _, l := range all {
			var seen spelling
			m, ok := l.parse(cell, &seen)
			if !ok {
				continue
			}
			spelled := l.spelled(seen)
			text := spelled.appendTime(nil, m.time(), int(m.offset))
			if again, ok := spelled.parse(text, nil); !ok || again.micros() != m.micros() && !l.has(fraction) {
				t.Errorf("%q as %s is written %q and read as %v (%v)", cell, l.format, text, again, ok)
			}
		}
	})
}
