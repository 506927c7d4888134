package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// table is a file cut into data records: the preamble, the header, a units
// row, blank lines and the footer are set aside.
type table struct {
	frame
	ctx     context.Context
	dec     *decoder
	sc      *scanner
	sample  [][][]byte // data records of the head
	skip    int        // records before the first data record
	held    []heldRow  // odd records whose fate is open
	queue   []heldRow  // odd records that turned out to be data
	pending *record    // the record after the queue
	rows    []record   // cut ahead
	ahead   int        // how many of them were taken
	space   []record   // where rows lie
	footer  []heldRow  // records below the table
	cut     int        // rows whose numbers the delimiter may have cut
	cutLine int        // of the first of them
}

func openTable(ctx context.Context, r io.Reader, l Limits) (*table, error) {
	l = l.filled()
	dec, err := newDecoder(r)
	if err != nil {
		return nil, err
	}
	head := make([]byte, headBytes)
	n, err := io.ReadFull(dec, head)
	head = head[:n]
	whole := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if err != nil && !whole {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	if len(trim(bytes.TrimSpace(head))) == 0 {
		return nil, &Error{Code: "empty_file", Detail: "the file holds nothing but blanks", Hint: "upload a CSV with a header line and one row per time step"}
	}
	if isBinary(head) {
		return nil, &Error{Code: "not_text", Detail: "the file holds binary data, not text", Hint: "export the table as CSV"}
	}
	declared := declaredDelimiter(head)
	d := sniffDialect(head, declared)
	t := &table{ctx: ctx, dec: dec}
	records, err := sampleRecords(head, whole, d, l)
	if err != nil {
		return nil, t.located(err)
	}
	t.frame, err = frameOf(records, declared != 0, whole)
	if err != nil {
		return nil, t.located(err)
	}
	t.skip = t.frame.first
	for _, r := range records[min(t.skip, len(records)):] {
		if len(r.fields) == t.width && !t.wordy(r.fields) && (len(t.typed) == 0 || !t.total(r.fields)) {
			t.sample = append(t.sample, r.fields)
		}
	}
	t.sc = newScanner(io.MultiReader(bytes.NewReader(head), dec), d, l)
	t.makeSpace()
	return t, nil
}

// sampleRecords copies the records of the head that are not blank. The last
// one is left out when the head may have cut it.
func sampleRecords(head []byte, whole bool, d dialect, l Limits) ([]record, error) {
	s := newScanner(bytes.NewReader(head), d, l)
	var all []record
	for {
		r, err := s.next()
		if err != nil {
			var data *Error
			if errors.As(err, &data) && (whole || data.Code != "unterminated_quote") {
				return nil, err
			}
			break
		}
		if !blankRecord(r) {
			all = append(all, r.clone())
		}
	}
	if !whole && len(all) > 1 {
		all = all[:len(all)-1]
	}
	return all, nil
}

func (r *record) clone() record {
	c := record{line: r.line, offset: r.offset, fields: make([][]byte, len(r.fields))}
	for i, f := range r.fields {
		c.fields[i] = bytes.Clone(f)
	}
	return c
}

// batchRows is how many records are cut at a time, where they are not too wide
// for batchCells.
const (
	batchRows  = 64
	batchCells = 2048
)

func (t *table) makeSpace() {
	n := min(max(batchCells/t.width, 1), batchRows)
	t.space = make([]record, n)
	cells := make([][]byte, n*t.width)
	for i := range t.space {
		t.space[i].fields = cells[i*t.width : i*t.width : (i+1)*t.width]
	}
}

// next returns the next data record, padded or cut to the width of the table,
// and how ragged it was. After the last one it returns io.EOF, and footer
// is complete.
func (t *table) next() (*record, raggedness, error) {
	if rows := t.batch(1); len(rows) == 1 {
		return &rows[0], even, nil
	}
	return t.oddly()
}

// batch returns the next data records, up to most of them, where nothing is odd
// about them or around them. When there are none, oddly has the next one.
func (t *table) batch(most int) []record {
	if t.pending != nil || len(t.queue) > 0 || len(t.held) > 0 || t.skip > 0 || t.width < 2 {
		return nil
	}
	if t.ahead == len(t.rows) {
		if t.ctx.Err() != nil {
			return nil
		}
		t.rows, t.ahead = t.space[:t.sc.quickly(t.space)], 0
	}
	begin, end := t.ahead, min(len(t.rows), t.ahead+most)
	for t.ahead < end && t.plain(&t.rows[t.ahead]) {
		t.ahead++
	}
	return t.rows[begin:t.ahead]
}

// plain reports whether a record is data.
func (t *table) plain(r *record) bool {
	if len(r.fields) != t.width {
		return false
	}
	if len(t.typed) > 0 {
		if cell := r.fields[t.typed[0]]; len(cell) > 0 && cell[0]-'0' <= 9 {
			return true // the quick way out of nearly every row
		}
	}
	return !t.note(r) && !blankRecord(r)
}

// oddly is next where batch has no record.
func (t *table) oddly() (*record, raggedness, error) {
	for {
		if len(t.queue) > 0 {
			row := &t.queue[0]
			t.queue = t.queue[1:]
			return t.fit(&row.rec), row.ragged, nil
		}
		if r := t.pending; r != nil {
			t.pending = nil
			return r, even, nil
		}
		if err := t.read(); err != nil {
			return nil, even, err
		}
	}
}

// take returns the next record of the file.
func (t *table) take() (*record, error) {
	if t.ahead < len(t.rows) {
		t.ahead++
		return &t.rows[t.ahead-1], nil
	}
	if t.ctx.Err() != nil {
		return nil, context.Cause(t.ctx)
	}
	return t.sc.next()
}

// read takes one record and decides whether it is data.
func (t *table) read() error {
	r, err := t.take()
	switch {
	case errors.Is(err, io.EOF):
		return t.finish()
	case err != nil:
		return t.located(err)
	case blankRecord(r) && (t.width > 1 || t.skip > 0):
		return nil
	case t.skip > 0:
		t.skip--
		return nil
	case t.plain(r):
		t.queue, t.held, t.pending = t.held, nil, r
		return nil
	}
	t.held = append(t.held, heldRow{rec: r.clone(), ragged: t.ragged(r)})
	if len(t.held) > maxHeld {
		t.queue, t.held = t.held, nil
	}
	return nil
}

// fit pads or cuts a record to the width of the table.
func (t *table) fit(r *record) *record {
	for len(r.fields) < t.width {
		r.fields = append(r.fields, nil)
	}
	r.fields = r.fields[:t.width]
	return r
}

// located turns the place in the text that an error names into one in the file.
func (t *table) located(err error) error {
	var data *Error
	if errors.As(err, &data) {
		data.ByteOffset = t.place(data.ByteOffset)
	}
	return err
}

// at is where a record begins in the file, 0 when its text was transcoded.
func (t *table) at(r *record) int64 { return t.place(r.offset) }

// place is where an offset of the text lies in the file.
func (t *table) place(offset int64) int64 {
	switch {
	case t.dec.encoding != "utf-8" || t.dec.nuls > 0 || t.dec.foreign > 0:
		return 0
	case t.dec.bom:
		return offset + 3
	}
	return offset
}
