package dataset

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
)

// Scan profiles a file in one pass and in memory that does not grow with it.
// The head of the file decides its dialect and which readings of time are
// tried; every row votes, and the profile is made after the last one. Errors
// about the file are *[Error]; others come from r or from ctx.
func Scan(ctx context.Context, r io.Reader, l Limits) (*Profile, error) {
	l = l.filled()
	t, err := openTable(ctx, r, l)
	if err != nil {
		return nil, err
	}
	s := newScan(t, l)
	for {
		if rows := t.batch(batchRows); len(rows) > 0 {
			s.add(rows)
			continue
		}
		rec, ragged, err := t.oddly()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		s.addOdd(rec, ragged)
	}
	return s.conclude()
}

// scan holds the votes of all rows seen so far.
type scan struct {
	table     *table
	limits    Limits
	words     *vocabulary
	columns   []votes
	batch     *batch
	clocks    []*clock
	readers   []*clock // by column: the clock that reads it quickly
	matrix    *matrix  // nil when the header holds no months
	rows      int
	ragged    int
	raggedRow int    // line of the first ragged row
	long      int    // rows with text behind the last column
	longRow   record // where the first of them stands
	dots      int    // numbers that need the dot for their decimal mark
	preview   Preview
	tail      []shownRow
	single    [1]record
}

// shownRow is a copy of a record: its line, or its cells one behind the other.
type shownRow struct {
	text  []byte
	ends  []int
	delim byte // the cells are still to be cut; 0: see ends
	width int
	raw   []byte // the line, in the scanner's buffer; nil once it is copied
}

const (
	previewRows = 20
	previewTail = 5
	previewCell = 200 // bytes
)

func newScan(t *table, l Limits) *scan {
	s := &scan{table: t, limits: l, words: theVocabulary(), columns: make([]votes, t.width), batch: newBatch(len(t.space), t.width)}
	s.clocks = proposeClocks(t, s.words)
	s.readers = make([]*clock, t.width)
	for _, c := range s.clocks {
		if c.fixed = c.pieces.quickLayout(); c.fixed != nil && s.readers[c.pieces[0].column] == nil {
			s.readers[c.pieces[0].column] = c
		}
	}
	s.matrix = findMatrix(t.names)
	t.sc.moves = func() {
		for i := range s.tail {
			s.tail[i].keep()
		}
	}
	candidates := s.idCandidates()
	for _, c := range s.clocks {
		c.panel = newPanel(without(candidates, c.columns()), without(s.watched(), c.columns()), l.Series)
	}
	return s
}

func (ps pieces) columns() []int {
	var columns []int
	for i := range ps {
		columns = append(columns, ps[i].column)
	}
	return columns
}

func without(columns, those []int) []int {
	return slices.DeleteFunc(slices.Clone(columns), func(c int) bool { return slices.Contains(those, c) })
}

// maxIDCandidates and maxWatched bound the columns that are tried as ids and
// followed as possibly static.
const (
	maxIDCandidates = 10
	maxWatched      = 64
)

func (s *scan) watched() []int {
	var all []int
	for c := range min(s.table.width, maxWatched) {
		all = append(all, c)
	}
	return all
}

// idCandidates are the columns that may tell series apart: names, and whole
// numbers whose column is named like an id.
func (s *scan) idCandidates() []int {
	var found []int
	times := map[int]bool{}
	for _, c := range s.clocks {
		times[c.pieces[0].column] = times[c.pieces[0].column] || c.pieces[0].layout != nil && !c.pieces[0].layout.bare()
	}
	for c, name := range s.table.names {
		if len(found) < maxIDCandidates && !times[c] && s.mayBeID(c, name) {
			found = append(found, c)
		}
	}
	return found
}

func (s *scan) mayBeID(c int, name string) bool {
	texts, numbers, whole := 0, 0, 0
	for _, fields := range s.table.sample[:min(len(s.table.sample), 500)] {
		cell := trim(fields[c])
		switch kindOf(cell) {
		case text, timely:
			texts++
		case number:
			numbers++
			if f, _ := parseFigure(cell); f.integer[dotDecimal] || f.integer[commaDecimal] {
				whole++
			}
		}
	}
	if texts > 0 {
		return texts > numbers
	}
	return numbers > 0 && whole == numbers && anyWord(name, s.words.id)
}

// addOdd takes the votes of one row that came by itself.
func (s *scan) addOdd(r *record, ragged raggedness) {
	if ragged == long {
		if s.long == 0 {
			s.longRow = record{line: r.line, offset: r.offset}
		}
		s.long++
	}
	if ragged != even {
		if s.ragged == 0 {
			s.raggedRow = r.line
		}
		s.ragged++
	}
	s.single[0] = *r
	s.add(s.single[:])
}

// add takes the votes of some rows, column by column: what a column is made of
// is at hand then, and its cells are mostly alike.
func (s *scan) add(rows []record) {
	s.showAll(rows)
	of := s.batch.prints(len(rows), len(s.columns))
	for c := range s.columns {
		s.addColumn(c, rows, of.column(c))
	}
	for _, c := range s.clocks {
		c.add(rows, of)
	}
}

// showAll shows those rows that may be among the first or the last.
func (s *scan) showAll(rows []record) {
	for i := range rows {
		if s.rows++; s.rows <= previewRows || len(rows)-i <= previewTail {
			s.show(&rows[i])
		}
	}
}

// show keeps the first and the last rows for the preview.
func (s *scan) show(r *record) {
	if s.rows <= previewRows {
		var row shownRow
		row.set(r, s.table.sc.delim)
		s.preview.Rows = append(s.preview.Rows, row.texts())
		return
	}
	slot := (s.rows - previewRows - 1) % previewTail
	for slot >= len(s.tail) {
		s.tail = append(s.tail, shownRow{})
	}
	s.tail[slot].set(r, s.table.sc.delim)
}

func (row *shownRow) set(r *record, delim byte) {
	if r.raw != nil && len(r.raw) <= previewCell {
		row.raw, row.delim, row.width = r.raw, delim, len(r.fields)
		return
	}
	text, ends := row.text[:0], row.ends[:0]
	for _, f := range r.fields {
		text = append(text, f[:min(len(f), previewCell)]...)
		ends = append(ends, len(text))
	}
	row.text, row.ends, row.delim, row.raw = text, ends, 0, nil
}

// keep copies the line before the scanner's buffer moves.
func (row *shownRow) keep() {
	if row.raw != nil {
		row.text, row.raw = append(row.text[:0], row.raw...), nil
	}
}

func (row *shownRow) texts() (out []string) {
	row.keep()
	if row.delim != 0 {
		for _, cell := range bytes.Split(row.text, []byte{row.delim})[:row.width] {
			out = append(out, strings.ToValidUTF8(string(cell), ""))
		}
		return out
	}
	from := 0
	for _, end := range row.ends {
		out = append(out, strings.ToValidUTF8(string(row.text[from:end]), ""))
		from = end
	}
	return out
}

// lastRows returns the tail in the order of the file.
func (s *scan) lastRows() [][]string {
	oldest := 0
	if len(s.tail) == previewTail {
		oldest = (s.rows - previewRows) % previewTail
	}
	var rows [][]string
	for i := range s.tail {
		rows = append(rows, s.tail[(oldest+i)%len(s.tail)].texts())
	}
	return rows
}
