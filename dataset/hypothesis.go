package dataset

import (
	"cmp"
	"slices"
)

// hypothesis follows the series that one set of id columns makes.
type hypothesis struct {
	columns    []int
	series     map[uint64]*trace
	lastKey    uint64
	last       *trace
	rows       int
	duplicates int // rows whose (series, time) stood before
	equal      int // of these, rows that are the same in every cell
	up, down   int // steps forward and back in time
	turned     bool
	steps      steps
	visits     []visit // the first rows, for files in no order
	alive      []int   // columns still constant within every series
	overflow   bool    // more series than the limit
}

// visit is one row of a series.
type visit struct {
	key uint64
	at  instant
}

// maxVisits is how many rows of an unordered file are looked at exactly; it
// takes 24 bytes a row.
const maxVisits = 100_000

func newHypothesis(columns, watched []int) *hypothesis {
	return &hypothesis{columns: columns, series: map[uint64]*trace{}, alive: watched}
}

// fork returns the hypothesis with one more column, whose value in all rows so
// far has the given hash.
func (h *hypothesis) fork(column int, hash uint64) *hypothesis {
	f := *h
	f.columns = append(slices.Clone(h.columns), column)
	f.alive = slices.DeleteFunc(slices.Clone(h.alive), func(c int) bool { return c == column })
	f.series = make(map[uint64]*trace, len(h.series))
	for key, t := range h.series {
		copied := *t
		copied.hashes = slices.Clone(t.hashes)
		f.series[mix(key, hash)] = &copied
	}
	f.last = nil
	f.steps = h.steps.clone()
	f.visits = make([]visit, len(h.visits), max(len(h.visits), 64))
	for i, v := range h.visits {
		f.visits[i] = visit{mix(v.key, hash), v.at}
	}
	return &f
}

// conflicts counts rows whose (series, time) stood before with other cells.
func (h *hypothesis) conflicts() int { return h.duplicates - h.equal }

// add takes the instants of some rows, the first of which is the given one of
// those that left the prints.
func (h *hypothesis) add(ats []instant, row int, of prints, limit int) {
	for i := 0; i < len(ats); {
		n := h.addRun(ats[i:], row+i, of)
		if i += n; n == 0 {
			h.addRow(&ats[i], row+i, of, limit)
			i++
		}
	}
}

// addRun takes the commonest rows of all, those that go on in the series of the
// row before with the step before, and returns how many of them there were.
func (h *hypothesis) addRun(ats []instant, row int, of prints) int {
	t := h.last
	if t == nil || t.direction != 1 || len(t.columns) > len(h.alive) || len(h.visits) < maxVisits {
		return 0
	}
	n, last, month := 0, t.last.micros, t.last.month
	for n < len(ats) && h.keyOf(row+n, of) == h.lastKey && t.stays(row+n, of) && h.steps.like(ats[n].micros-last, ats[n].month-month) {
		last, month = ats[n].micros, ats[n].month
		n++
	}
	if n == 0 {
		return 0
	}
	h.rows += n
	h.up += n
	h.steps.again(n)
	t.rows += n
	t.last = ats[n-1]
	t.row = of.row(row + n - 1)
	if last > t.latest.micros {
		t.latest = t.last
	}
	return n
}

// keyOf tells the series of a row.
func (h *hypothesis) keyOf(row int, of prints) uint64 {
	key := uint64(0)
	for _, c := range h.columns {
		key = mix(key, of.at(c, row))
	}
	return key
}

// addRow takes one row.
func (h *hypothesis) addRow(at *instant, row int, of prints, limit int) {
	if at.row == 0 && of.rows > 0 {
		at.row = of.row(row)
	}
	key := h.keyOf(row, of)
	t := h.last
	if t == nil || key != h.lastKey {
		if t = h.series[key]; t == nil {
			if len(h.series) >= limit {
				h.overflow = true
				return
			}
			t = h.begin(at, row, of)
			h.series[key] = t
		}
		h.last, h.lastKey = t, key
	}
	h.rows++
	if len(h.visits) < maxVisits {
		h.visits = append(h.visits, visit{key, *at})
	}
	if len(t.columns) > 0 {
		h.watch(t, row, of)
	}
	if t.direction == 1 && h.steps.like(at.micros-t.last.micros, at.month-t.last.month) {
		t.rows++
		h.up++
		h.steps.again(1)
		t.last, t.row = *at, at.row
		if at.micros > t.latest.micros {
			t.latest = *at
		}
		return
	}
	if h.hopeless() { // settle counts by what is known already
		t.rows++
		t.extend(*at)
		return
	}
	h.step(t, *at)
}

