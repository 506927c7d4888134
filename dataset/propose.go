package dataset

import (
	"slices"
)

// proposer looks at the head of a table for ways to read times from it. What
// it finds is only put to the vote: every row of the file decides.
type proposer struct {
	set    *layoutSet
	words  *vocabulary
	names  []string
	sample [][][]byte
	clocks []*clock
	year   int // column that holds years, -1 when there is none
}

// maxClocks bounds the readings of time that are followed at once.
const maxClocks = 12

func proposeClocks(t *table, words *vocabulary) []*clock {
	p := &proposer{set: layouts(), words: words, names: t.names, sample: t.sample, year: -1}
	if len(p.sample) > 2000 {
		p.sample = p.sample[:2000]
	}
	for c := range t.names {
		p.column(c)
	}
	p.composed()
	p.withClock()
	for _, c := range p.clocks {
		c.wall = p.onWall(c)
	}
	return p.clocks[:min(len(p.clocks), maxClocks)]
}

// cells returns the filled cells of a column.
func (p *proposer) cells(column int) [][]byte {
	var cells [][]byte
	for _, fields := range p.sample {
		if cell := trim(fields[column]); !missing(cell) {
			cells = append(cells, cell)
		}
	}
	return cells
}

func (p *proposer) column(c int) {
	cells := p.cells(c)
	if len(cells) == 0 {
		return
	}
	seen := map[kind]int{}
	for _, cell := range cells[:min(len(cells), 100)] {
		seen[kindOf(cell)]++
	}
	switch n := min(len(cells), 100); {
	case seen[timely]*2 >= n:
		p.layouts(c, cells)
	case seen[number]*10 >= n*8:
		p.bare(c, cells)
		if anyWord(p.names[c], p.words.time) {
			p.layouts(c, cells) // D.M.Y with few digits may look like a number
		}
	}
}

// layouts proposes every layout that reads at least 19 of 20 cells.
func (p *proposer) layouts(c int, cells [][]byte) {
	found := p.fitting(cells)
	switch {
	case len(found) == 0:
		if found = p.unusual(cells); len(found) == 0 {
			p.mixedPeriods(c, cells)
		}
	case readShare(found[0], cells) < 1: // some months have the same names in English
		found = append(p.foreign(cells), found...)
	}
	for _, l := range found[:min(len(found), 4)] {
		p.propose(piece{column: c, layout: l})
	}
}

func (p *proposer) fitting(cells [][]byte) (found []*layout) {
	few := spread(cells, 20)
	p.set.each(few, func(l *layout) {
		if readShare(l, few) >= 0.8 && readShare(l, cells) >= 0.95 {
			found = append(found, l)
		}
	})
	return found
}

// spread picks n cells evenly from all.
func spread(cells [][]byte, n int) [][]byte {
	if len(cells) <= n {
		return cells
	}
	var picked [][]byte
	for i := range n {
		picked = append(picked, cells[i*len(cells)/n])
	}
	return picked
}

func readShare(l *layout, cells [][]byte) float64 {
	ok := 0
	for _, cell := range cells {
		m, good := l.parse(cell, nil)
		if good && (!l.bare() || m.year >= 1500 && m.year <= 2200) || m.month == 13 {
			ok++
		}
	}
	return float64(ok) / float64(len(cells))
}

func (p *proposer) propose(ps ...piece) {
	p.clocks = append(p.clocks, &clock{pieces: ps})
}

// bare proposes times that look like numbers. They need a name that says so,
// or values that only ever rise or only ever fall.
func (p *proposer) bare(c int, cells [][]byte) {
	named := anyWord(p.names[c], p.words.time)
	if !named && !monotone(cells) {
		return
	}
	if l := p.pointed(cells); l != nil {
		p.propose(piece{column: c, layout: l})
		return
	}
	for _, l := range p.set.bare {
		if readShare(l, spread(cells, 20)) < 0.8 || readShare(l, cells) < 0.95 {
			continue
		}
		if l.format == "%Y" {
			p.year = c
		}
		p.propose(piece{column: c, layout: l})
		return
	}
	if scale := scaleOf(cells, named); scale != noScale {
		p.propose(piece{column: c, scale: scale})
	}
}

// monotone reports whether the numbers rise or fall at every step.
func monotone(cells [][]byte) bool {
	if len(cells) < 8 {
		return false
	}
	up, down := 0, 0
	last := 0.0
	for i, cell := range cells {
		f, _ := parseFigure(cell)
		v := f.value[dotDecimal]
		if i > 0 && v > last {
			up++
		}
		if i > 0 && v < last {
			down++
		}
		last = v
	}
	return up == len(cells)-1 || down == len(cells)-1
}

// scaleOf tells from the size of the numbers what they count. Epochs lie
// between 1990 and 2100.
func scaleOf(cells [][]byte, named bool) scaling {
	low, high, fractions, twelfths := 0.0, 0.0, 0, 0
	for i, cell := range cells {
		f, ok := parseFigure(cell)
		if !ok {
			return noScale
		}
		v := f.value[dotDecimal]
		if !f.ok[dotDecimal] {
			v = f.value[commaDecimal]
		}
		if i == 0 {
			low, high = v, v
		}
		low, high = min(low, v), max(high, v)
		if v != float64(int64(v)) {
			fractions++
		}
		if twelfth(v) {
			twelfths++
		}
	}
	const from, to = 631_152_000, 4_102_444_800
	for i, scale := range []scaling{epochSeconds, epochMillis, epochMicros, epochNanos} {
		per := powers[3*i]
		if low >= from*per && high <= to*per && fractions == 0 {
			return scale
		}
	}
	switch {
	case named && low >= 1500 && high < 2200 && fractions > 0 && twelfths == len(cells) && len(cells) >= 6:
		return decimalMonth
	case named && low >= 1500 && high < 2200 && fractions > 0:
		return decimalYear
	case named && low >= 20_000 && high <= 70_000:
		return excelSerial
	}
	return noScale
}

