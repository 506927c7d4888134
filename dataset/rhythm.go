package dataset

import (
	"time"

	"github.com/pgcast/pgcast/forecast/series"
)

// places counts where the instants of a column stand in the calendar.
type places struct {
	n, midnights        int
	firstDays, lastDays int     // of the month
	openDays, nearDays  int     // the last Monday to Friday of the month; one of its last five days
	days                [32]int // of the month
	weekdays            [7]int  // Sunday is 0
	months              [12]int
	sundays             map[int64]*[5]int // of clock changes: times in hours 0 to 4, by day since 1970

	run     int   // instants of the last day that are not counted yet
	today   int64 // micros at its midnight
	weekday int
	change  bool    // clocks may change on it
	sample  instant // one of them
}

func (p *places) add(at instant) {
	p.n++
	if at.micros < p.today || at.micros >= p.today+microsPerDay || p.run == 0 {
		p.flush()
		day := floorDiv(at.micros, microsPerDay)
		p.today, p.weekday, p.sample = day*microsPerDay, int(((day+4)%7+7)%7), at
		p.change = p.weekday == 0 && changeOf(at) != noChange
	}
	p.run++
	if at.micros == p.today {
		p.midnights++
	}
	if p.change {
		p.sunday(at, p.today/microsPerDay)
	}
}

// addAll adds instants, of which many are of the same day as the one before.
func (p *places) addAll(ats []instant) {
	for i := 0; i < len(ats); i++ {
		p.add(ats[i])
		if p.change {
			continue
		}
		from := i + 1
		for i+1 < len(ats) && ats[i+1].micros > p.today && ats[i+1].micros < p.today+microsPerDay {
			i++
		}
		p.n += i + 1 - from
		p.run += i + 1 - from
	}
}

// flush counts the run of instants of one day.
func (p *places) flush() {
	at, n := p.sample, p.run
	if n == 0 {
		return
	}
	p.run = 0
	p.days[at.day] += n
	p.weekdays[p.weekday] += n
	p.months[at.month%12] += n
	if at.day == 1 {
		p.firstDays += n
	}
	if at.last {
		p.lastDays += n
	}
	if left := daysIn(int(at.month/12), int(at.month%12)+1) - int(at.day); left < 5 {
		p.nearDays += n
		if weekend := p.weekday == 0 || p.weekday == 6; !weekend && (left == 0 || p.weekday == 5 && left < 3) {
			p.openDays += n
		}
	}
}

// rhythm is the grid the instants of a column follow.
type rhythm struct {
	freq  series.Frequency
	exact float64 // share of steps that are exactly one grid step
	fit   float64 // share of steps that are whole grid steps
}

func (r rhythm) word() string { return r.freq.String() }

// maxUnits bounds the units of one step; a longer one comes from two lone times.
const maxUnits = 100_000

// findRhythm takes the mode of the steps for the grid, so that gaps do not
// hide it. Without a grid that fits, the rhythm is irregular.
func findRhythm(s *steps, p *places) rhythm {
	s.flush()
	p.flush()
	if s.n == 0 {
		return rhythm{}
	}
	for _, try := range []func(*steps, *places) (rhythm, bool){monthly, weekly, daily, subDaily} {
		if r, ok := try(s, p); ok && r.freq.N <= maxUnits {
			return r
		}
	}
	return rhythm{}
}

// whole reports whether all but a few instants have a property.
func (p *places) whole(n int) bool { return float64(n) >= 0.98*float64(p.n) }

func monthly(s *steps, p *places) (rhythm, bool) {
	step, _ := mode(s.months)
	start, end := p.whole(p.firstDays), p.whole(p.lastDays) || p.lastOpen()
	if step < 1 || !p.whole(p.midnights) || !start && !end && !p.oneDay() {
		return rhythm{}, false
	}
	exact, fit := shares(s.months, step, s.n)
	r := rhythm{freq: series.Frequency{Unit: series.Month, N: int(step), End: end && !start}, exact: exact, fit: fit}
	if fit < 0.95 || exact < 0.5 {
		return r, false
	}
	if r.freq.N%3 == 0 {
		r.freq.Month = p.anchor(r.freq.N)
	}
	return r, true
}

