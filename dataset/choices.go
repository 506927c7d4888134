package dataset

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pgcast/pgcast/forecast/series"
)

// sure is the confidence from which the profile needs no question.
const sure = 0.9

// choices lists what only the user can know.
func (c *conclusion) choices() {
	c.profile.NeedsChoice = []Choice{}
	c.settleMarks()
	c.askForMark()
	c.askForCut()
	c.askForSign()
	c.askForHeaders()
	if c.best == nil {
		c.askForTime()
		return
	}
	switch {
	case c.best.partly:
		c.ask("mixed_frequency", "time_column", c.readings(), fmt.Sprintf("%q holds labels of different periods: choose one", c.best.label()))
	case c.best.tied:
		c.ask("ambiguous_date", "time_column", c.readings(), fmt.Sprintf("the dates of %q can be read in more than one order, and no row decides", c.best.label()))
	case c.best.confidence < sure:
		c.ask("time_column", "time_column", c.labels(), fmt.Sprintf("%q may be the time, but that is not certain", c.best.label()))
	}
	if k := c.best; k.bad*20 > k.ok+k.bad || k.edge+k.badRun > 0 {
		c.ask("time_unparseable", "time_column", c.labels(), fmt.Sprintf("%d of %d times cannot be read, the first on line %d: %q", k.bad, k.ok+k.bad, k.badLine, sample([]byte(k.badSample))))
	}
	if k := c.best; k.orphans*20 > c.rows && !k.partly {
		c.ask("time_unparseable", "time_column", c.labels(), fmt.Sprintf("%d of %d rows hold numbers but no time: fill the times in, or remove the rows", k.orphans, c.rows))
	}
	c.askForNumbers()
	c.askForZone()
	switch {
	case c.best.rhythm.freq.Regular():
	case c.best.hypothesis.steps.n == 0:
		c.ask("frequency_not_inferable", "frequency", c.grids(), "no series has more than one time, which tells no frequency: choose one")
	default:
		c.ask("frequency_not_inferable", "frequency", c.grids(), "the times follow no regular grid: choose one, and how values within one step merge (aggregate)")
	}
	c.askForIDs()
	if c.isWide() && len(c.ids) == 0 && c.rows > 1 {
		c.ask("id_columns", "id_columns", c.table.names, "the rows are series, but no column names them")
	}
	if h := c.best.hypothesis; float64(h.conflicts()) > 0.05*float64(h.rows) {
		c.ask("duplicate_timestamps", "duplicates", []string{"sum", "mean", "first", "last"},
			fmt.Sprintf("%d of %d rows have a time that stood before in the same series, and no column tells them apart", h.conflicts(), h.rows))
	}
}

// measureWords name columns that say in what the numbers beside them are.
var measureWords = wordSet("currency ccy curr währung devise moneda valuta moeda waluta валюта 通貨 货币 通貨 unit units uom einheit unité unidad unidade unità eenheid jednostka 单位 単位 단위")

// askForIDs speaks up when no time stands twice, and yet a column is named like
// an id and its values come again: the rows may be those of several sparse series.
func (c *conclusion) askForIDs() {
	if len(c.ids) > 0 || c.isWide() || c.isMatrix() {
		return
	}
	var names []string
	for i, name := range c.table.names {
		words := nameWords(name)
		if c.verdicts[i].typ != "text" && c.verdicts[i].typ != "integer" || slices.Contains(c.timeColumns(), i) || len(words) == 0 || !c.words.id[words[len(words)-1]] && !(c.verdicts[i].typ == "text" && anyWord(name, measureWords)) || anyWord(name, c.words.target) {
			continue
		}
		if n := c.columns[i].values.count(); n > 1 && n*3 <= c.rows && !c.columns[i].numbersRows() {
			names = append(names, name)
		}
	}
	if h := c.best.hypothesis; len(names) == 0 && len(h.columns) == 0 && h.conflicts() > 0 {
		for _, o := range c.best.panel.hypotheses {
			if len(o.columns) == 1 && o.conflicts() == 0 && !o.overflow && len(o.series)*3 <= o.rows {
				names = append(names, c.named(o.columns)...)
			}
		}
		if len(names) > 0 {
			c.ask("id_columns", "id_columns", names, fmt.Sprintf("%d rows have a time that stood before, and %q tells them apart: are they of several series? Send [] for one", h.conflicts(), names[0]))
		}
		return
	}
	if len(names) > 0 {
		c.ask("id_columns", "id_columns", names, fmt.Sprintf("%q is named like an id, but hardly any time stands twice: are the rows of one series, or of several sparse ones? Send [] for one", names[0]))
	}
}

// askForNumbers speaks up when a column that is mainly numbers holds too many
// words to forecast it: taking another one instead would be a guess.
func (c *conclusion) askForNumbers() {
	for i := range c.verdicts {
		v := &c.columns[i]
		n := max(v.tallies[0].n, v.tallies[1].n)
		if c.verdicts[i].typ == "text" && n >= 4*v.texts && !slices.Contains(c.ids, i) && !slices.Contains(c.timeColumns(), i) {
			c.ask("value_unparseable", "target", c.profile.Targets, fmt.Sprintf("%q holds numbers, but %d of its cells are words: %s", c.table.names[i], v.texts, strings.Join(sortedKeys(v.others), ", ")))
			return
		}
	}
}

