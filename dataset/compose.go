package dataset

import "slices"

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
	week, ordinal := p.counting(p.words.week, 1, 53), p.counting(p.words.ordinal, 1, 366)
	day, hour := p.counting(p.words.day, 1, 31), p.counting(p.words.hour, 0, 24)
	switch {
	case month != nil && day >= 0 && hour >= 0:
		p.front(year, *month, piece{column: day, number: day2}, piece{column: hour, number: hour24})
	case month != nil && day >= 0:
		p.front(year, *month, piece{column: day, number: day2})
	case month != nil:
		p.front(year, *month)
	case ordinal >= 0:
		p.front(year, piece{column: ordinal, number: dayOfYear})
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
	return p.namedPiece(p.words.quarter, "Q%q", "T%q", "q%q", "%qQ", "%q. Quartal", "Q0%q")
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
	if m := p.namedPiece(p.words.month, formats...); m != nil {
		return m
	}
	return p.namedPiece(p.words.time, "M%m")
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
	hour := p.counting(p.words.hour, 0, 24)
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
