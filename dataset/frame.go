package dataset

import (
	"fmt"
	"strconv"
)

// frame says where the table stands in the file.
type frame struct {
	width      int
	names      []string
	renamed    int // names that were empty or stood before
	preamble   int // physical lines before the header or the first data line
	hasHeader  bool
	headerLine int
	unitsLine  int // 0 when there is no units row
	first      int // records, blank ones aside, before the first data record
	firstTyped bool
	typed      []int   // columns of numbers and times
	widerThan  *record // a header with less fields than the rows below it
	wide       *wide   // times in the header; nil when there are none
}

// frameOf finds preamble, header and units row among the first records. whole
// says that there are no others.
func frameOf(records []record, declared, whole bool) (frame, error) {
	widths := map[int]int{}
	for i, r := range records {
		if i > 0 || !declared {
			widths[len(r.fields)]++
		}
	}
	var f frame
	f.width, _ = modal(widths)
	start := tableStart(records, f.width, declared)
	if start == len(records) {
		return f, noRows()
	}
	f.typed = typedColumns(records[start:], f.width)
	start = f.headerAt(records, start)
	if f.widerThan != nil {
		return f, badRows(&records[start], fmt.Sprintf("the rows have %d fields, but the header on line %d has %d", f.width, f.widerThan.line, len(f.widerThan.fields)))
	}
	top := records[start]
	f.preamble, f.first = top.line-1, start
	below := bodyOf(records[start+1:], f.width)
	f.wide = wideHeader(top.fields, below)
	f.hasHeader = f.wide != nil || isHeader(top.fields, below) || isMonths(top.fields)
	if f.hasHeader {
		f.headerLine, f.first = top.line, start+1
		if len(below) == 0 && whole {
			return f, noRows()
		}
		if len(records) > start+2 && isUnits(records[start+1].fields, below[1:]) {
			f.unitsLine, f.first, below = records[start+1].line, start+2, below[1:]
		}
	}
	f.name(top.fields)
	f.firstTyped = len(below) == 0 || typedShare(below, 0) >= 0.8
	return f, nil
}

func badRows(first *record, detail string) error {
	return &Error{Code: "too_many_bad_rows", Line: first.line, ByteOffset: first.offset, Detail: detail,
		Hint: "give every row as many fields as the header has; decimal commas in a comma-delimited file need quotes"}
}

func noRows() error {
	return &Error{Code: "no_data_rows", Detail: "the file has a header but no row below it", Hint: "upload a file with at least one row per time step"}
}

// tableStart returns the index of the first record that belongs to the table:
// as wide as most, and not just a title that a spreadsheet padded.
func tableStart(records []record, width int, declared bool) int {
	from := 0
	if declared {
		from = 1
	}
	for i := from; i < len(records); i++ {
		if len(records[i].fields) != width {
			continue
		}
		filled := 0
		for _, f := range records[i].fields {
			if len(trim(f)) > 0 {
				filled++
			}
		}
		if width < 3 || filled > 1 {
			return i
		}
	}
	return len(records)
}

// bodyOf returns up to 200 of the records that have the table's width.
func bodyOf(records []record, width int) [][][]byte {
	var body [][][]byte
	for i := range records {
		if len(records[i].fields) == width {
			body = append(body, records[i].fields)
		}
		if len(body) == 200 {
			break
		}
	}
	return body
}

// typedShare is the share of numbers and times among the filled cells of a
// column.
func typedShare(body [][][]byte, column int) float64 {
	filled, typed := 0, 0
	for _, fields := range body {
		switch k := kindOf(fields[column]); {
		case k.typed():
			typed++
			filled++
		case k == text:
			filled++
		}
	}
	if filled == 0 {
		return 0
	}
	return float64(typed) / float64(filled)
}

// isHeader reports whether the top record names the columns: its cells do not
// have the type of the cells below. Years and dates in the top row over
// numbers are names too (see wideHeader). In a table of names alone, the top
// row is a header when its cells are all different.
func isHeader(top [][]byte, below [][][]byte) bool {
	pro, contra := 0, 0
	for c, cell := range top {
		k := kindOf(cell)
		switch {
		case k == text && len(below) > 0 && timelyShare(below, c) >= 0.8:
			return true // rows of data have a time there
		case len(below) == 0 && k.typed():
			contra++
		case len(below) > 0 && typedShare(below, c) >= 0.8:
			if k == text {
				pro++
			}
			if k.typed() {
				contra++
			}
		}
	}
	if pro+contra > 0 {
		return pro > 0 && pro >= contra
	}
	return distinct(top)
}

// isMonths reports whether the top record is a name and the numbers 1 to 12.
func isMonths(top [][]byte) bool {
	if len(top) < 13 || kindOf(top[0]) != text {
		return false
	}
	for m := range 12 {
		if string(trim(top[m+1])) != strconv.Itoa(m+1) {
			return false
		}
	}
	return true
}

// wideHeader returns the years or dates that the top record holds over cells
// that are none.
func wideHeader(top [][]byte, below [][][]byte) *wide {
	w := findWide(top)
	if w == nil || len(below) == 0 || len(w.columns) == len(top) || !w.mainly(len(top)) {
		return nil
	}
	for _, fields := range below {
		if b := findWide(fields); b != nil && len(b.columns) >= len(w.columns) {
			return nil
		}
	}
	return w
}

// isUnits reports whether a record below the header has names where all the
// others have numbers.
func isUnits(fields [][]byte, below [][][]byte) bool {
	if len(below) < 2 {
		return false
	}
	names := 0
	for c, cell := range fields {
		if c >= len(below[0]) || typedShare(below, c) < 0.95 {
			continue
		}
		switch kindOf(cell) {
		case text:
			names++
		case number, timely:
			return false
		}
	}
	return names > 0
}

func distinct(cells [][]byte) bool {
	seen := map[string]bool{}
	for _, c := range cells {
		name := string(trim(c))
		if name == "" || seen[name] {
			return false
		}
		seen[name] = true
	}
	return true
}

// name gives every column a name of its own.
func (f *frame) name(header [][]byte) {
	used, next := map[string]bool{}, map[string]int{}
	for i := range f.width {
		name := ""
		if f.hasHeader {
			name = string(trim(header[i]))
		}
		if name == "" {
			name = "column" + strconv.Itoa(i+1)
			if f.hasHeader {
				f.renamed++
			}
		}
		plain := name
		for n := max(2, next[plain]); used[name]; n++ {
			name, next[plain] = fmt.Sprintf("%s_%d", plain, n), n+1
		}
		if name != plain {
			f.renamed++
		}
		used[name] = true
		f.names = append(f.names, name)
	}
}

// timelyShare is which part of the filled cells of a column looks like times.
func timelyShare(below [][][]byte, c int) float64 {
	times, filled := 0, 0
	for _, fields := range below {
		switch kindOf(fields[c]) {
		case blank:
		case timely:
			times++
			filled++
		default:
			filled++
		}
	}
	if filled == 0 {
		return 0
	}
	return float64(times) / float64(filled)
}
