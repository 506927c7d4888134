package dataset

import (
	"bytes"
	"slices"
	"strings"
)

// unusual finds layouts for cells that none of the known ones reads: the end
// of an interval behind the time, a weekday before or behind it, names of
// months in another language. Each is taken off or translated, and the rest is
// tried again; the layout is then put together of both.
func (p *proposer) unusual(cells [][]byte) []*layout {
	for _, affix := range affixes {
		inner := affix.strip(cells)
		if inner == nil {
			continue
		}
		found := p.fitting(inner)
		if len(found) == 0 {
			found = p.foreign(inner)
		}
		if len(found) > 0 {
			return around(affix.before, found, affix.behind)
		}
	}
	return p.foreign(cells)
}

// foreign finds layouts with the names of months in another language: in
// several when the cells are other months in each, such as listopad, October in
// Croatia and November in Poland.
func (p *proposer) foreign(cells [][]byte) (found []*layout) {
	var seen [][][]byte
	for _, l := range languages().all {
		english, short := l.inEnglish(cells)
		same := func(other [][]byte) bool { return slices.EqualFunc(english, other, bytes.Equal) }
		if english == nil || slices.ContainsFunc(seen, same) {
			continue
		}
		known := len(found)
		for _, e := range p.fitting(english) {
			word := "%{" + l.code + "}B"
			if short {
				word = "%{" + l.code + "}b"
			}
			found = append(found, mustLayout(strings.NewReplacer("%b", word, "%B", word).Replace(e.format)))
		}
		if len(found) > known {
			seen = append(seen, english)
		}
	}
	return found
}

func around(before string, inner []*layout, behind string) []*layout {
	var all []*layout
	for _, l := range inner {
		all = append(all, mustLayout(before+l.format+behind))
	}
	return all
}

// affix is what may stand around a time.
type affix struct {
	before, behind string // words of the layout
	cut            func(cell []byte) []byte
}

var affixes = []affix{
	{"", "%*", cutInterval},
	{"%a ", "", cutFront("%a ")}, {"%a, ", "", cutFront("%a, ")}, {"%A, ", "", cutFront("%A, ")}, {"%A ", "", cutFront("%A ")},
	{"", " %a", cutBack(" ", 3)}, {"", " (%a)", cutBack(" (", 4)},
}

// strip cuts the affix off all cells, or returns nil when it is not on them.
func (a *affix) strip(cells [][]byte) [][]byte {
	var inner [][]byte
	missed := 0
	for _, cell := range cells {
		short := a.cut(cell)
		if short == nil {
			if missed++; missed*20 > len(cells) {
				return nil
			}
			short = cell
		}
		inner = append(inner, short)
	}
	return inner
}

// cutInterval leaves the beginning of an interval: what stands before a joint
// whose other side is about as long.
func cutInterval(cell []byte) []byte {
	for _, joint := range joints {
		if i := bytes.Index(cell, []byte(joint)); i >= 8 && len(cell)-i-len(joint) >= 4 {
			return cell[:i]
		}
	}
	return nil
}

func cutFront(format string) func([]byte) []byte {
	l := mustLayout(format)
	return func(cell []byte) []byte {
		n := readWeekday(cell, l.tokens[0].part == weekdayAbc)
		if n == 0 || !bytes.HasPrefix(cell[n:], []byte(l.tokens[1].text)) {
			return nil
		}
		return cell[n+len(l.tokens[1].text):]
	}
}

// cutBack cuts a short weekday and what stands before it; width counts the
// bytes from its first letter to the end.
func cutBack(before string, width int) func([]byte) []byte {
	return func(cell []byte) []byte {
		at := len(cell) - width
		if at < 8 || readWeekday(cell[at:], true) == 0 || !bytes.HasSuffix(cell[:at], []byte(before)) {
			return nil
		}
		return cell[:at-len(before)]
	}
}

// pointed finds the layout of months that look like decimal numbers: 2006.01.
// Two digits in every cell and none above 12 speak for it.
func (p *proposer) pointed(cells [][]byte) *layout {
	for _, l := range p.set.point {
		exact := l.tokens[0]
		if readShare(l, cells) < 0.95 {
			continue
		}
		width := 7
		for _, cell := range cells {
			if len(cell) != width || exact.part == year4 && cell[4] != '.' {
				width = -1
				break
			}
		}
		if width == 7 && len(cells) >= 6 {
			return l
		}
	}
	return nil
}

// onWall reports whether times with an offset have one time of day: then they
// are dates, and offsets that change with the season do not move them.
func (p *proposer) onWall(c *clock) bool {
	l := c.pieces[0].layout
	if len(c.pieces) > 1 || l == nil || !l.has(zone) && !l.has(zoneColon) && !l.has(zoneAbbr) {
		return false
	}
	first, any := int64(0), false
	for _, cell := range p.cells(c.pieces[0].column) {
		m, ok := l.parse(cell, nil)
		if !ok {
			continue
		}
		at := int64(m.hour)*3600 + int64(m.minute)*60 + int64(m.second)
		if any && at != first {
			return false
		}
		first, any = at, true
	}
	return any
}

// mixedPeriods proposes the labels of months, quarters and years that one
// column holds together, the finest first.
func (p *proposer) mixedPeriods(c int, cells [][]byte) {
	var found []*layout
	left := cells
	for len(left)*20 > len(cells) && len(found) < 4 {
		best, most := (*layout)(nil), 0.0
		for _, l := range append(slices.Clone(p.set.periods), mustLayout("%Y")) {
			if share := readShare(l, left); share > most {
				best, most = l, share
			}
		}
		if best == nil || most*float64(len(left)) < 0.04*float64(len(cells)) {
			return
		}
		found = append(found, best)
		left = slices.DeleteFunc(slices.Clone(left), func(cell []byte) bool { return readShare(best, [][]byte{cell}) == 1 })
	}
	if len(found) < 2 {
		return
	}
	slices.SortStableFunc(found, func(a, b *layout) int { return a.coarseness() - b.coarseness() })
	for _, l := range found {
		p.clocks = append(p.clocks, &clock{pieces: pieces{{column: c, layout: l}}, partly: true})
	}
}

func (l *layout) coarseness() int {
	switch {
	case l.has(week2):
		return 0
	case l.has(quarter1):
		return 2
	case l.has(month2), l.has(monthAbc), l.has(monthFul):
		return 1
	}
	return 3
}
