package dataset

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pgcast/pgcast/forecast/series"
)

// candidate is a reading of time after all rows have voted.
type candidate struct {
	*clock
	names      []string
	hypothesis *hypothesis
	rhythm     rhythm
	gaps       *int
	share      float64 // of the filled cells that were read
	unique     bool
	confidence float64
	reasons    []string
	cells      bool  // the months in the header are part of it
	wide       *wide // the header holds the times
	tied       bool  // another reading of the same cells fits as well
}

// candidates rates every clock and ranks those that hold.
func (s *scan) candidates() []*candidate {
	var all []*candidate
	for _, c := range s.clocks {
		if c.ok == 0 || c.ok*10 < 9*(c.ok+c.bad) || !c.partly && c.ok*2 < s.rows && c.blank*2 > s.rows {
			continue
		}
		all = append(all, s.rate(c))
	}
	all = settleTies(all)
	slices.SortStableFunc(all, func(a, b *candidate) int { return cmp.Compare(b.confidence, a.confidence) })
	if s.matrix != nil {
		all = s.withMatrix(all)
	}
	if wide := s.wideCandidates(); len(wide) > 0 && (len(all) == 0 || all[0].confidence < sure) {
		all = wide
	}
	return dropWeak(all)
}

func (s *scan) rate(c *clock) *candidate {
	h := c.panel.best()
	k := &candidate{clock: c, hypothesis: h, rhythm: findRhythm(&h.steps, &c.places), share: float64(c.ok) / float64(c.ok+c.bad)}
	for _, column := range c.columns() {
		k.names = append(k.names, s.table.names[column])
	}
	if k.rhythm.freq.Regular() {
		gaps := h.missing(k.rhythm)
		k.gaps = &gaps
	}
	k.unique = float64(h.conflicts()) <= 0.05*float64(h.rows)
	named := anyWord(k.names[0], s.words.time)
	k.score(named)
	if k.wall && k.mixed && k.rhythm.freq.Unit == series.Second {
		k.confidence = min(k.confidence, 0.5) // the head held one time of day, the rest does not
	}
	k.explain(named)
	s.doubt(k)
	return k
}

// bare reports whether the cells look like plain numbers.
func (c *clock) bare() bool {
	p := &c.pieces[0]
	return len(c.pieces) == 1 && (p.layout == nil || p.layout.bare())
}

// score weighs what speaks for a reading. Cells that can only be times start
// high; plain numbers have to earn it by name, uniqueness and rhythm.
func (k *candidate) score(named bool) {
	base, rhythm := 0.77, 0.06
	if k.bare() {
		base, rhythm = 0.5, 0.17
	}
	if named {
		base += 0.15
	}
	if k.unique {
		base += 0.15
	} else {
		base -= 0.3
	}
	if k.rhythm.freq.Regular() {
		base += rhythm
	}
	if k.epochOnGrid() {
		base += 0.1
	}
	k.confidence = min(0.99, base) * k.share
}

// idLike reports whether the cells are plain numbers in a column that is named
// like an id: numbers of orders rise with time, too.
func (s *scan) idLike(k *candidate) bool {
	return k.bare() && anyWord(k.names[0], s.words.id) && !anyWord(k.names[0], s.words.time)
}

// epochOnGrid reports whether the numbers are seconds (or parts of them) since
// 1970 in steps of minutes or more, which no counter takes by chance.
func (k *candidate) epochOnGrid() bool {
	s, f := k.pieces[0].scale, k.rhythm.freq
	return s >= epochSeconds && s <= epochNanos && f.Regular() && (f.Unit != series.Second || f.N >= 60)
}

func (k *candidate) explain(named bool) {
	k.reasons = append(k.reasons, fmt.Sprintf("%d of %d values read as %s", k.ok, k.ok+k.bad, k.format()))
	if named {
		k.reasons = append(k.reasons, fmt.Sprintf("the name %q says so", k.names[0]))
	}
	h := k.hypothesis
	switch {
	case k.unique && len(h.columns) == 0:
		k.reasons = append(k.reasons, "no time occurs twice")
	case k.unique:
		k.reasons = append(k.reasons, "no time occurs twice within a series")
	default:
		k.reasons = append(k.reasons, fmt.Sprintf("alone it repeats: %d of %d rows", h.duplicates, h.rows))
	}
	if k.rhythm.freq.Regular() {
		k.reasons = append(k.reasons, fmt.Sprintf("steps of %s, %d missing", k.rhythm.word(), *k.gaps))
	} else if h.steps.n > 0 {
		k.reasons = append(k.reasons, "the steps follow no grid")
	}
}