// askForMark speaks up when a target may be a thousand times what it is taken
// for, or a hundredth of it.
func (c *conclusion) askForMark() {
	for _, i := range c.targets {
		if d := &c.verdicts[i]; d.unclear {
			c.ask("ambiguous_number", "decimal", []string{d.reading.string(), (1 - d.reading).string()}, fmt.Sprintf("%q of column %q may be thousands or have a fraction: which is the decimal mark? %q was taken",
				d.tally.low.text, c.table.names[i], d.reading.string()))
			return
		}
		if v := &c.columns[i]; v.currencies {
			c.ask("ambiguous_number", "target", c.profile.Targets, fmt.Sprintf("the amounts of column %q are in several currencies. Name the target to take them as they stand", c.table.names[i]))
			return
		}
		if lost := c.columns[i].figures() - c.verdicts[i].tally.n; lost*100 > c.columns[i].figures() {
			c.ask("ambiguous_number", "target", c.profile.Targets, fmt.Sprintf("column %q has numbers with both decimal marks; %d of them cannot be read with %q. Name the target to leave these out", c.table.names[i], lost, c.verdicts[i].reading.string()))
			return
		}
		if v := &c.columns[i]; v.percents > 0 && v.percents*50 < 49*c.verdicts[i].tally.n {
			c.ask("ambiguous_number", "target", c.profile.Targets, fmt.Sprintf("%d of the %d numbers of column %q have a percent sign, the others have none", v.percents, c.verdicts[i].tally.n, c.table.names[i]))
			return
		}
	}
}

// askForTime speaks up when a column looks like or is named like a time that
// no layout reads: taking the file for one without time would be a guess.
func (c *conclusion) askForTime() {
	if t := c.table; !t.hasHeader && t.width > 1 {
		c.ask("no_time_column", "time_column", nil, "the file has no header, and no column is surely a time")
		return
	}
	for i := range c.verdicts {
		if d := &c.verdicts[i]; d.tally != nil && anyWord(c.table.names[i], c.words.time) && (c.columns[i].cyclic() || c.columns[i].rounded()) {
			c.ask("no_time_column", "time_column", nil, fmt.Sprintf("%q counts parts of a time whose whole is not written, or was rounded by a spreadsheet", c.table.names[i]))
			return
		}
		if n := c.columns[i].values.count(); c.verdicts[i].typ == "text" && n > 1 && n*2 <= c.rows && c.columns[i].empty == 0 {
			c.ask("no_time_column", "time_column", nil, fmt.Sprintf("no column holds times, and %q says that the rows are not one series", c.table.names[i]))
			return
		}
		name := c.table.names[i]
		if c.verdicts[i].tally != nil && !c.columns[i].constant && !c.columns[i].numbersRows() && (anyWord(name, c.words.time) || anyWord(name, c.words.span)) {
			c.ask("no_time_column", "time_column", nil, fmt.Sprintf("%q is named like a time, but its numbers have no layout that is known", name))
			return
		}
		if c.verdicts[i].typ != "text" || c.columns[i].constant {
			continue
		}
		looks := 0
		for other := range c.columns[i].others {
			if looksTimely([]byte(other)) || digitsIn([]byte(other)) >= 4 {
				looks++
			}
		}
		if looks*2 > len(c.columns[i].others) || anyWord(name, c.words.time) {
			c.ask("no_time_column", "time_column", nil, fmt.Sprintf("%q seems to hold times, but in no layout that is known", name))
			return
		}
	}
}

func (c *conclusion) ask(code, field string, options []string, detail string) {
	c.profile.NeedsChoice = append(c.profile.NeedsChoice, Choice{Code: code, Field: field, Options: orEmpty(options), Detail: detail})
}

// readings names the tied readings of the best candidate's cells.
func (c *conclusion) readings() []string {
	var all []string
	for _, k := range c.candidates {
		if k.tied && k.label() == c.best.label() {
			all = append(all, k.label()+" ("+k.formatWord()+")")
		}
	}
	return all
}

func (c *conclusion) labels() []string {
	var all []string
	for _, k := range c.candidates {
		all = append(all, k.label())
	}
	return all
}

// proposedGrids are offered for irregular times, the finest first.
var proposedGrids = []series.Frequency{
	{Unit: series.Second, N: 1}, {Unit: series.Second, N: 10}, {Unit: series.Second, N: 60}, {Unit: series.Second, N: 300}, {Unit: series.Second, N: 900},
	{Unit: series.Second, N: 1800}, {Unit: series.Second, N: 3600}, {Unit: series.Day, N: 1}, {Unit: series.Week, N: 1, Day: time.Monday},
	{Unit: series.Month, N: 1}, {Unit: series.Month, N: 3}, {Unit: series.Month, N: 12},
}

// grids proposes up to three grids that have no more steps than the series
// has rows, so that most steps hold a value.
func (c *conclusion) grids() []string {
	from, to := c.best.hypothesis.span()
	if c.best.hypothesis.steps.n == 0 {
		return grainsOf(fromMicros(from))
	}
	rows := c.rows / max(1, len(c.best.hypothesis.series))
	var words []string
	for _, g := range proposedGrids {
		points := g.Steps(fromMicros(from), fromMicros(to)) + 1
		if points <= rows && points <= 5000 && len(words) < 3 && (points >= 8 || len(words) == 0) {
			words = append(words, g.String())
		}
	}
	return words
}

// grainsOf proposes what a single time may be the first of.
func grainsOf(t time.Time) []string {
	switch {
	case !t.Equal(t.Truncate(24 * time.Hour)):
		return []string{"h", "D", "MS"}
	case t.Day() == 1:
		return []string{"MS", "D", "h"}
	}
	return []string{"D", "MS", "h"}
}
