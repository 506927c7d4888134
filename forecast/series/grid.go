package series

import "time"

// Floor returns the start of the step that t falls into: the label a grid of
// this frequency gives it. Grids of n > 1 units are anchored at origin, which
// must itself be a label; single units need no anchor.
func (f Frequency) Floor(t, origin time.Time) time.Time {
	switch f.Unit {
	case Index:
		return t
	case Second:
		step := time.Duration(f.N) * time.Second
		return origin.Add(time.Duration(floorDiv(int64(t.Sub(origin)), int64(step))) * step)
	case Day:
		days := floorDiv(daysBetween(midnight(origin), midnight(t)), int64(f.N))
		return midnight(origin).AddDate(0, 0, int(days)*f.N)
	case Weekday:
		return floorWeekday(t)
	case Week:
		return f.floorWeek(t, origin)
	case Month:
		return f.floorMonth(t, origin)
	}
	return t
}

// floorWeekday moves a weekend to the Friday before it.
func floorWeekday(t time.Time) time.Time {
	t = midnight(t)
	switch t.Weekday() {
	case time.Saturday:
		return t.AddDate(0, 0, -1)
	case time.Sunday:
		return t.AddDate(0, 0, -2)
	}
	return t
}

// floorWeek moves to the anchor weekday at or before t.
func (f Frequency) floorWeek(t, origin time.Time) time.Time {
	back := (int(t.Weekday()) - int(f.Day) + 7) % 7
	t = midnight(t).AddDate(0, 0, -back)
	if f.N == 1 {
		return t
	}
	origin = midnight(origin).AddDate(0, 0, -((int(origin.Weekday()) - int(f.Day) + 7) % 7))
	weeks := floorDiv(daysBetween(origin, t), 7*int64(f.N))
	return origin.AddDate(0, 0, int(weeks)*7*f.N)
}

// floorMonth moves to the first (with End: the last) day of the period, or to
// the day of month that origin has.
func (f Frequency) floorMonth(t, origin time.Time) time.Time {
	from, at := monthOf(origin), monthOf(t)
	if !f.End && t.Day() < min(origin.Day(), daysInMonth(t)) {
		at-- // the step that began in the month before
	}
	steps := floorDiv(int64(at-from), int64(f.N))
	if f.End { // a label closes its period
		steps = -floorDiv(int64(from-at), int64(f.N))
	}
	return midnight(f.addMonths(origin, int(steps)*f.N))
}

// Steps counts the steps from one label to another; it is negative when to
// lies before from. Times between two labels count as the earlier one (with
// End months: as the label that closes their period).
func (f Frequency) Steps(from, to time.Time) int {
	switch f.Unit {
	case Index, Second:
		step := int64(time.Second) * int64(max(f.N, 1))
		return int(floorDiv(to.Unix()-from.Unix(), step/int64(time.Second)))
	case Day:
		return int(floorDiv(daysBetween(midnight(from), midnight(to)), int64(f.N)))
	case Week:
		return int(floorDiv(daysBetween(midnight(from), midnight(to)), 7*int64(f.N)))
	case Weekday:
		return weekdaysBetween(floorWeekday(from), floorWeekday(to))
	case Month:
		return f.monthSteps(from, to)
	}
	return 0
}

func (f Frequency) monthSteps(from, to time.Time) int {
	months := monthOf(to) - monthOf(from)
	if f.End {
		return -int(floorDiv(int64(-months), int64(f.N)))
	}
	if to.Day() < min(from.Day(), daysInMonth(to)) {
		months--
	}
	return int(floorDiv(int64(months), int64(f.N)))
}

// weekdaysBetween counts the weekdays from one weekday (exclusive) to another.
func weekdaysBetween(from, to time.Time) int {
	days := daysBetween(from, to)
	weeks := floorDiv(days, 7)
	n := int(weeks) * 5
	for d := from.AddDate(0, 0, int(weeks)*7); d.Before(to); {
		d = d.AddDate(0, 0, 1)
		if w := d.Weekday(); w != time.Saturday && w != time.Sunday {
			n++
		}
	}
	return n
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// daysBetween counts days between two midnights, in wall clock days.
func daysBetween(from, to time.Time) int64 {
	wall := func(t time.Time) int64 {
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix()
	}
	return (wall(to) - wall(from)) / 86_400
}

func monthOf(t time.Time) int { return t.Year()*12 + int(t.Month()) - 1 }

func daysInMonth(t time.Time) int {
	return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// Label returns the label of the step that t falls into on the calendar's own
// grid: minutes and hours count from midnight, weeks from their weekday,
// months, quarters and years from their first month. Grids of several days,
// weeks or years have no place of their own and begin at t's day, week, year.
func (f Frequency) Label(t time.Time) time.Time {
	switch f.Unit {
	case Second:
		return t.Truncate(time.Duration(f.N) * time.Second)
	case Day:
		return midnight(t)
	case Weekday:
		return floorWeekday(t)
	case Week:
		return midnight(t).AddDate(0, 0, -((int(t.Weekday()) - int(f.Day) + 7) % 7))
	case Month:
		return f.monthLabel(t)
	}
	return t
}

func (f Frequency) monthLabel(t time.Time) time.Time {
	anchor := f.Month
	if anchor == 0 {
		anchor = f.defaultMonth()
	}
	n, at := min(f.N, 12), monthOf(t)
	if 12%n != 0 {
		n = 1
	}
	if f.End {
		ahead := ((int(anchor)-1-at)%n + n) % n
		return time.Date(t.Year(), t.Month()+time.Month(ahead)+1, 0, 0, 0, 0, 0, t.Location())
	}
	back := ((at-int(anchor)+1)%n + n) % n
	return time.Date(t.Year(), t.Month()-time.Month(back), 1, 0, 0, 0, 0, t.Location())
}