// composed proposes a year column together with columns that count parts of a
// year.
func (p *proposer) composed() {
	year := piece{column: p.year, layout: mustLayout("%Y")}
	if p.year < 0 {
		short, ok := p.shortYear()
		if !ok {
			return
		}
		year = short
	}
	quarter := p.quarterPiece()
	month := p.monthPiece()
	week := p.counting(p.words.week, 1, 53)
	day, hour := p.counting(p.words.day, 1, 31), p.counting(p.words.hour, 0, 23)
	switch {
	case month != nil && day >= 0 && hour >= 0:
		p.front(year, *month, piece{column: day, number: day2}, piece{column: hour, number: hour24})
	case month != nil && day >= 0:
		p.front(year, *month, piece{column: day, number: day2})
	case month != nil:
		p.front(year, *month)
	case quarter != nil:
		p.front(year, *quarter)
	case week >= 0:
		p.front(year, piece{column: week, number: week2})
	}
}

// shortYear finds years of two digits, or years that count from 1: a model's
// or a study's own calendar.
func (p *proposer) shortYear() (piece, bool) {
	c := p.counting(p.words.year, 0, 99)
	if c < 0 {
		return piece{}, false
	}
	two, fromOne := true, false
	for _, cell := range p.cells(c) {
		two = two && len(cell) == 2
		fromOne = fromOne || string(cell) == "1"
	}
	if two {
		return piece{column: c, layout: mustLayout("%y")}, true
	}
	return piece{column: c, number: year4}, fromOne
}

// front proposes a composed time before the times of its parts.
func (p *proposer) front(ps ...piece) {
	p.clocks = slices.Insert(p.clocks, 0, &clock{pieces: ps})
}

// counting returns the column whose name is among words and whose cells count
// from low to high, or -1.
func (p *proposer) counting(words map[string]bool, low, high float64) int {
	for c, name := range p.names {
		if c != p.year && anyWord(name, words) && (high == 99 || !anyWord(name, p.words.year)) && countsWithin(p.cells(c), low, high) {
			return c
		}
	}
	return -1
}

func countsWithin(cells [][]byte, low, high float64) bool {
	for _, cell := range cells {
		f, ok := parseFigure(cell)
		if v := f.value[dotDecimal]; !ok || !f.integer[dotDecimal] && v != float64(int(v)) || v < low || v > high {
			return false
		}
	}
	return len(cells) > 0
}

// quarterPiece finds a column of quarters: 1 to 4, or Q1 to Q4.
func (p *proposer) quarterPiece() *piece {
	if c := p.counting(p.words.quarter, 1, 4); c >= 0 {
		return &piece{column: c, number: quarter1}
	}
	return p.namedPiece(p.words.quarter, "Q%q", "T%q", "q%q", "%qQ", "%q. Quartal")
}

// monthPiece finds a column of months: 1 to 12, or their names.
func (p *proposer) monthPiece() *piece {
	if c := p.counting(p.words.month, 1, 13); c >= 0 {
		return &piece{column: c, number: month2}
	}
	formats := []string{"%b", "%B", "M%m"}
	for _, l := range languages().all {
		formats = append(formats, "%{"+l.code+"}B")
	}
	return p.namedPiece(p.words.month, formats...)
}

// namedPiece finds a column whose name is among words and whose cells have one
// of the formats.
func (p *proposer) namedPiece(words map[string]bool, formats ...string) *piece {
	for c, name := range p.names {
		if !anyWord(name, words) || c == p.year {
			continue
		}
		for _, format := range formats {
			if cells := p.cells(c); len(cells) > 0 && readNames(mustLayout(format), cells) {
				return &piece{column: c, layout: mustLayout(format)}
			}
		}
	}
	return nil
}

func readNames(l *layout, cells [][]byte) bool {
	for _, cell := range cells {
		var m moment
		if !l.scan(cell, &m, nil) {
			return false
		}
	}
	return true
}

// withClock proposes a date column together with a column of times of day or
// of hours.
func (p *proposer) withClock() {
	hour := p.counting(p.words.hour, 0, 23)
	clockLayout, at := p.clockColumn()
	for _, c := range slices.Clone(p.clocks) {
		l := c.pieces[0].layout
		if len(c.pieces) > 1 || l == nil || l.has(hour24) || l.has(hour12) || !l.has(day2) {
			continue
		}
		date := piece{column: c.pieces[0].column, layout: l}
		switch {
		case at >= 0:
			p.front(date, piece{column: at, layout: clockLayout})
		case hour >= 0:
			p.front(date, piece{column: hour, number: hour24})
		}
	}
}

func (p *proposer) clockColumn() (*layout, int) {
	for c := range p.names {
		cells := p.cells(c)
		for _, l := range p.set.clock {
			if len(cells) > 0 && readNames(l, cells) {
				return l, c
			}
		}
	}
	return nil, -1
}
