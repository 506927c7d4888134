package dataset

// trace is what is remembered of one series.
type trace struct {
	earliest, latest instant
	last             instant
	row              uint16 // of the last row
	rows             int
	direction        int8
	columns          []int // that hashes belong to
	hashes           []uint64
}

// stays reports whether the columns that are constant so far are so in a row.
func (t *trace) stays(row int, of prints) bool {
	for i, c := range t.columns {
		if of.at(c, row) != t.hashes[i] {
			return false
		}
	}
	return true
}

// keep forgets the columns that are not among alive.
func (t *trace) keep(alive []int) {
	n := 0
	for i, c := range t.columns {
		if n < len(alive) && alive[n] == c {
			t.hashes[n] = t.hashes[i]
			n++
		}
	}
	t.columns, t.hashes = alive, t.hashes[:n]
}

func (t *trace) extend(at instant) {
	if at.micros < t.earliest.micros {
		t.earliest = at
	}
	if at.micros > t.latest.micros {
		t.latest = at
	}
}