func (h *hypothesis) begin(at *instant, row int, of prints) *trace {
	t := &trace{earliest: *at, latest: *at, last: *at, columns: h.alive, hashes: make([]uint64, len(h.alive))}
	for i, c := range h.alive {
		t.hashes[i] = of.at(c, row)
	}
	return t
}

// watch drops the columns that changed within the series.
func (h *hypothesis) watch(t *trace, row int, of prints) {
	if len(t.columns) > len(h.alive) {
		t.keep(h.alive)
	}
	for i, c := range t.columns {
		if of.at(c, row) != t.hashes[i] {
			h.alive = slices.DeleteFunc(slices.Clone(h.alive), func(other int) bool { return other == c })
		}
	}
}

// step counts the distance to the row before in the same series.
func (h *hypothesis) step(t *trace, at instant) {
	t.rows++
	same := at.row == t.row
	t.row = at.row
	if t.rows == 1 {
		return
	}
	micros, months := at.micros-t.last.micros, at.month-t.last.month
	direction := int8(1)
	switch {
	case micros == 0:
		h.duplicates++
		if same {
			h.equal++
		}
		return
	case micros < 0:
		direction, micros, months = -1, -micros, -months
		h.down++
	default:
		h.up++
	}
	if t.direction != 0 && t.direction != direction {
		h.turned = true
	}
	t.direction, t.last = direction, at
	t.extend(at)
	h.steps.add(micros, months)
}

// settle counts steps and duplicates again, in order, when a series went back
// and forth in time.
func (h *hypothesis) settle() {
	if !h.turned {
		return
	}
	slices.SortFunc(h.visits, func(a, b visit) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.at.micros, b.at.micros), cmp.Compare(a.at.row, b.at.row))
	})
	h.steps, h.duplicates, h.equal = steps{}, 0, 0
	for i := 1; i < len(h.visits); i++ {
		a, b := h.visits[i-1], h.visits[i]
		switch {
		case a.key != b.key:
		case a.at.micros == b.at.micros:
			h.duplicates++
			if a.at.row == b.at.row {
				h.equal++
			}
		default:
			h.steps.add(b.at.micros-a.at.micros, b.at.month-a.at.month)
		}
	}
	if n := len(h.visits); n < h.rows { // what the first rows show, for all
		h.duplicates = int(float64(h.duplicates) * float64(h.rows) / float64(n))
		h.equal = int(float64(h.equal) * float64(h.rows) / float64(n))
	}
}

// sampled reports whether the counts describe only the first rows.
func (h *hypothesis) sampled() bool { return h.turned && h.rows > len(h.visits) }

// order says how times run within the series.
func (h *hypothesis) order() string {
	switch {
	case h.turned || h.up > 0 && h.down > 0:
		return "unordered"
	case h.down > 0:
		return "descending"
	}
	return "ascending"
}

// missing sums, over the series, the grid points between first and last time
// that no row has.
func (h *hypothesis) missing(r rhythm) int {
	points := 0
	for _, t := range h.series {
		points += r.freq.Steps(fromMicros(t.earliest.micros), fromMicros(t.latest.micros)) + 1
	}
	return max(0, points-(h.rows-h.duplicates))
}

// span returns the first and the last time of all series.
func (h *hypothesis) span() (first, last int64) {
	begun := false
	for _, t := range h.series {
		if !begun {
			first, last, begun = t.earliest.micros, t.latest.micros, true
		}
		first, last = min(first, t.earliest.micros), max(last, t.latest.micros)
	}
	return first, last
}
