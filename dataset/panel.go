package dataset

import (
	"math/bits"
	"slices"
)

// panel tries, row by row, which columns tell the series of a file apart. It
// begins with none; when a candidate column first changes its value, every
// hypothesis forks into one with that column. Until then the column could not
// have made a difference, so the fork knows everything from the first row on.
type panel struct {
	candidates []int    // id columns that may be
	watched    []int    // columns that may be static within the series
	changed    []bool   // of the candidates, in their order
	settled    int      // how many of them changed
	first      []uint64 // hashes of the first row, by column
	hypotheses []*hypothesis
	limit      int // series told apart
	rows       int
}

const (
	maxHypotheses = 12
	maxIDColumns  = 3
	pruneEvery    = 4096
)

func newPanel(candidates, watched []int, limit int) *panel {
	return &panel{candidates: candidates, watched: watched, changed: make([]bool, len(candidates)), limit: limit,
		hypotheses: []*hypothesis{newHypothesis(nil, watched)}}
}

// prints are the hashes of the cells of some rows, column by column.
type prints struct {
	all  []uint64
	rows int
}

func (p prints) column(c int) []uint64 { return p.all[c*p.rows : (c+1)*p.rows] }

func (p prints) at(c, row int) uint64 { return p.all[c*p.rows+row] }

// row is the hash of all cells of a row.
func (p prints) row(row int) uint16 {
	m := uint64(0)
	for i := row; i < len(p.all); i += p.rows {
		m = bits.RotateLeft64(m, 7) ^ p.all[i]
	}
	return uint16(m ^ m>>16 ^ m>>32 ^ m>>48)
}

// add takes the instants of some rows, the first of which is the given one of
// those that left the prints.
func (p *panel) add(ats []instant, row int, of prints) {
	if p.first == nil {
		for c := range len(of.all) / of.rows {
			p.first = append(p.first, of.at(c, row))
		}
	}
	for len(ats) > 0 {
		p.watch(row, of)
		n := p.until(min(len(ats), pruneEvery-p.rows%pruneEvery), row, of)
		for _, h := range p.hypotheses {
			h.add(ats[:n], row, of, p.limit)
		}
		if p.rows += n; p.rows%pruneEvery == 0 {
			p.prune()
		}
		ats, row = ats[n:], row+n
	}
}

// watch forks at the candidates that change for the first time.
func (p *panel) watch(row int, of prints) {
	if p.settled == len(p.candidates) {
		return
	}
	for i, c := range p.candidates {
		if !p.changed[i] && of.at(c, row) != p.first[c] {
			p.changed[i] = true
			p.settled++
			p.fork(c)
		}
	}
}

// until is how many of n rows come before the next fork; the first one has been
// watched.
func (p *panel) until(n, row int, of prints) int {
	if p.settled == len(p.candidates) {
		return n
	}
	for i, c := range p.candidates {
		if p.changed[i] {
			continue
		}
		for k, hash := range of.column(c)[row : row+n] {
			if hash != p.first[c] {
				n = k
				break
			}
		}
	}
	return n
}

func (p *panel) fork(column int) {
	for _, h := range slices.Clone(p.hypotheses) {
		if len(p.hypotheses) < maxHypotheses && len(h.columns) < maxIDColumns {
			p.hypotheses = append(p.hypotheses, h.fork(column, p.first[column]))
		}
	}
}

// prune drops what can no longer be chosen: a column that is new in every
// other row, series without number, and sets with more columns than a set
// that already tells all rows apart.
func (p *panel) prune() {
	p.hypotheses = slices.DeleteFunc(p.hypotheses, func(h *hypothesis) bool {
		if len(h.columns) == 0 {
			return h.hopeless() && slices.ContainsFunc(p.hypotheses, (*hypothesis).holds)
		}
		if h.overflow || len(h.series)*2 > p.rows {
			return true
		}
		return slices.ContainsFunc(p.hypotheses, func(o *hypothesis) bool {
			return len(o.columns) > 0 && len(o.columns) < len(h.columns) && o.conflicts() == 0 && len(o.series) > 1 &&
				!slices.ContainsFunc(o.columns, func(c int) bool { return !slices.Contains(h.columns, c) })
		})
	})
}

// hopeless reports whether rows go back and forth in time over more of them
// than can be looked at.
func (h *hypothesis) hopeless() bool { return h.turned && len(h.visits) == maxVisits }

// holds reports whether the series of a set of columns run in one direction
// without conflict, over more rows than can be looked at.
func (h *hypothesis) holds() bool {
	return len(h.columns) > 0 && !h.overflow && !h.turned && h.conflicts() == 0 && len(h.visits) == maxVisits && len(h.series) > 1 && len(h.series)*2 <= h.rows
}

// best returns the hypothesis with the fewest columns that tells the rows
// apart, or the one that comes nearest.
func (p *panel) best() *hypothesis {
	for _, h := range p.hypotheses {
		h.settle()
	}
	slices.SortStableFunc(p.hypotheses, func(a, b *hypothesis) int { return len(a.columns) - len(b.columns) })
	best := p.hypotheses[0]
	for _, h := range p.hypotheses[1:] {
		if !h.overflow && len(h.series)*2 <= h.rows && h.betterThan(best) {
			best = h
		}
	}
	return best
}

// betterThan reports whether more columns are worth it: they clear up
// duplicates, or bring order where only the first rows could be looked at.
func (h *hypothesis) betterThan(o *hypothesis) bool {
	if o.sampled() && !h.turned && len(h.series) > 1 {
		return true
	}
	return float64(o.conflicts()) > 0.05*float64(o.rows) && h.conflicts()*10 < o.conflicts()*9
}
