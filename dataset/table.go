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
	count   int        // data records handed out
	again   bool       // the scanner's record is still to be looked at
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

// next returns the next data record, padded or cut to the width of the table,
// and how ragged it was. After the last one it returns io.EOF, and footer
// is complete.
func (t *table) next() (*record, raggedness, error) {
	if r := t.quickly(); r != nil {
		return r, even, nil
	}
	for {
		if len(t.queue) > 0 {
			row := &t.queue[0]
			t.queue = t.queue[1:]
			t.count++
			return t.fit(&row.rec), row.ragged, nil
		}
		if r := t.pending; r != nil {
			t.pending = nil
			t.count++
			return r, even, nil
		}
		if err := t.read(); err != nil {
			return nil, even, err
		}
	}
}

// quickly returns the next record where nothing is odd about it or around it,
// nil otherwise; then next begins at what it read, if it did.
func (t *table) quickly() *record {
	if t.pending != nil || len(t.queue) > 0 || len(t.held) > 0 || t.skip > 0 || t.count&1023 == 0 || len(t.typed) == 0 || t.width < 2 || !t.sc.quickly() {
		return nil
	}
	r := &t.sc.rec
	if len(r.fields) != t.width {
		t.again = true
		return nil
	}
	if cell := r.fields[t.typed[0]]; len(cell) == 0 || cell[0]-'0' > 9 {
		t.again = true
		return nil
	}
	t.count++
	return r
}

// read takes one record from the scanner and decides whether it is data.
func (t *table) read() error {
	if t.count&1023 == 0 && t.ctx.Err() != nil {
		return context.Cause(t.ctx)
	}
	r, err := &t.sc.rec, error(nil)
	if t.again {
		t.again = false
	} else {
		r, err = t.sc.next()
	}
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
	case len(r.fields) == t.width && !t.note(r) && !blankRecord(r):
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
