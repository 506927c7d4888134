// Package holidays knows the public holidays of countries, by way of
// rickar/cal.
package holidays

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rickar/cal/v2"
)

// Day is one holiday. Date is midnight UTC.
type Day struct {
	Name string
	Date time.Time
}

// UnknownError is a country without a calendar here.
type UnknownError struct{ Country string }

func (e UnknownError) Error() string {
	return fmt.Sprintf("no calendar of holidays is known for %q", e.Country)
}

// Known lists the codes that [Between] takes, sorted.
func Known() []string { return slices.Sorted(maps.Keys(calendars())) }

// Between lists the public holidays of a country (ISO 3166, "DE") or of a part
// of it ("DE-BY") from one day to another, both included, by date. Where the
// law moves a holiday off the weekend, the day itself and the day it moves to
// both count.
func Between(country string, from, to time.Time) ([]Day, error) {
	calendar, known := calendars()[strings.ToUpper(strings.TrimSpace(country))]
	if !known {
		return nil, UnknownError{country}
	}
	var days []Day
	for year := from.Year() - 1; year <= to.Year()+1; year++ {
		for _, h := range calendar {
			actual, observed := h.Calc(year)
			days = add(days, h.Name, actual, from, to)
			if !observed.Equal(actual) {
				days = add(days, h.Name, observed, from, to)
			}
		}
	}
	slices.SortStableFunc(days, func(a, b Day) int { return a.Date.Compare(b.Date) })
	return slices.Compact(days), nil
}

// add appends the day of t unless it lies outside, or there is none.
func add(days []Day, name string, t, from, to time.Time) []Day {
	if t.IsZero() {
		return days
	}
	date := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	if date.Before(from) || date.After(to) {
		return days
	}
	return append(days, Day{name, date})
}

// common are the holidays that all parts of a country share, by name.
func common(parts ...[]*cal.Holiday) []*cal.Holiday {
	var out []*cal.Holiday
	for _, h := range parts[0] {
		everywhere := true
		for _, part := range parts[1:] {
			everywhere = everywhere && slices.ContainsFunc(part, func(o *cal.Holiday) bool { return o.Name == h.Name })
		}
		if everywhere {
			out = append(out, h)
		}
	}
	return out
}
