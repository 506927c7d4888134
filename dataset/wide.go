package dataset

import "slices"

// wide is a table whose header holds the times: every row is a series, and its
// cells under the times are the values.
type wide struct {
	layout  *layout
	columns []int   // fields under the times, in the order of the file
	times   []int64 // micros
	first   string  // the header's first and last time, as written
	last    string
	rival   *wide // another reading that is as regular
}

// wideFormats are the times a header may hold.
var wideFormats = []string{"%Y", "%Y-%m", "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%b %Y", "%b-%y", "%b-%Y",
	"%YQ%q", "%Y-Q%q", "%YM%m", "%Y%m", "%m/%Y", "%m/%d/%y", "%Y%m%d",
	"%B %Y", "%b %d, %Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d/%m/%y", "%d.%m.%y", "%Y/%m/%d", "%Y/%m", "%Y %b", "%Y-%b", "%Y Q%q", "Q%q %Y", "%G-W%V", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"}

// findWide reads the fields of a header that are times: at least three of one
// layout that rise or fall throughout. Where two layouts fit, the times with
// the more regular steps win: a header of months in M/D/Y is no run of days.
func findWide(header [][]byte) *wide {
	var best *wide
	for _, format := range wideFormats {
		w := &wide{layout: mustLayout(format)}
		if !w.read(header) || len(w.columns) < 3 {
			continue
		}
		if best != nil && len(w.columns) == len(best.columns) && w.rivals(best) {
			best.rival = w
			continue
		}
		if best == nil || len(w.columns) > len(best.columns) || len(w.columns) == len(best.columns) && w.spread() < best.spread() {
			best = w
		}
	}
	return best
}

// rivals reports whether two readings of a header are both regular, and not
// the same.
func (w *wide) rivals(o *wide) bool {
	const monthly = 31.0 / 28 // the longest month over the shortest
	return w.spread() <= monthly && o.spread() <= monthly && !slices.Equal(w.times, o.times)
}

// read takes the cells that the layout understands.
func (w *wide) read(header [][]byte) bool {
	var seen spelling
	direction := int64(0)
	for i, cell := range header {
		m, ok := w.layout.parse(trim(cell), &seen)
		if !ok || w.layout.bare() && (m.year < 1500 || m.year > 2200) {
			continue
		}
		at := m.micros()
		if n := len(w.times); n > 0 {
			step := int64(1)
			if at < w.times[n-1] {
				step = -1
			}
			if at == w.times[n-1] || direction != 0 && step != direction {
				return false
			}
			direction = step
		} else {
			w.first = string(trim(cell))
		}
		w.columns, w.times, w.last = append(w.columns, i), append(w.times, at), string(trim(cell))
	}
	w.layout = w.layout.spelled(seen)
	return true
}

// spread is the longest step over the shortest: 1 for an even grid.
func (w *wide) spread() float64 {
	shortest, longest := int64(0), int64(0)
	for i := 1; i < len(w.times); i++ {
		step := max(w.times[i]-w.times[i-1], w.times[i-1]-w.times[i])
		if i == 1 {
			shortest = step
		}
		shortest, longest = min(shortest, step), max(longest, step)
	}
	return float64(longest) / float64(max(shortest, 1))
}

func (w *wide) header() string { return "<header " + w.first + ".." + w.last + ">" }

// wideCells names the values of a wide table as a target.
const wideCells = "<cells>"

// wideCandidates are the readings of time from the header, when the cells
// below hold numbers.
func (s *scan) wideCandidates() []*candidate {
	w := s.table.wide
	if w == nil || s.matrix != nil {
		return nil
	}
	for _, c := range w.columns {
		if ok, _ := s.columns[c].numeric(); !ok && s.columns[c].texts > 0 {
			return nil
		}
	}
	if w.rival == nil {
		return []*candidate{s.wideCandidate(w)}
	}
	both := []*candidate{s.wideCandidate(w), s.wideCandidate(w.rival)}
	both[0].tie()
	both[1].tie()
	return both
}

func (s *scan) wideCandidate(w *wide) *candidate {
	k := &candidate{clock: &clock{ok: s.rows}, names: []string{w.header()}, wide: w, unique: true, share: 1, confidence: 0.95}
	k.hypothesis = newHypothesis(nil, nil)
	for _, at := range w.times {
		m := momentOf(fromMicros(at))
		in := k.instant(&m)
		k.places.add(in)
		k.hypothesis.addRow(&in, 0, prints{}, 1)
	}
	k.rhythm = findRhythm(&k.hypothesis.steps, &k.places)
	if k.rhythm.freq.Regular() {
		gaps := k.hypothesis.missing(k.rhythm)
		k.gaps = &gaps
	}
	k.reasons = []string{"the header holds the times: every row is a series"}
	s.doubtWide(k)
	return k
}

// wideIDs are the columns that name the rows of a wide table: the first that
// is different in every row, else all that are no times.
func (c *conclusion) wideIDs() []int {
	var all []int
	for i := range c.verdicts {
		if slices.Contains(c.table.wide.columns, i) || c.verdicts[i].typ == "empty" {
			continue
		}
		if c.columns[i].values.count() == c.rows && c.verdicts[i].missing == 0 {
			return []int{i}
		}
		if c.verdicts[i].typ == "text" {
			all = append(all, i)
		}
	}
	return all
}

// mainly reports whether the times fill most of the header, as a wide table's
// do; single years in names of columns do not.
func (w *wide) mainly(width int) bool { return len(w.columns)*2 >= width || len(w.columns) >= 8 }
