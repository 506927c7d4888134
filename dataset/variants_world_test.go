package dataset_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"strings"
	"time"
)

// world is the truth behind a file: values on a calendar, before any writer
// got hold of them.
type world struct {
	freq  string   // pandas word
	ids   []string // "": no id column
	n     int      // steps
	at    func(i int) time.Time
	value func(series, i int) float64
}

// points are the values of each series by time.
type points map[string]map[time.Time]float64

// truth is what a reader must find in a file.
type truth struct {
	points    points
	rows      int // 0: of no interest
	time      []string
	frequency string
	encoding  string
	delimiter string
	wall      bool   // the times are those on the wall, whatever their offset
	warning   string // that must be given
	asks      string // the code of the question that must be asked
	unnamed   bool   // whatever a lone series is called
}

// spell is how a writer writes times and numbers.
type spell struct {
	time   func(time.Time) string
	number func(float64) string
}

// sheet is a table of cells with the truth it was made of.
type sheet struct {
	header []string
	rows   [][]string
	truth  truth
}

func gotime(layout string) func(time.Time) string {
	return func(t time.Time) string { return t.Format(layout) }
}

func fixed(v float64) string { return fmt.Sprintf("%.2f", v) }

// sheet writes a world as a long or a single table, one series after the
// other.
func (w world) sheet(s spell) *sheet {
	if s.number == nil {
		s.number = fixed
	}
	if s.time == nil {
		s.time = gotime("2006-01-02")
	}
	out := &sheet{header: []string{"date", "value"}, truth: truth{points: points{}, time: []string{"date"}, frequency: w.freq}}
	if w.ids[0] != "" {
		out.header = []string{"item", "date", "value"}
	}
	for k, id := range w.ids {
		out.truth.points[id] = map[time.Time]float64{}
		for i := range w.n {
			row := []string{s.time(w.at(i)), s.number(w.value(k, i))}
			if id != "" {
				row = append([]string{id}, row...)
			}
			out.rows = append(out.rows, row)
			out.truth.points[id][w.at(i)] = w.value(k, i)
		}
	}
	return out
}

// text writes the table with its header.
func (s *sheet) text(delim, newline string) string {
	return strings.Join(s.header, delim) + newline + s.body(delim, newline)
}

func (s *sheet) body(delim, newline string) string {
	var b strings.Builder
	for _, row := range s.rows {
		b.WriteString(strings.Join(row, delim))
		b.WriteString(newline)
	}
	return b.String()
}

// drop takes the i-th row out of a table of one series, and its point out of
// the truth.
func (s *sheet) drop(w world, gone func(i int) bool) *sheet {
	kept := s.rows[:0]
	for i, row := range s.rows {
		if k, step := i/w.n, i%w.n; step > 0 && step < w.n-1 && gone(step) {
			delete(s.truth.points[w.ids[k]], w.at(step))
			continue
		}
		kept = append(kept, row)
	}
	s.rows = kept
	return s
}

// blank writes a marker instead of some values.
func (s *sheet) blank(w world, marker string, gone func(i int) bool) *sheet {
	for i, row := range s.rows {
		if k, step := i/w.n, i%w.n; step > 0 && step < w.n-1 && gone(step) {
			delete(s.truth.points[w.ids[k]], w.at(step))
			row[len(row)-1] = marker
		}
	}
	return s
}

// quoted wraps the cells of the columns in quotes.
func (s *sheet) quoted(quote string, columns ...int) *sheet {
	for _, row := range append([][]string{s.header}, s.rows...) {
		for _, c := range columns {
			row[c] = quote + strings.ReplaceAll(row[c], quote, quote+quote) + quote
		}
	}
	return s
}

func (t truth) with(change func(*truth)) truth {
	t.points = maps.Clone(t.points)
	change(&t)
	return t
}

// worlds are the calendars that the variants are made of.
type worlds struct {
	daily, monthly, hourly, weekly, panel, counts world
}

func newWorlds(seed uint64) worlds {
	r := rand.New(rand.NewPCG(seed, 6))
	noise := make([]float64, 4096)
	for i := range noise {
		noise[i] = r.NormFloat64()
	}
	value := func(s, i int) float64 {
		v := 100*float64(s+1) + 20*math.Sin(float64(i)/5) + 3*noise[(i*7+s*811)%len(noise)]
		return math.Round(v*100)/100 + 0.01
	}
	rounded := func(s, i int) float64 { return math.Round(math.Abs(value(s, i)*100)) / 100 }
	// The first days lie early in a month, so that months and days above 12 both occur.
	day := time.Date(2019+r.IntN(5), time.Month(1+r.IntN(12)), 1+r.IntN(5), 0, 0, 0, 0, time.UTC)
	month := time.Date(2008+r.IntN(6), time.Month(1+r.IntN(12)), 1, 0, 0, 0, 0, time.UTC)
	daily := func(i int) time.Time { return day.AddDate(0, 0, i) }
	one := []string{""}
	return worlds{
		daily:   world{"D", one, 120, daily, rounded},
		monthly: world{"MS", one, 84, func(i int) time.Time { return month.AddDate(0, i, 0) }, rounded},
		hourly:  world{"h", one, 300, func(i int) time.Time { return day.Add(time.Duration(i) * time.Hour) }, rounded},
		weekly:  world{"W-" + strings.ToUpper(day.Weekday().String()[:3]), one, 110, func(i int) time.Time { return day.AddDate(0, 0, 7*i) }, rounded},
		panel:   world{"D", []string{"north", "south", "west"}, 70, daily, rounded},
		counts:  world{"D", one, 120, daily, func(s, i int) float64 { return math.Round(rounded(s, i)) }},
	}
}
