package dataset

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// conclusion is the profile in the making.
type conclusion struct {
	*scan
	verdicts   []verdict
	candidates []*candidate
	best       *candidate // nil: the file has no time
	ids        []int
	targets    []int // empty for a matrix
	static     []int
	profile    *Profile
}

// conclude makes the profile of the votes.
func (s *scan) conclude() (*Profile, error) {
	if s.rows == 0 {
		return nil, noRows()
	}
	if s.long > 2 && s.long*20 > s.rows {
		return nil, s.table.located(badRows(&s.longRow, fmt.Sprintf("%d of %d rows have more than %d fields", s.long, s.rows, s.table.width)))
	}
	c := &conclusion{scan: s, verdicts: s.verdicts(), candidates: s.candidates(), profile: &Profile{}}
	if len(c.candidates) > 0 {
		c.best = c.candidates[0]
	}
	c.roles()
	if len(c.targets) == 0 && !c.isMatrix() && !c.isWide() {
		return nil, c.noTarget()
	}
	c.text()
	c.shape()
	c.time()
	c.values()
	c.choices()
	c.warn()
	c.profile.Suggested = c.suggest()
	return c.profile, nil
}

func (c *conclusion) isMatrix() bool { return c.best != nil && c.best.cells }

func (c *conclusion) isWide() bool { return c.best != nil && c.best.wide != nil }

func (c *conclusion) noTarget() error {
	hint := "upload a file with a column of numbers"
	if t := c.table; t.sc.delim == ',' && t.width > 2 {
		hint += "; decimal commas in a comma-delimited file need quotes"
	}
	for i := range c.columns {
		if v := &c.columns[i]; max(v.tallies[0].n, v.tallies[1].n) > v.texts && v.texts > 0 {
			return &Error{Code: "no_numeric_target", Column: c.table.names[i], Detail: fmt.Sprintf("%q holds numbers, but %d of its cells are words: %s", c.table.names[i], v.texts, strings.Join(sortedKeys(v.others), ", ")),
				Hint: "write the numbers in full figures without marks behind them, or empty the cells"}
		}
	}
	for i := range c.columns {
		for _, other := range sortedKeys(c.columns[i].others) {
			if f, unit := cutUnit(other); unit != "" {
				hint = "put the units of the numbers into the header: " + f + " instead of " + other
				if magnitudes[unit] {
					hint = "write the numbers in full figures, without the " + unit + " of " + other
				}
			}
		}
	}
	return &Error{Code: "no_numeric_target", Detail: fmt.Sprintf("none of the %d columns holds numbers to forecast", c.table.width), Hint: hint}
}

// magnitudes stand behind numbers for thousands, millions or more; which of them
// depends on who wrote it (M is a thousand in some trades).
var magnitudes = map[string]bool{"k": true, "K": true, "m": true, "M": true, "mn": true, "b": true, "B": true, "bn": true, "t": true, "T": true, "G": true}

// cutUnit splits a number from the short word behind it; unit is empty where
// the cell is anything else.
func cutUnit(cell string) (f, unit string) {
	at := strings.IndexFunc(cell, func(r rune) bool { return r == ' ' || r > unicode.MaxASCII || letter(byte(r)) })
	if at < 0 {
		return cell, ""
	}
	f, unit = cell[:at], strings.TrimSpace(cell[at:])
	if len(unit) > 6 || strings.ContainsAny(unit, " 0123456789") || kindOf([]byte(f)) != number || !magnitudes[unit] && looksTimely([]byte(cell)) {
		return cell, ""
	}
	return f, unit
}

// text fills in how the bytes are to be read.
func (c *conclusion) text() {
	p, t := c.profile, c.table
	p.Encoding, p.BOM, p.Newline = t.dec.encoding, t.dec.bom, t.sc.ends.word()
	if t.width > 1 {
		p.Delimiter = pointer(string(t.sc.delim))
	}
	if t.sc.quoted {
		p.Quote = pointer(string(t.sc.quote))
	}
	p.Decimal = c.commonReading().string()
	if mark := c.thousands(); mark != 0 {
		p.Thousands = pointer(string(mark))
	}
	p.PreambleLines, p.HasHeader = t.preamble, t.hasHeader
	if t.hasHeader {
		p.HeaderLine = pointer(t.headerLine)
	}
	p.Rows, p.RaggedRows = c.rows, c.ragged
	c.preview.Header, c.preview.Tail = t.names, orEmpty(c.lastRows())
	p.Preview = c.preview
}

