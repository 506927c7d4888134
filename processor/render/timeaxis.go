package render

import (
	"time"

	"gonum.org/v1/plot"
)

// calendar places ticks where people look for them: on full seconds, hours,
// midnights, Mondays, months and years. Values are seconds since the Unix
// epoch.
type calendar struct{ most int } // ticks at most

// stride is the distance between two ticks: months, or a fixed length.
type stride struct {
	months int
	length time.Duration
	first  string // layout of the first tick, and of one in a new day, year
	other  string // layout of the others
}

// turn tells whether the tick at t opens a new period of the kind the long
// layout names.
func (s stride) turn(before, t time.Time) bool {
	if s.months == 0 && s.length < day {
		return before.YearDay() != t.YearDay() || before.Year() != t.Year()
	}
	return before.Year() != t.Year()
}

const day = 24 * time.Hour

// strides returns the distances to choose from, ascending.
func strides() []stride {
	var all []stride
	for _, d := range []time.Duration{1, 5, 15, 30} {
		all = append(all, stride{length: d * time.Second, first: "2 Jan 15:04:05", other: "15:04:05"})
	}
	for _, d := range []time.Duration{1, 5, 15, 30, 60, 180, 360, 720} {
		all = append(all, stride{length: d * time.Minute, first: "2 Jan 15:04", other: "15:04"})
	}
	for _, d := range []time.Duration{1, 2, 7, 14} {
		all = append(all, stride{length: d * day, first: "2 Jan 2006", other: "2 Jan"})
	}
	for _, m := range []int{1, 3, 6} {
		all = append(all, stride{months: m, first: "Jan 2006", other: "Jan"})
	}
	for _, y := range []int{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000} {
		all = append(all, stride{months: 12 * y, first: "2006", other: "2006"})
	}
	return all
}

// Ticks implements [plot.Ticker].
func (c calendar) Ticks(low, high float64) []plot.Tick {
	from, to := instant(low), instant(high)
	for _, s := range strides() {
		times, few := s.between(from, to, c.most)
		if few {
			return s.ticks(times)
		}
	}
	return nil
}

// between returns the strides' times in [from, to], and false when they are
// more than most.
func (s stride) between(from, to time.Time, most int) (times []time.Time, few bool) {
	for t := s.floor(from); !t.After(to); t = s.next(t) {
		if t.Before(from) {
			continue
		}
		if times = append(times, t); len(times) > most {
			return nil, false
		}
	}
	return times, true
}

func (s stride) floor(t time.Time) time.Time {
	if s.months == 0 {
		return t.Truncate(s.length) // counts from year 1, a Monday
	}
	months := 12*t.Year() + int(t.Month()) - 1
	return time.Date(0, time.Month(months-months%s.months+1), 1, 0, 0, 0, 0, time.UTC)
}

func (s stride) next(t time.Time) time.Time {
	if s.months == 0 {
		return t.Add(s.length)
	}
	return t.AddDate(0, s.months, 0)
}

func (s stride) ticks(times []time.Time) []plot.Tick {
	var ticks []plot.Tick
	for i, t := range times {
		layout := s.other
		if i == 0 || s.turn(times[i-1], t) {
			layout = s.first
		}
		ticks = append(ticks, plot.Tick{Value: seconds(t), Label: t.Format(layout)})
	}
	return ticks
}

func instant(sec float64) time.Time {
	whole := int64(sec)
	return time.Unix(whole, int64((sec-float64(whole))*1e9)).UTC()
}

func seconds(t time.Time) float64 { return float64(t.Unix()) + float64(t.Nanosecond())/1e9 }
