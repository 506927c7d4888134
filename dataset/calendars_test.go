package dataset_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// calendar is a grid that series have, and the pandas word for it.
type calendar struct {
	name, freq, layout string
	n                  int
	at                 func(i int) time.Time
}

func calendars() []calendar {
	start := time.Date(2019, 3, 4, 0, 0, 0, 0, time.UTC) // a Monday
	every := func(d time.Duration) func(int) time.Time {
		return func(i int) time.Time { return start.Add(time.Duration(i) * d) }
	}
	days := func(n int) func(int) time.Time { return func(i int) time.Time { return start.AddDate(0, 0, n*i) } }
	months := func(step, day int) func(int) time.Time {
		return func(i int) time.Time { return time.Date(2001, time.Month(1+step*i), day, 0, 0, 0, 0, time.UTC) }
	}
	from := func(month time.Month, step int) func(int) time.Time {
		return func(i int) time.Time {
			return time.Date(1990, month+time.Month(step*i), 1, 0, 0, 0, 0, time.UTC)
		}
	}
	ends := func(month time.Month, step int) func(int) time.Time {
		return func(i int) time.Time {
			return time.Date(1990, month+time.Month(step*i)+1, 0, 0, 0, 0, 0, time.UTC)
		}
	}
	weekdays := func(i int) time.Time { return start.AddDate(0, 0, i/5*7+i%5) }
	const day, minute = "2006-01-02", "2006-01-02 15:04"
	all := []calendar{
		{"seconds", "s", "2006-01-02 15:04:05", 400, every(time.Second)}, {"10 seconds", "10s", "2006-01-02 15:04:05", 400, every(10 * time.Second)},
		{"minutes", "min", minute, 400, every(time.Minute)}, {"5 minutes", "5min", minute, 400, every(5 * time.Minute)}, {"10 minutes", "10min", minute, 300, every(10 * time.Minute)},
		{"quarter hours", "15min", minute, 400, every(15 * time.Minute)}, {"half hours", "30min", minute, 400, every(30 * time.Minute)}, {"hours", "h", minute, 400, every(time.Hour)},
		{"3 hours", "3h", minute, 300, every(3 * time.Hour)}, {"6 hours", "6h", minute, 300, every(6 * time.Hour)}, {"12 hours", "12h", minute, 200, every(12 * time.Hour)},
		{"days", "D", day, 300, days(1)}, {"days at noon", "D", minute, 300, func(i int) time.Time { return start.AddDate(0, 0, i).Add(12 * time.Hour) }}, {"2 days", "2D", day, 200, days(2)}, {"10 days", "10D", day, 200, days(10)},
		{"business days", "B", day, 300, weekdays}, {"2 weeks", "2W-MON", day, 120, days(14)}, {"4 weeks", "4W-MON", day, 80, days(28)},
		{"months", "MS", day, 120, months(1, 1)}, {"months on the 15th", "MS", day, 120, months(1, 15)}, {"month ends", "ME", day, 120, ends(1, 1)},
		{"2 months", "2MS", day, 80, months(2, 1)}, {"quarters", "QS", day, 80, from(1, 3)}, {"quarters from February", "QS-FEB", day, 80, from(2, 3)}, {"quarter ends", "QE", day, 80, ends(3, 3)},
		{"quarter ends in January", "QE-JAN", day, 80, ends(1, 3)}, {"half years", "2QS", day, 60, from(1, 6)}, {"years", "YS", day, 60, from(1, 12)}, {"years from July", "YS-JUL", day, 60, from(7, 12)},
		{"year ends", "YE", day, 60, ends(12, 12)}, {"year ends in June", "YE-JUN", day, 60, ends(6, 12)}, {"5 years", "5YS", day, 30, from(1, 60)},
	}
	for i, word := range []string{"MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"} {
		all = append(all, calendar{"weeks on " + word, "W-" + word, day, 150, func(k int) time.Time { return start.AddDate(0, 0, 7*k+i) }})
	}
	return all
}

// Calendars are known with all rows there, with one in ten missing at random
// places, with a block missing, and backwards.
func TestCalendarsAreKnown(t *testing.T) {
	t.Parallel()
	right, total := 0, 0
	for _, c := range calendars() {
		for name, gone := range map[string]func(i int) bool{
			"full": func(int) bool { return false }, "one in ten missing": func(i int) bool { return i*2654435761>>7%10 == 3 }, "a block missing": func(i int) bool { return i > c.n/3 && i < c.n/2 },
			"one in five missing": func(i int) bool { return i*2654435761>>9%5 == 1 },
		} {
			var b strings.Builder
			b.WriteString("date,value\n")
			for i := range c.n {
				if i > 0 && i < c.n-1 && gone(i) {
					continue
				}
				fmt.Fprintf(&b, "%s,%d.%d\n", c.at(i).Format(c.layout), 100+i*i%37, i%7+1)
			}
			p := scan(t, b.String())
			total++
			switch got := deref(p.Frequency); {
			case got == any(c.freq) && len(p.NeedsChoice) == 0:
				right++
			case len(p.NeedsChoice) > 0:
				t.Logf("%s, %s: asks %v, steps of %v, want %s", c.name, name, p.NeedsChoice, got, c.freq)
			default:
				t.Errorf("%s, %s: steps of %v, want %s", c.name, name, got, c.freq)
			}
		}
	}
	t.Logf("%d of %d calendars right", right, total)
	if float64(right) < 0.97*float64(total) {
		t.Errorf("%d of %d right", right, total)
	}
}
