package workbook

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
)

// Excel's own limits.
const (
	maxRows    = 1 << 20
	maxColumns = 1 << 14
)

// maxRow is how many bytes of text one row may hold; the reader of CSV takes no
// longer one either. Many cells may share a long text that is in the file once.
const maxRow = 16 << 20

var errLongRow = errors.New("a row is longer than 16 MiB")

// rows reads the rows of a sheet one after the other.
type rows struct {
	book    *book
	cells   []string
	row     int // of the cells, from 1
	filled  int // cells with something in them
	bytes   int // of the cells
	column  int // of the cell being read, from 0
	shown   style
	typ     string
	text    []byte // of an inline string
	reading int    // inside the reading of a Japanese text
	inside  bool   // a cell
	got     bool   // the cell has its value
}

// each calls do with every row of a sheet that has cells.
func (b *book) rows(sheet string, do func(r *rows) error) error {
	r := &rows{book: b}
	root := false
	return b.each(sheet, func(m *markup) error {
		if !root && !m.is("worksheet") {
			return errDone // a chart has no rows
		}
		root = true
		switch {
		case m.is("row") && m.kind != closes:
			r.row = m.number("r", r.row+1)
			if r.row < 1 || r.row > maxRows {
				return errors.New("a row has a number that no sheet has")
			}
			r.cells, r.filled, r.bytes, r.column = r.cells[:0], 0, 0, -1
			r.inside = false
		case m.is("row") && m.kind == closes:
			return do(r)
		case m.is("sheetData") && m.kind == closes:
			return errDone
		}
		return r.tag(m)
	})
}

// tag takes one tag inside a row.
func (r *rows) tag(m *markup) error {
	switch {
	case m.is("c") && m.kind != closes:
		return r.begin(m)
	case !r.inside:
	case m.is("v") && m.kind == closes && !r.got:
		r.got = true
		return r.put(r.value(m.text))
	case m.is("rPh") && m.kind != alone:
		r.reading = map[mark]int{opens: 1}[m.kind]
	case m.is("t") && m.kind == closes && r.typ == "inlineStr" && r.reading == 0:
		if r.text = append(r.text, m.text...); len(r.text) > maxMark {
			return errLongMark
		}
	case m.is("c"):
		if r.inside = false; r.typ == "inlineStr" && !r.got {
			return r.put(string(r.text))
		}
	}
	return nil
}

// begin takes the attributes of a cell.
func (r *rows) begin(m *markup) error {
	r.column++
	if at := m.value("r"); at != nil {
		column, ok := columnOf(at)
		if !ok || column < r.column {
			return errors.New("a cell stands in no place of its row")
		}
		r.column = column
	}
	if r.column >= maxColumns {
		return errors.New("a row has more cells than a sheet has columns")
	}
	r.inside = m.kind == opens
	r.typ, r.shown, r.text, r.got, r.reading = string(m.value("t")), plain, r.text[:0], false, 0
	if s := m.number("s", 0); s >= 0 && s < len(r.book.dates) {
		r.shown = r.book.dates[s]
	}
	return nil
}

// columnOf reads the letters of a place like BC12.
func columnOf(at []byte) (int, bool) {
	n := 0
	for i, c := range at {
		switch {
		case c >= 'A' && c <= 'Z' && n < maxColumns:
			n = 26*n + int(c-'A') + 1
		case c >= '0' && c <= '9' && i > 0:
			return n - 1, true
		default:
			return 0, false
		}
	}
	return n - 1, n > 0
}

// value makes text of what a cell holds.
func (r *rows) value(held []byte) string {
	switch r.typ {
	case "s":
		i, err := strconv.Atoi(string(bytes.TrimSpace(held)))
		if err != nil {
			return ""
		}
		return string(r.book.strings.at(i))
	case "", "n":
		held = bytes.TrimSpace(held)
		if date, ok := dateOf(string(held), r.shown, r.book.from1904); ok {
			return date
		}
	}
	return string(held)
}

// put stores the text of the cell in its place.
func (r *rows) put(text string) error {
	if text == "" {
		return nil
	}
	if r.bytes += len(text); r.bytes > maxRow {
		return errLongRow
	}
	if r.book.left -= int64(len(text)); r.book.left < 0 {
		return tooLarge(r.book.limit, " of text")
	}
	for len(r.cells) <= r.column {
		r.cells = append(r.cells, "")
	}
	r.cells[r.column] = text
	if strings.TrimSpace(text) != "" {
		r.filled++
	}
	return nil
}

// withTables lists the sheets with at least two rows of which one has two cells.
func (b *book) withTables() ([]part, error) {
	var found []part
	for _, sheet := range b.sheets {
		filled, wide, seen := 0, false, 0
		err := b.rows(sheet.path, func(r *rows) error {
			if seen++; r.filled > 0 {
				filled++
				wide = wide || r.filled > 1
			}
			if filled > 1 && wide || seen > 10_000 {
				return errDone
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if filled > 1 && wide {
			found = append(found, sheet)
		}
	}
	return found, nil
}

// write writes a sheet as CSV text. Rows that the file leaves out are empty
// lines, so that lines keep the numbers of their rows.
func (b *book) write(w io.Writer, sheet string) error {
	out := csv.NewWriter(w)
	last := 0
	err := b.rows(sheet, func(r *rows) error {
		if r.row <= last {
			return errors.New("the rows are not in order")
		}
		for last++; last < r.row; last++ {
			if err := out.Write(nil); err != nil {
				return err
			}
		}
		return out.Write(r.cells)
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}