func (r reading) string() string { return string(r.mark()) }

// thousands is the mark that groups digits in some column.
func (c *conclusion) thousands() byte {
	for i := range c.verdicts {
		if t := c.verdicts[i].tally; t != nil && t.grouped > 0 && !slices.Contains(c.timeColumns(), i) {
			return t.group
		}
	}
	return 0
}

// shape fills in the layout, the columns and their roles.
func (c *conclusion) shape() {
	p := c.profile
	p.Columns = make([]Column, len(c.verdicts))
	for i := range c.verdicts {
		p.Columns[i] = c.column(i, &c.verdicts[i])
		if c.verdicts[i].typ == "empty" {
			p.Empty = append(p.Empty, c.table.names[i])
		}
	}
	for _, k := range c.candidates {
		if k.wide == nil && (k == c.best || !k.bare()) {
			c.markTime(k)
		}
	}
	p.Layout = c.layout()
	p.SeriesID, p.Targets, p.Static = c.named(c.ids), c.named(c.targets), c.named(c.static)
	if c.isMatrix() {
		p.Targets = []string{c.matrix.cells()}
	}
	if c.isWide() {
		p.Targets = []string{wideCells}
	}
	p.IDCandidates = c.idChoices()
	p.Empty = orEmpty(p.Empty)
}

// markTime gives the columns of a time candidate their type.
func (c *conclusion) markTime(k *candidate) {
	for _, i := range k.columns() {
		column := &c.profile.Columns[i]
		column.Type, column.Mean, column.Decimal, column.Sentinels = "time", nil, "", nil
		column.Count, column.Missing = k.ok, c.rows-k.ok
		if v := &c.columns[i]; v.begin.text != nil {
			column.Min, column.Max = textOf(v.begin.text), textOf(v.end.text)
		}
	}
}

func (c *conclusion) layout() string {
	switch {
	case c.isMatrix():
		return "matrix_year_by_month"
	case c.isWide():
		return "wide_time"
	case c.best == nil:
		return "no_time"
	case len(c.ids) > 0:
		return "long"
	case len(c.targets) > 1:
		return "wide_series"
	}
	return "single"
}

func (c *conclusion) named(columns []int) []string {
	names := []string{}
	for _, i := range columns {
		names = append(names, c.table.names[i])
	}
	return names
}

// time fills in what the first candidate says.
func (c *conclusion) time() {
	p := c.profile
	p.TimeCandidates, p.NSeries = []TimeCandidate{}, 1
	p.Order = pointer("ascending") // of rows, when there is no time
	for i, k := range c.candidates {
		p.TimeCandidates = append(p.TimeCandidates, k.profile(i+1))
	}
	if c.best == nil {
		p.MissingSteps = pointer(0)
		return
	}
	k := p.TimeCandidates[0]
	p.Frequency, p.Order, p.FirstTime, p.LastTime = k.Frequency, &k.Order, &k.FirstTime, &k.LastTime
	p.MissingSteps, p.DuplicateKeys, p.UnparsedTimes = k.MissingSteps, k.DuplicateKeys, c.best.bad
	p.NSeries = len(c.best.hypothesis.series)
	if c.isWide() {
		p.NSeries = c.rows
	}
	if c.best.zoned {
		p.Timezone = pointer(zoneName(c.best.offset))
	}
}

func zoneName(offset int32) string {
	if offset == 0 {
		return "UTC"
	}
	return string(appendZone(nil, int(offset), true))
}

// values fills in what is missing.
func (c *conclusion) values() {
	p := c.profile
	p.MissingValues, p.MissingMarkers, p.Sentinels = map[string]int{}, []string{}, []string{}
	for i := range c.verdicts {
		d := &c.verdicts[i]
		if d.typ != "empty" && !slices.Contains(c.timeColumns(), i) {
			p.MissingMarkers = addNew(p.MissingMarkers, d.markers)
			p.Sentinels = addNew(p.Sentinels, d.written)
		}
	}
	for _, i := range c.targets {
		p.MissingValues[c.table.names[i]] = c.verdicts[i].missing
	}
}

func addNew(list, more []string) []string {
	for _, m := range more {
		if !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
}

func pointer[T any](v T) *T { return &v }

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
