package dataset_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// strange is a file as one kind of program or office writes it.
type strange struct {
	who  string // writes such files
	head string // everything before the first row
	row  func(c cell) string
	foot string
	at   []time.Time
	ids  []string // "": one series without a name
	big  bool     // whole numbers in the thousands
	time string   // the columns of the time, joined by " + "; or rowsCounted
	freq string
	asks string // the code of the question; "?": read rightly or asked, as long as it is not guessed
}

// cell is what one row has to say.
type cell struct {
	at time.Time
	i  int
	id string
	k  int // number of the id
	y  float64
}

// rowsCounted says of a file that its rows are one step apart.
const rowsCounted = "rows counted"

func (c cell) t(layout string) string { return c.at.Format(layout) }

func (c cell) comma() string { return strings.Replace(fmt.Sprintf("%.1f", c.y), ".", ",", 1) }

// grouped writes 12345 as 12,345 with any mark.
func (c cell) grouped(mark string) string {
	digits := fmt.Sprintf("%.0f", c.y)
	if len(digits) <= 3 {
		return digits
	}
	return digits[:len(digits)-3] + mark + digits[len(digits)-3:]
}

func (s *strange) value(i, k int) float64 {
	if s.big {
		return float64(1000 + 1709*i%8111 + 131*k)
	}
	return float64(1000+37*i%531+7*k) / 10
}

func (s *strange) variant() variant {
	ids := s.ids
	if len(ids) == 0 {
		ids = []string{""}
	}
	v := variant{family: "strange", name: s.who, truth: truth{points: points{}, frequency: s.freq, unnamed: len(s.ids) == 0}}
	if s.asks != "?" {
		v.truth.asks = s.asks
	}
	if s.time != "" {
		v.truth.time = strings.Split(s.time, " + ")
	}
	var text strings.Builder
	text.WriteString(s.head)
	for _, id := range ids {
		v.truth.points[id] = map[time.Time]float64{}
	}
	for i, at := range s.at {
		for k, id := range ids {
			y := s.value(i, k)
			v.truth.points[id][at] = y
			text.WriteString(s.row(cell{at, i, id, k, y}))
			text.WriteByte('\n')
		}
	}
	text.WriteString(s.foot)
	v.text = text.String()
	return v
}

// These files were written after the reader, from what the programs and
// offices named publish. None may be read wrongly without a question.
func TestStrangeFiles(t *testing.T) {
	t.Parallel()
	right, all := 0, strangeFiles()
	for _, s := range all {
		v := s.variant()
		f := judge(t, v)
		switch {
		case s.time == rowsCounted && strings.HasPrefix(strings.Join(f.wrong, ""), "no time candidate"):
			right++
		case f.harmful:
			t.Errorf("%s: wrong without a question: %s", s.who, strings.Join(f.wrong, "; "))
		case len(f.wrong) > 0 && (s.asks != "?" || !f.asked):
			t.Errorf("%s: %s", s.who, strings.Join(f.wrong, "; "))
		case len(f.wrong) == 0:
			right++
		default:
			t.Logf("%s: asked: %s", s.who, strings.Join(f.wrong, "; "))
		}
	}
	t.Logf("%d of %d read rightly, the others asked about", right, len(all))
	if right < 128 {
		t.Errorf("%d files are read rightly, it were 130", right)
	}
}

func strangeFiles() (all []strange) {
	all = append(all, fromOffices()...)
	all = append(all, fromMarkets()...)
	all = append(all, fromMachines()...)
	all = append(all, fromGrids()...)
	all = append(all, fromWeather()...)
	all = append(all, fromShops()...)
	all = append(all, fromSpreadsheets()...)
	all = append(all, fromElsewhere()...)
	return append(all, traps()...)
}

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

// every lists n times, step after step.
func every(start time.Time, step time.Duration, n int) (all []time.Time) {
	for i := range n {
		all = append(all, start.Add(time.Duration(i)*step))
	}
	return all
}

func daysFrom(start time.Time, n int) []time.Time { return every(start, 24*time.Hour, n) }

func monthsFrom(start time.Time, months, n int) (all []time.Time) {
	for i := range n {
		all = append(all, start.AddDate(0, i*months, 0))
	}
	return all
}

// endsOf lists the last days of the months that begin at the given times.
func endsOf(starts []time.Time, months int) (all []time.Time) {
	for _, at := range starts {
		all = append(all, at.AddDate(0, months, -1))
	}
	return all
}

// openDays are Mondays to Fridays without the days given.
func openDays(start time.Time, n int, holidays ...time.Time) (all []time.Time) {
	closed := map[time.Time]bool{}
	for _, h := range holidays {
		closed[h] = true
	}
	for at := start; len(all) < n; at = at.AddDate(0, 0, 1) {
		if at.Weekday() != time.Saturday && at.Weekday() != time.Sunday && !closed[at] {
			all = append(all, at)
		}
	}
	return all
}

func backwards(all []time.Time) (down []time.Time) {
	for i := range all {
		down = append(down, all[len(all)-1-i])
	}
	return down
}

func quarterOf(at time.Time) int { return (int(at.Month())-1)/3 + 1 }
