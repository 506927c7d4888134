package dataset

import "io"

// heldRow is a copy of an odd record.
type heldRow struct {
	rec    record
	ragged raggedness
}

// raggedness says how a record differs from the table's width.
type raggedness int

const (
	even raggedness = iota
	short
	long // text stands behind the last column
)

// maxHeld is how many odd records in a row may be a footer.
const maxHeld = 32

// ragged reports whether a record has too few fields, or more text than the
// table has columns.
func (t *table) ragged(r *record) raggedness {
	if len(r.fields) <= t.width {
		if len(r.fields) < t.width {
			return short
		}
		return even
	}
	for _, f := range r.fields[t.width:] {
		if len(trim(f)) == 0 {
			continue
		}
		if t.mayBeCut(r.fields) {
			if t.cut == 0 {
				t.cutLine = r.line
			}
			t.cut++
		}
		return long
	}
	return even
}

// note reports whether a record of the table's width may be a note below it
// that a spreadsheet padded: only the first cell is filled, or names stand
// where the table has numbers and times.
func (t *table) note(r *record) bool {
	if len(t.typed) == 0 {
		return false
	}
	cell := trim(r.fields[t.typed[0]])
	if len(cell) > 0 && (cell[0] >= '0' && cell[0] <= '9' || cell[0] == '-') {
		return false // the quick way out of nearly every row
	}
	return t.lonely(r) || t.wordy(r.fields) || t.total(r.fields)
}

// totalWords begin a row that sums up those above it.
var totalWords = wordSet("total totals subtotal sum summe gesamt insgesamt average mean mittelwert totale somme suma soma итого всего 合計 总计 總計 합계")

// total reports whether a record has such a word where the table has times or
// numbers.
func (t *table) total(fields [][]byte) bool {
	return t.typed[0] < len(fields) && anyWord(string(fields[t.typed[0]]), totalWords)
}

// lonely reports whether only the first cell is filled, and with a name.
func (t *table) lonely(r *record) bool {
	if t.width < 2 || t.width == 2 && !t.firstTyped {
		return false
	}
	for _, f := range r.fields[1:] {
		if len(trim(f)) > 0 {
			return false
		}
	}
	return kindOf(r.fields[0]) == text
}

// finish splits the odd records at the end of the file into data and footer:
// a record that holds a number or a time where the table does is data.
func (t *table) finish() error {
	cut := 0
	for i := range t.held {
		if t.isData(t.held[i].rec.fields) {
			cut = i + 1
		}
	}
	for _, row := range t.held[cut:] {
		if !blankRecord(&row.rec) {
			t.footer = append(t.footer, row)
		}
	}
	t.queue, t.held = t.held[:cut], nil
	if len(t.queue) > 0 {
		return nil
	}
	return io.EOF
}

func (t *table) isData(fields [][]byte) bool {
	if len(t.typed) > 0 && t.total(fields) {
		return false
	}
	for _, c := range t.typed {
		if c < len(fields) && kindOf(fields[c]).typed() {
			return true
		}
	}
	return len(t.typed) == 0 && len(fields) > 1
}
