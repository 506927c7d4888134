package engine

import (
	"fmt"
	"time"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/forecast/series"
	"github.com/pgcast/pgcast/internal/holidays"
	"github.com/pgcast/pgcast/internal/job"
)

// occasions are the holidays and events of the request as columns of s: the
// share of each step's days that the occasion takes, 1 for days and hours.
// Holidays also come as one column that counts them all, for histories too
// short to tell them apart.
func (r *run) occasions(s *series.Series) []forecast.Column {
	g := newDays(s, r.plan.Horizon, r.zone())
	h := r.plan.Holidays
	for _, country := range h.Countries {
		prefix := ""
		if len(h.Countries) > 1 {
			prefix = country + ": "
		}
		found, _ := holidays.Between(country, g.first.AddDate(0, 0, -1), g.last) // Resolve knows the country
		for _, day := range found {
			g.mark(prefix+day.Name, day.Date, true)
			g.mark(prefix+"any holiday", day.Date, true)
		}
	}
	for i := range h.Events {
		g.markEvent(&h.Events[i])
	}
	return g.columns()
}

func (r *run) zone() *time.Location {
	if r.plan.Timezone == "" {
		return time.UTC
	}
	zone, err := time.LoadLocation(r.plan.Timezone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// days lays days on the grid of a series.
type days struct {
	series      *series.Series
	steps       int
	first, last time.Time     // days the grid covers
	of          map[int][]int // steps within a day, by its number; finer grids
	names       []string
	marked      map[string]*forecast.Column
}

func newDays(s *series.Series, horizon int, zone *time.Location) *days {
	d := &days{series: s, steps: len(s.Y) + horizon, marked: map[string]*forecast.Column{}}
	d.first, d.last = dateOf(s.Time(0)).AddDate(0, 0, -7), dateOf(s.Time(d.steps))
	if s.Freq.Unit == series.Second {
		d.of = map[int][]int{}
		for i := range d.steps {
			n := dayNumber(dateOf(s.Time(i).In(zone)))
			d.of[n] = append(d.of[n], i)
		}
	}
	return d
}

func dateOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func dayNumber(t time.Time) int { return int(t.Unix() / 86_400) }

// mark lets an occasion fall on a day.
func (d *days) mark(name string, day time.Time, optional bool) {
	c, known := d.marked[name]
	if !known {
		c = &forecast.Column{Name: name, Values: make([]float64, d.steps), Optional: optional}
		d.marked[name] = c
		d.names = append(d.names, name)
	}
	if d.of != nil {
		for _, i := range d.of[dayNumber(day)] {
			c.Values[i] = 1
		}
		return
	}
	s := d.series
	i := s.Freq.Steps(s.Start, day)
	if i < 0 || i >= d.steps {
		return
	}
	switch s.Freq.Unit {
	case series.Weekday:
		if !s.Time(i).Equal(day) { // a weekend
			return
		}
		c.Values[i] = 1
	default:
		length := s.Time(i+1).Sub(s.Time(i)).Hours() / 24
		c.Values[i] += 1 / max(length, 1)
	}
}

// markEvent marks the days of an event and those around it, each distance as
// an occasion of its own.
func (d *days) markEvent(e *job.Occasion) {
	for offset := -e.Before; offset <= e.After; offset++ {
		name := e.Name
		switch {
		case offset < 0:
			name = fmt.Sprintf("%s (%d days before)", e.Name, -offset)
		case offset > 0:
			name = fmt.Sprintf("%s (%d days after)", e.Name, offset)
		}
		for _, text := range e.Dates {
			if day, err := time.Parse(time.DateOnly, text); err == nil {
				d.mark(name, day.AddDate(0, 0, offset), offset != 0)
			}
		}
	}
}

// columns are the occasions, in the order they were marked. A week may be named
// by its first or by its last day: occasions of weeks come in both readings,
// and the history decides.
func (d *days) columns() []forecast.Column {
	var out []forecast.Column
	for _, name := range d.names {
		c := *d.marked[name]
		out = append(out, c)
		if d.series.Freq.Unit != series.Week {
			continue
		}
		later := forecast.Column{Name: name + " (week before)", Values: make([]float64, d.steps), Optional: true}
		copy(later.Values[1:], c.Values)
		out = append(out, later)
	}
	return out
}
