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

// add takes the instant of one row and the hashes of its cells.
func (p *panel) add(at instant, hashes []uint64) {
	if p.first == nil {
		p.first = slices.Clone(hashes)
	}
	if p.settled < len(p.candidates) {
		p.watch(hashes)
	}
	row := uint64(0)
	for _, hash := range hashes {
		row = bits.RotateLeft64(row, 7) ^ hash
	}
	at.row = uint16(row ^ row>>16 ^ row>>32 ^ row>>48)
	for _, h := range p.hypotheses {
		h.add(at, hashes, p.limit)
	}
	p.rows++
	if p.rows%pruneEvery == 0 {
		p.prune()
	}
}

// watch forks at the candidates that change for the first time.
func (p *panel) watch(hashes []uint64) {
	for i, c := range p.candidates {
		if !p.changed[i] && hashes[c] != p.first[c] {
			p.changed[i] = true
			p.settled++
			p.fork(c)
		}
	}
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
