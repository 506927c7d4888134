package dataset

import "bytes"

// typedColumns are the columns that hold numbers or times, as the later half
// of the records shows: the first ones may be notes about the table.
func typedColumns(records []record, width int) []int {
	body := bodyOf(records[len(records)/2:], width)
	var typed []int
	for c := range width {
		if len(body) > 0 && typedShare(body, c) >= 0.8 {
			typed = append(typed, c)
		}
	}
	return typed
}

// wordy reports whether a record has names in the columns that hold numbers
// and times, and neither number nor time in any of them.
func (f *frame) wordy(fields [][]byte) bool {
	names := 0
	for _, c := range f.typed {
		if c >= len(fields) {
			continue
		}
		switch k := kindOf(fields[c]); {
		case k.typed():
			return false
		case k == text:
			names++
		}
	}
	return names > 0
}

// headerAt moves the start of the table to its header when notes of the same
// width stand above it, or when the header alone has a field less than the
// rows below. Of the names right above the first row, the last are the header,
// unless they are the units of the names above them.
func (f *frame) headerAt(records []record, start int) int {
	if len(f.typed) == 0 {
		return start
	}
	last, rows := -1, 0
	for i := start; i < len(records) && rows < 3; i++ {
		switch fields := records[i].fields; {
		case len(fields) != f.width:
		case f.wordy(fields):
			last, rows = i, 0
		case f.full(fields):
			rows++
		}
		if last < 0 && rows > 0 {
			return f.narrowHeader(records, start)
		}
	}
	if last <= start {
		return start
	}
	if words := theVocabulary(); !f.timely(records[last].fields, words) && (last == start+1 || f.timely(records[last-1].fields, words)) {
		return last - 1 // a header and its units
	}
	return last
}

// full reports whether all columns of numbers and times hold some.
func (f *frame) full(fields [][]byte) bool {
	for _, c := range f.typed {
		if !kindOf(fields[c]).typed() {
			return false
		}
	}
	return true
}

// timely reports whether a column of numbers or times is named like a time.
func (f *frame) timely(fields [][]byte, words *vocabulary) bool {
	for _, c := range f.typed {
		if c < len(fields) && anyWord(string(trim(fields[c])), words.time) {
			return true
		}
	}
	return false
}

// narrowHeader finds a header with one field less than the rows below it: a
// delimiter ends every row, or the first column numbers the rows without a
// name. Its missing name is empty.
func (f *frame) narrowHeader(records []record, start int) int {
	if start == 0 || len(records[start-1].fields) >= f.width || records[start].line-records[start-1].line > 2 || f.width < 3 {
		return start
	}
	head := &records[start-1]
	for _, cell := range head.fields {
		if kindOf(cell) != text {
			return start
		}
	}
	if missed := f.width - len(head.fields); missed > 1 { // the marks of decimal commas cut every number
		if missed == len(head.fields)-1 && kindOf(records[start].fields[0]).typed() && f.timely(head.fields, theVocabulary()) {
			f.widerThan = head
		}
		return start
	}
	body := bodyOf(records[start:], f.width)
	switch {
	case columnBlank(body, f.width-1):
		head.fields = append(head.fields, nil)
	case columnCounts(body):
		head.fields = append([][]byte{nil}, head.fields...)
	default:
		if f.timely(head.fields, theVocabulary()) {
			f.widerThan = head
		}
		return start
	}
	return start - 1
}

func columnBlank(body [][][]byte, c int) bool {
	for _, fields := range body {
		if len(bytes.TrimSpace(fields[c])) > 0 {
			return false
		}
	}
	return true
}

// columnCounts reports whether the first column numbers the rows.
func columnCounts(body [][][]byte) bool {
	before := 0.0
	for i, fields := range body {
		f, ok := parseFigure(trim(fields[0]))
		if !ok || i > 0 && f.value[0] != before+1 {
			return false
		}
		before = f.value[0]
	}
	return len(body) > 1
}
