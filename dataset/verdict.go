package dataset

import (
	"slices"
	"strings"
)

// verdict is what the votes of all rows make of a column.
type verdict struct {
	typ       string
	reading   reading
	tally     *tally // of the reading; nil unless the column holds numbers
	markers   []string
	sentinels []float64
	written   []string // the sentinels as written
	missing   int
	column    int
	unclear   bool // 1,234 may be one thousand or one and a bit
	strays    int  // cells of a number column that are neither number nor marker
}

// commonReading is the decimal mark of the file: the one that more cells need.
func (s *scan) commonReading() reading {
	dots, commas, openDot, openComma := 0, 0, 0, 0
	for i := range s.columns {
		v := &s.columns[i]
		if ok, _ := v.numeric(); !ok {
			continue
		}
		dot, comma := &v.tallies[dotDecimal], &v.tallies[commaDecimal]
		dots += max(0, dot.n-comma.n)
		commas += max(0, comma.n-dot.n)
		if dot.n == comma.n && v.both > 0 {
			openDot += dot.n - dot.integers
			openComma += comma.n - comma.integers
		}
	}
	s.dots = dots
	switch {
	case dots > commas:
		return dotDecimal
	case commas > dots:
		return commaDecimal
	case s.table.sc.delim == ',' || openDot >= openComma:
		return dotDecimal
	}
	return commaDecimal
}

func (s *scan) verdicts() []verdict {
	common := s.commonReading()
	all := make([]verdict, len(s.columns))
	for i := range s.columns {
		all[i] = s.columns[i].verdict(common)
		all[i].column = i
		if s.table.sc.delim == ',' && s.settled(&all[i]) {
			all[i].unclear = false
		}
	}
	return all
}

// settled reports whether a file delimited by commas leaves no doubt about
// numbers that fit both readings. Its decimal mark is the dot; yet numbers with
// three places beside whole ones look like thousands, and so do 1,234 in quotes
// when nothing else in the file has a dot.
func (s *scan) settled(d *verdict) bool {
	if d.tally == nil {
		return true
	}
	dot := &s.columns[d.column].tallies[dotDecimal]
	plain := dot.integers - dot.grouped
	if dot.grouped > 0 { // 1,234
		return plain > 0 || s.columns[d.column].moneys > 0 || s.dots > 0
	}
	return plain < 2 // 1.234
}

func (v *votes) verdict(common reading) verdict {
	numeric, own := v.numeric()
	known := sortedKeys(v.markers)
	switch {
	case !numeric && v.texts == 0:
		return verdict{typ: "empty", missing: v.rows, markers: withEmpty(known, v.empty)}
	case !numeric:
		return verdict{typ: "text", missing: v.empty, markers: withEmpty(nil, v.empty)}
	}
	d := verdict{reading: v.reading(common), strays: v.texts}
	d.tally = &v.tallies[d.reading]
	d.unclear = v.both > 0 && v.tallies[0].n == v.tallies[1].n && v.reading(commaDecimal) == commaDecimal && v.reading(dotDecimal) == dotDecimal
	d.typ = "number"
	if d.tally.integers == d.tally.n {
		d.typ = "integer"
	}
	if len(own) > 0 && v.texts > 0 {
		known = append(known, own...)
	}
	d.markers = withEmpty(known, v.empty)
	d.sentinels = d.tally.sentinels()
	d.missing = v.rows - d.tally.n
	for _, value := range d.sentinels {
		e := &d.tally.low
		if value == d.tally.high.value {
			e = &d.tally.high
		}
		d.written = append(d.written, string(e.text))
		d.missing += e.count
	}
	return d
}

func withEmpty(markers []string, empty int) []string {
	if empty > 0 {
		return append([]string{""}, markers...)
	}
	return markers
}

func sortedKeys[T any](m map[string]T) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// column makes the profile of one column.
func (s *scan) column(i int, d *verdict) Column {
	v := &s.columns[i]
	c := Column{Name: s.table.names[i], Type: d.typ, Count: v.rows - d.missing, Missing: d.missing, Distinct: v.values.count(),
		Markers: d.markers, Sentinels: d.sentinels}
	if d.tally != nil {
		c.numbers(d)
	} else if v.low != nil {
		c.Min, c.Max = textOf(v.low), textOf(v.top)
	}
	return c
}

func (c *Column) numbers(d *verdict) {
	t := d.tally
	c.Min, c.Max = textOf(t.low.text), textOf(t.high.text)
	n, sum := float64(t.n), t.sum
	for _, value := range d.sentinels {
		e := &t.low
		if value == t.high.value {
			e, c.Max = &t.high, nil
		} else {
			c.Min = nil
		}
		n, sum = n-float64(e.count), sum-value*float64(e.count)
	}
	if n > 0 {
		mean := sum / n
		c.Mean = &mean
	}
	if d.reading == commaDecimal && (t.integers < t.n || t.grouped > 0) {
		c.Decimal = ","
	}
}

func textOf(b []byte) *string {
	s := strings.ToValidUTF8(string(b), "")
	return &s
}
