package dataset

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
	if p.counted(c, cells) {
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

// counted proposes weeks or quarters that are written like months, when the
// name says what they are: 2024-05, 05/2024, 202405.
func (p *proposer) counted(c int, cells [][]byte) bool {
	name := p.names[c]
	formats := weekWords
	switch {
	case anyWord(name, p.words.month) || anyWord(name, p.words.year):
		return false
	case anyWord(name, p.words.quarter):
		formats = quarterWords
	case !anyWord(name, p.words.week):
		return false
	}
	for _, format := range formats {
		if l := mustLayout(format); readShare(l, cells) >= 0.95 {
			p.propose(piece{column: c, layout: l})
			return true
		}
	}
	return false
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
		if good && (!l.bare() && (l.has(day2) || !l.has(month2)) || m.year >= 1500 && m.year <= 2200) || m.month == 13 {
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
		if l.format == fiscalMonths {
			continue // twelve days in January look the same
		}
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
	case named && low >= 20_000 && high <= 70_000 && !yearsAndDays(cells, high):
		return excelSerial
	}
	return noScale
}

// yearsAndDays reports whether numbers like 24031 may be years of two digits
// and days of the year, which are no serial days of a spreadsheet.
func yearsAndDays(cells [][]byte, high float64) bool {
	for _, cell := range cells {
		f, _ := parseFigure(cell)
		if day := int(f.value[dotDecimal]) % 1000; day < 1 || day > 366 {
			return false
		}
	}
	return high < 31_000
}
