package dataset

import (
	"bytes"
	"slices"
)

// votes collect what the cells of one column are. The memory they take does
// not grow with the rows.
type votes struct {
	empty      int             // cells with nothing in them
	markers    map[string]int  // known missing words, as written
	marked     int             // how many of them
	others     map[string]*int // cells that are neither number nor marker; the first few texts
	many       bool            // there were more than that
	texts      int             // how many of them
	tallies    [2]tally        // by reading
	both       int             // numbers that mean something else under the other reading
	percents   int
	moneys     int
	currency   uint8 // the first mark, by its place among currencies, from 1
	currencies bool  // there are others
	values     sketch
	hash       uint64 // of the last cell
	first      uint64 // of the first cell
	constant   bool
	rows       int
	low, top   []byte // least and greatest text
	counted    float64
	counts     int // cells that are one more than the cell above
	last       []byte
	again      *int // how often the last cell occurred, when it was a text
	uncounted  int  // of texts that are remembered in no list
	begin, end edge // least and greatest time
}

// edge is the least or the greatest time of a column, as written.
type edge struct {
	micros int64
	text   []byte
}

// maxOthers is how many different texts of a column are remembered.
const maxOthers = 8

// add takes the trimmed text of one cell that is no decimal.
func (v *votes) add(cell []byte) {
	if v.again != nil && string(cell) == string(v.last) {
		v.rows++
		v.texts++
		*v.again++
		return
	}
	v.again = nil
	v.begins(hashBytes(cell))
	if len(cell) == 0 {
		v.empty++
		return
	}
	v.values.add(v.hash)
	if f, ok := parseFigure(cell); ok {
		v.addNumber(&f, cell)
		return
	}
	if missing(cell) {
		v.marked++
		v.markers = count(v.markers, cell, 32)
		return
	}
	v.addText(cell)
}

// addText takes a cell that is neither number nor marker. When more different
// ones came than are remembered, the column cannot be one of numbers any more,
// and they are no longer counted one by one.
func (v *votes) addText(cell []byte) {
	v.texts++
	v.again, v.last = v.counter(cell), append(v.last[:0], cell...)
	*v.again++
	if v.low == nil || string(cell) < string(v.low) {
		v.low = append(v.low[:0], cell...)
	}
	if v.top == nil || string(cell) > string(v.top) {
		v.top = append(v.top[:0], cell...)
	}
}

// counter is where the occurrences of a text are counted.
func (v *votes) counter(cell []byte) *int {
	if v.many {
		return &v.uncounted
	}
	if n := v.others[string(cell)]; n != nil {
		return n
	}
	if len(v.others) == maxOthers {
		v.many = true
		return &v.uncounted
	}
	if v.others == nil {
		v.others = map[string]*int{}
	}
	n := new(int)
	v.others[string(cell)] = n
	return n
}

// begins takes the hash of a cell.
func (v *votes) begins(hash uint64) {
	v.hash = hash
	if v.rows == 0 {
		v.first, v.constant = hash, true
	}
	v.constant = v.constant && hash == v.first
	v.rows++
}

// figures counts the cells that are numbers under one reading or the other.
func (v *votes) figures() int { return v.rows - v.empty - v.marked - v.texts }

func (v *votes) addNumber(f *figure, cell []byte) {
	for r := range v.tallies {
		if f.ok[r] {
			v.tallies[r].add(f.value[r], f.integer[r], f.group[r], cell)
		}
	}
	if f.ok[0] && f.ok[1] && f.value[0] != f.value[1] {
		v.both++
	}
	if f.value[0] == v.counted+1 {
		v.counts++
	}
	v.counted = f.value[0]
	if f.percent {
		v.percents++
	}
	if f.money {
		v.moneys++
		if v.currency == 0 {
			v.currency = f.currency
		}
		v.currencies = v.currencies || f.currency != v.currency
	}
}

func count(m map[string]int, cell []byte, most int) map[string]int {
	if m == nil {
		m = map[string]int{}
	}
	if _, known := m[string(cell)]; known || len(m) < most {
		m[string(cell)]++
	}
	return m
}

// numeric reports whether the column holds numbers, and which cells that are
// none then count as missing: few different ones, against at least four fifths
// of numbers.
func (v *votes) numeric() (bool, []string) {
	n := max(v.tallies[0].n, v.tallies[1].n)
	if n == 0 {
		return false, nil
	}
	if v.again != nil && v.last[0]-'0' <= 9 {
		return false, nil // the newest one, with something behind it
	}
	if float64(v.texts) <= 0.01*float64(n) {
		return true, nil
	}
	covered, own := 0, []string{}
	for marker, times := range v.others {
		if bytes.ContainsAny([]byte(marker), "0123456789") {
			return false, nil // a number with something behind it, or in front
		}
		covered += *times
		own = append(own, marker)
	}
	slices.Sort(own)
	return len(own) <= 3 && covered == v.texts && n >= 4*v.texts && v.texts >= 2, own
}

// reading picks how the numbers are to be read: the reading that understands
// more cells; common is the file's habit, for columns that leave it open.
func (v *votes) reading(common reading) reading {
	switch a, b := v.tallies[dotDecimal].n, v.tallies[commaDecimal].n; {
	case a > b:
		return dotDecimal
	case b > a:
		return commaDecimal
	}
	return common
}
