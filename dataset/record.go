package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// dialect is how the text of a file is cut into records and fields.
type dialect struct {
	delim     byte // 0: one column
	quote     byte // 0: nothing is quoted
	backslash bool // a backslash escapes the quote
	bareCR    bool // a carriage return alone ends a record
}

// record is one record of the file. Its fields are valid until the next call
// of scanner.next.
type record struct {
	line   int   // physical line it begins on, from 1
	offset int64 // of its first byte in the decoded text
	fields [][]byte
	raw    []byte // the whole line, when it was cut at every delimiter; nil otherwise
}

// newlines counts the record ends of each kind.
type newlines struct{ lf, crlf, cr int }

// word names the kind, or "mixed".
func (n newlines) word() string {
	switch {
	case n.crlf > 0 && n.lf == 0 && n.cr == 0:
		return "CRLF"
	case n.cr > 0 && n.lf == 0 && n.crlf == 0:
		return "CR"
	case n.crlf == 0 && n.cr == 0:
		return "LF"
	}
	return "mixed"
}

// scanner cuts text into records. Records without a quote are split with
// IndexByte; the others go through a state machine (see quoted.go).
type scanner struct {
	dialect
	limits   Limits
	src      io.Reader
	buf      []byte
	pos, end int   // unread text is buf[pos:end]
	eof      error // why reading ended
	line     int   // physical lines before buf[pos]
	offset   int64 // of buf[pos]
	rec      record
	spans    []span // of the last record that has a quote
	scratch  []byte // unescaped fields
	ends     newlines
	quoted   bool   // a quoted field was seen
	badQuote int    // quotes in places where they should not be
	badLine  int    // line of the first of them
	moves    func() // called before records of the past lose their text; may be nil
	quoteAt  int    // where in buf the next quote stands, or its end; less than pos when not known
}

func newScanner(r io.Reader, d dialect, l Limits) *scanner {
	return &scanner{dialect: d, limits: l, src: r, buf: make([]byte, 2*chunkBytes), quoteAt: -1}
}

// next returns the next record, io.EOF after the last one, or what went wrong.
func (s *scanner) next() (*record, error) {
	from := 0
	for {
		text := s.buf[s.pos:s.end]
		length, terminator := s.lineEnd(text, from)
		if length < 0 && s.eof == nil {
			from = max(0, len(text)-1)
			if err := s.more(); err != nil {
				return nil, err
			}
			continue
		}
		if length < 0 {
			if len(text) == 0 {
				return nil, s.eof
			}
			length = len(text)
		}
		if s.quote != 0 && bytes.IndexByte(text[:length], s.quote) >= 0 {
			return s.nextQuoted()
		}
		return s.plain(text[:length], terminator)
	}
}

// plain splits a record that has no quotes.
func (s *scanner) plain(text []byte, terminator int) (*record, error) {
	s.begin()
	fields := s.rec.fields
	rest := text
	if s.delim != 0 {
		for {
			i := bytes.IndexByte(rest, s.delim)
			if i < 0 {
				break
			}
			fields = append(fields, rest[:i])
			rest = rest[i+1:]
		}
	}
	s.rec.fields = append(fields, rest)
	if s.delim == ' ' {
		s.rec.fields = dropEmpty(s.rec.fields)
	}
	s.advance(len(text), terminator)
	if len(s.rec.fields) <= s.limits.Columns && len(text) <= s.limits.FieldBytes {
		return &s.rec, nil
	}
	return &s.rec, s.checkFields()
}

// dropEmpty makes one delimiter of many blanks in a row.
func dropEmpty(fields [][]byte) [][]byte {
	kept := fields[:0]
	for _, f := range fields {
		if len(f) > 0 && f[0] != '\r' {
			kept = append(kept, f)
		}
	}
	if len(kept) == 0 {
		kept = fields[:1]
	}
	return kept
}

func (s *scanner) begin() {
	s.rec.line, s.rec.offset, s.rec.fields, s.rec.raw = s.line+1, s.offset, s.rec.fields[:0], nil
}

// advance steps over a record of length bytes and its terminator.
func (s *scanner) advance(length, terminator int) {
	if terminator > 0 {
		s.line++
		switch end := s.buf[s.pos+length : s.pos+length+terminator]; {
		case terminator == 2:
			s.ends.crlf++
		case end[0] == '\n':
			s.ends.lf++
		default:
			s.ends.cr++
		}
	}
	s.pos += length + terminator
	s.offset += int64(length + terminator)
}

// lineEnd returns the length of the line at the front of text and of its
// terminator, or -1 when the line does not end in text. The first from bytes
// are known to hold no line end.
func (s *scanner) lineEnd(text []byte, from int) (length, terminator int) {
	if s.bareCR {
		return s.eitherEnd(text, from)
	}
	lf := bytes.IndexByte(text[from:], '\n')
	if lf < 0 {
		return -1, 0
	}
	if lf += from; lf > 0 && text[lf-1] == '\r' {
		return lf - 1, 2
	}
	return lf, 1
}

// eitherEnd is lineEnd where a carriage return alone ends a line too. It looks
// at every byte once: searching for each of the two ends by itself would run
// through the buffer for every line of a file that has only the other.
func (s *scanner) eitherEnd(text []byte, from int) (length, terminator int) {
	for i := from; i < len(text); i++ {
		switch {
		case text[i] == '\n':
			return i, 1
		case text[i] != '\r':
		case i+1 < len(text) && text[i+1] == '\n':
			return i, 2
		case i+1 == len(text) && s.eof == nil:
			return -1, 0 // the next byte may be its line feed
		default:
			return i, 1
		}
	}
	return -1, 0
}

// more reads on, making room first.
func (s *scanner) more() error {
	s.quoteAt = -1
	if s.moves != nil {
		s.moves()
	}
	if s.pos > 0 {
		copy(s.buf, s.buf[s.pos:s.end])
		s.pos, s.end = 0, s.end-s.pos
	}
	if s.end == len(s.buf) {
		if len(s.buf) >= s.limits.RecordBytes {
			return &Error{Code: "field_too_long", Line: s.line + 1, ByteOffset: s.offset, Detail: fmt.Sprintf("a record is longer than %d bytes", s.limits.RecordBytes),
				Hint: "check that the file is a CSV with line breaks"}
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for tries := 0; tries < 100; tries++ {
		n, err := s.src.Read(s.buf[s.end:])
		s.end += n
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read the file: %w", err)
		}
		if err != nil {
			s.eof = io.EOF
		}
		if n > 0 || err != nil {
			return nil
		}
	}
	return fmt.Errorf("read the file: %w", io.ErrNoProgress)
}

func (s *scanner) checkFields() error {
	if len(s.rec.fields) > s.limits.Columns {
		return &Error{Code: "too_many_columns", Line: s.rec.line, ByteOffset: s.rec.offset, Detail: fmt.Sprintf("the record has %d fields, more than %d", len(s.rec.fields), s.limits.Columns),
			Hint: "check the delimiter, or split the table"}
	}
	for i, f := range s.rec.fields {
		if len(f) > s.limits.FieldBytes {
			return s.tooLong(s.rec.line, i)
		}
	}
	return nil
}

func (s *scanner) tooLong(line, field int) error {
	return &Error{Code: "field_too_long", Line: line, ByteOffset: s.rec.offset, Detail: fmt.Sprintf("field %d is longer than %d bytes", field+1, s.limits.FieldBytes),
		Hint: "check that the file is a CSV with line breaks"}
}
