package dataset

import (
	"strconv"
	"strings"

	"github.com/pgcast/pgcast/forecast/series"
)

// matrix is a table whose rows are years and whose columns are months: one
// series, read row by row.
type matrix struct {
	year   int
	months [12]int // columns of January to December
	rest   bool    // there are other columns beside them
	first  string  // name of January's column
	last   string  // name of December's column
}

// findMatrix finds a year column and twelve columns named for the months.
func findMatrix(names []string) *matrix {
	for _, read := range monthReaders() {
		if m := readMatrix(names, read); m != nil {
			return m
		}
	}
	return nil
}

// monthReaders read the name of a month in one language each, and its number.
func monthReaders() []func(name string) int8 {
	english := func(name string) int8 {
		var at moment
		if at.readName([]byte(name), len(name) == 3) != len(name) {
			return 0
		}
		return at.month
	}
	all := []func(string) int8{english, func(name string) int8 {
		if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= 12 {
			return int8(n)
		}
		return 0
	}}
	for _, l := range languages().all {
		all = append(all, func(name string) int8 {
			return l.months[strings.ToLower(strings.TrimSuffix(name, "."))].month
		})
	}
	return all
}

func readMatrix(names []string, monthOf func(name string) int8) *matrix {
	m := &matrix{year: -1, rest: len(names) > 13}
	found := 0
	for c, name := range names {
		if month := monthOf(name); month > 0 && m.months[month-1] == 0 {
			m.months[month-1] = c
			found++
		}
		if m.year < 0 && anyWord(name, theVocabulary().year) {
			m.year = c
		}
	}
	if found != 12 || m.year < 0 {
		return nil
	}
	m.first, m.last = names[m.months[0]], names[m.months[11]]
	return m
}

// inOrder reports whether the months stand from January to December, or the
// other way round.
func (m *matrix) inOrder() bool {
	up, down := true, true
	for i, column := range m.months[1:] {
		up, down = up && column > m.months[i], down && column < m.months[i]
	}
	return up || down
}

// header names the months as a time column, cells the values as a target.
func (m *matrix) header() string { return "<header " + m.first + ".." + m.last + ">" }

func (m *matrix) cells() string {
	if m.rest {
		return "<cells " + m.first + ".." + m.last + ">"
	}
	return "<cells>"
}

const matrixFormat = "%Y x month name header"

// monthsOf is the rhythm of a matrix whose rows have the rhythm of k.
func monthsOf(k *candidate) (rhythm, *int) {
	gaps := 0
	if k.gaps != nil {
		gaps = *k.gaps * 12
	}
	return rhythm{freq: series.Frequency{Unit: series.Month, N: 1}, exact: 1, fit: 1}, &gaps
}
