package dataset

import (
	"bytes"
	"fmt"
	"slices"
)

// roles decides which columns are ids, which never change within a series,
// and which are worth forecasting.
func (c *conclusion) roles() {
	if c.isWide() {
		c.ids = c.wideIDs()
	} else if c.best != nil {
		c.ids = slices.Sorted(slices.Values(c.best.hypothesis.columns))
		if len(c.ids) == 0 {
			c.ids = c.onlyLabel()
		}
	}
	for i := range c.verdicts {
		if c.isStatic(i) && !slices.Contains(c.ids, i) && !slices.Contains(c.timeColumns(), i) && c.verdicts[i].typ != "empty" {
			c.static = append(c.static, i)
		}
	}
	if !c.isMatrix() && !c.isWide() {
		c.targets = c.chooseTargets()
	}
}

// timeColumns are the columns of all time candidates.
func (c *conclusion) timeColumns() []int {
	var all []int
	for _, k := range c.candidates {
		all = append(all, k.columns()...)
	}
	return all
}

// isStatic reports whether a column keeps its value within every series.
func (c *conclusion) isStatic(i int) bool {
	if c.isWide() && slices.Contains(c.best.wide.columns, i) {
		return false
	}
	if c.best == nil || c.isWide() || c.rows < 2 {
		return c.rows > 1 && c.columns[i].constant
	}
	return slices.Contains(c.best.hypothesis.alive, i)
}

// onlyLabel is the one text column of a file, when it is filled and constant:
// the label of the only series of a panel that was cut to one.
func (c *conclusion) onlyLabel() []int {
	var labels []int
	for i := range c.verdicts {
		if c.verdicts[i].typ == "text" && !slices.Contains(c.timeColumns(), i) {
			labels = append(labels, i)
		}
	}
	if len(labels) == 1 && c.columns[labels[0]].constant && c.columns[labels[0]].empty == 0 {
		return labels
	}
	return nil
}

// chooseTargets takes the numbers that vary and are no time, id, count of the
// rows, or measure of the quality of others; when that leaves nothing, the
// measures of quality, then the constants, then what counts the rows.
func (c *conclusion) chooseTargets() []int {
	var first, quality, calendar, constant, index []int
	for i := range c.verdicts {
		if c.verdicts[i].tally == nil || slices.Contains(c.ids, i) || slices.Contains(c.timeColumns(), i) {
			continue
		}
		switch {
		case slices.Contains(c.static, i):
			constant = append(constant, i)
		case c.numbered(i):
			index = append(index, i)
		case c.columns[i].numbersRows() && (i == 0 || anyWord(c.table.names[i], c.words.id)) && !anyWord(c.table.names[i], c.words.target):
			index = append(index, i)
		case anyWord(c.table.names[i], c.words.quality):
			quality = append(quality, i)
		case c.best != nil && c.calendarPart(i):
			calendar = append(calendar, i)
		default:
			first = append(first, i)
		}
	}
	for _, list := range [][]int{first, quality, calendar, constant, index} {
		if len(list) > 0 {
			if len(constant) == len(list) && len(first)+len(quality) == 0 {
				c.static = without(c.static, list)
			}
			return list
		}
	}
	return nil
}

// numbered reports whether a column holds the numbers of things: whole ones,
// under a name that ends like one of an id.
func (c *conclusion) numbered(i int) bool {
	words := nameWords(c.table.names[i])
	return c.verdicts[i].typ == "integer" && len(words) > 0 && c.words.id[words[len(words)-1]] && !anyWord(c.table.names[i], c.words.target)
}

// calendarPart reports whether a column holds a part of the date once more, as
// a day of the week does.
func (c *conclusion) calendarPart(i int) bool {
	name, d := c.table.names[i], &c.verdicts[i]
	return d.typ == "integer" && anyWord(name, c.words.time) && !anyWord(name, c.words.target) && d.tally.low.value >= 0 && d.tally.high.value <= 366
}

// idChoices lists the sets of columns that tell the series apart as well as
// the chosen one does.
func (c *conclusion) idChoices() []IDCandidate {
	list := []IDCandidate{}
	if len(c.ids) == 0 {
		return list
	}
	best := c.best.hypothesis
	if c.isWide() {
		return append(list, IDCandidate{Columns: c.named(c.ids), Confidence: 0.95, Reasons: []string{"names the rows, and every row is a series"}})
	}
	list = append(list, IDCandidate{Columns: c.named(c.ids), Confidence: idConfidence(best),
		Reasons: []string{fmt.Sprintf("%d series, %d times that occur twice in one", len(best.series), best.duplicates)}})
	for _, h := range c.best.panel.hypotheses {
		if h != best && len(h.columns) == len(best.columns) && len(h.columns) > 0 && h.duplicates <= best.duplicates && len(h.series)*2 <= h.rows {
			list = append(list, IDCandidate{Columns: c.named(slices.Sorted(slices.Values(h.columns))), Confidence: idConfidence(h) * 0.9,
				Reasons: []string{"tells the same series apart"}})
		}
	}
	return list
}

func idConfidence(h *hypothesis) float64 {
	return 0.97 * (1 - float64(h.duplicates)/float64(max(h.rows, 1)))
}

// cyclic reports whether the cells count from 1 to a few and begin again, as
// months and weeks do.
func (v *votes) cyclic() bool {
	return v.numbersRows() && v.tallies[dotDecimal].high.value*2 <= float64(v.rows)
}

// rounded reports whether all cells are one number with a power of ten: what a
// spreadsheet makes of 20240131 in a narrow column.
func (v *votes) rounded() bool {
	t := &v.tallies[dotDecimal]
	return t.n > 2 && v.values.count()*10 <= t.n && bytes.ContainsAny(t.low.text, "eE")
}

// numbersRows reports whether the cells count the rows of the file: 0, 1, 2 …,
// from the beginning again now and then.
func (v *votes) numbersRows() bool {
	t := &v.tallies[dotDecimal]
	return t.integers == v.rows && v.rows > 2 && (t.low.value == 0 || t.low.value == 1) && float64(v.counts) >= 0.9*float64(v.rows-1) && v.counts > 1
}