// lastOpen reports whether the instants are the last days of their months that
// a business is open: Mondays to Fridays, a few of them before a holiday. They
// are written as the last days of the months.
func (p *places) lastOpen() bool {
	return p.n > 5 && p.nearDays == p.n && float64(p.openDays) >= 0.9*float64(p.n)
}

// oneDay reports whether every instant has the same day of the month, one
// that every month has.
func (p *places) oneDay() bool {
	for day := 2; day <= 28; day++ {
		if p.days[day] == p.n {
			return p.n > 2
		}
	}
	return false
}

// anchor is the first month in which a period of n months starts or ends.
func (p *places) anchor(n int) time.Month {
	best := 0
	for m := range p.months {
		if p.months[m] > p.months[best] {
			best = m
		}
	}
	if n%12 != 0 {
		best %= 3
	}
	return time.Month(best + 1)
}

func weekly(s *steps, p *places) (rhythm, bool) {
	step, _ := mode(s.micros)
	const week = 7 * microsPerDay
	if step < week || step%week != 0 || !p.whole(p.midnights) {
		return rhythm{}, false
	}
	best := 0
	for d := range p.weekdays {
		if p.weekdays[d] > p.weekdays[best] {
			best = d
		}
	}
	exact, fit := shares(s.micros, step, s.n)
	r := rhythm{freq: series.Frequency{Unit: series.Week, N: int(step / week), Day: time.Weekday(best)}, exact: exact, fit: fit}
	return r, float64(p.weekdays[best]) >= 0.95*float64(p.n) && exact >= 0.5
}

func daily(s *steps, p *places) (rhythm, bool) {
	step, _ := mode(s.micros)
	if step < microsPerDay || step%microsPerDay != 0 {
		return rhythm{}, false
	}
	exact, fit := shares(s.micros, step, s.n)
	weekend := p.weekdays[0] + p.weekdays[6]
	if step == microsPerDay && float64(weekend) <= 0.01*float64(p.n) && s.micros[3*microsPerDay] > 0 && p.n > 5 && fit >= 0.95 {
		both := float64(s.micros[microsPerDay]+s.micros[3*microsPerDay]) / float64(s.n)
		if both >= 0.85 {
			return rhythm{freq: series.Frequency{Unit: series.Weekday, N: 1}, exact: both, fit: fit}, true
		}
	}
	r := rhythm{freq: series.Frequency{Unit: series.Day, N: int(step / microsPerDay)}, exact: exact, fit: fit}
	return r, fit >= 0.95 && exact >= 0.5
}

func subDaily(s *steps, _ *places) (rhythm, bool) {
	step, _ := mode(s.micros)
	if step < microsPerSecond || step%microsPerSecond != 0 || step >= microsPerDay {
		return rhythm{}, false
	}
	exact, fit := shares(s.micros, step, s.n)
	r := rhythm{freq: series.Frequency{Unit: series.Second, N: int(step / microsPerSecond)}, exact: exact, fit: fit}
	return r, fit >= 0.98 && exact >= 0.5
}

// mode returns the most frequent step, the smaller one of two.
func mode[T int32 | int64](m map[T]int) (step T, times int) {
	for s, n := range m {
		if s > 0 && (n > times || n == times && s < step) {
			step, times = s, n
		}
	}
	return step, times
}

// shares returns which part of n steps is exactly one step, and which part is
// a whole number of steps.
func shares[T int32 | int64](m map[T]int, step T, n int) (exact, fit float64) {
	whole := 0
	for s, times := range m {
		if s > 0 && s%step == 0 {
			whole += times
		}
	}
	return float64(m[step]) / float64(n), float64(whole) / float64(n)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