// settleTies keeps one reading per set of columns: the one that reads more
// cells, else the one whose steps are more regular. Readings that neither
// tells apart both stay, marked.
func settleTies(all []*candidate) []*candidate {
	var kept []*candidate
	for _, k := range all {
		i := slices.IndexFunc(kept, func(o *candidate) bool { return slices.Equal(o.names, k.names) })
		if k.partly {
			k.tie()
			i = -1
		}
		if i < 0 {
			kept = append(kept, k)
			continue
		}
		switch o := kept[i]; {
		case k.bad != o.bad:
			if k.bad < o.bad {
				kept[i] = k
			}
		case k.same(o):
		case k.regularity() > o.regularity()+0.2:
			k.reasons = append(k.reasons, "its steps are regular, those of "+o.format()+" are not")
			kept[i] = k
		case o.regularity() > k.regularity()+0.2:
			o.reasons = append(o.reasons, "its steps are regular, those of "+k.format()+" are not")
		default:
			o.tie()
			k.tie()
			kept = append(kept, k)
		}
	}
	return kept
}

func (k *candidate) tie() {
	k.tied = true
	k.confidence = min(k.confidence, 0.5)
}

// same reports whether two readings gave the same times.
func (k *candidate) same(o *candidate) bool {
	a, b := k.hypothesis, o.hypothesis
	af, al := a.span()
	bf, bl := b.span()
	return af == bf && al == bl && k.rhythm.freq == o.rhythm.freq && a.up == b.up && a.down == b.down
}

// regularity is 1 for times on a full grid, 0 for times on none.
func (k *candidate) regularity() float64 {
	if !k.rhythm.freq.Regular() || k.hypothesis.order() == "unordered" {
		return 0
	}
	present := float64(k.hypothesis.rows - k.hypothesis.duplicates)
	return k.rhythm.exact * present / (present + float64(*k.gaps))
}

// withMatrix puts the reading "year by month" first.
func (s *scan) withMatrix(all []*candidate) []*candidate {
	i := slices.IndexFunc(all, func(k *candidate) bool {
		return len(k.pieces) == 1 && k.pieces[0].column == s.matrix.year && k.pieces[0].format() == "%Y"
	})
	if i < 0 {
		s.matrix = nil
		return all
	}
	year := all[i]
	m := *year
	m.cells = true
	m.names = []string{year.names[0], s.matrix.header()}
	m.confidence = 0.97 * year.share
	m.rhythm, m.gaps = monthsOf(year)
	m.reasons = []string{"rows are years and columns are months: one series, read row by row"}
	if !s.matrix.inOrder() {
		m.confidence = 0.5
		m.reasons = append(m.reasons, "the months do not begin in January: some of them may belong to the next year")
	}
	if !s.matrix.rest {
		return []*candidate{&m}
	}
	return []*candidate{&m, year}
}

// dropWeak leaves out what nobody would choose, and times that repeat when at
// least two others do not.
func dropWeak(all []*candidate) []*candidate {
	unique := 0
	for _, k := range all {
		if k.unique {
			unique++
		}
	}
	return slices.DeleteFunc(all, func(k *candidate) bool {
		return k.confidence < 0.25 || !k.unique && unique >= 2
	})
}

func (k *candidate) formatWord() string {
	switch {
	case k.cells:
		return matrixFormat
	case k.wide != nil:
		return k.wide.layout.format
	}
	return k.format()
}

// profile is the candidate as users see it.
func (k *candidate) profile(rank int) TimeCandidate {
	first, last := k.span()
	return TimeCandidate{Rank: rank, Columns: k.names, Format: k.formatWord(), Frequency: k.frequency(), FirstTime: first, LastTime: last,
		Order: k.hypothesis.order(), MissingSteps: k.gaps, DuplicateKeys: k.hypothesis.duplicates,
		Confidence: float64(int(k.confidence*100+0.5)) / 100, Reasons: k.reasons}
}

func (k *candidate) span() (first, last string) {
	from, to := k.hypothesis.span()
	if k.cells {
		return ISO(fromMicros(from)), ISO(fromMicros(to).AddDate(0, 11, 0))
	}
	return ISO(fromMicros(from)), ISO(fromMicros(to))
}

// frequency is the word for the grid; null when there is but one time.
func (k *candidate) frequency() *string {
	if k.hypothesis.steps.n == 0 && !k.cells {
		return nil
	}
	word := k.rhythm.word()
	return &word
}

func (k *candidate) label() string { return strings.Join(k.names, piecesJoint) }
