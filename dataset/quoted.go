package dataset

import (
	"bytes"
	"fmt"
)

// span is a field inside the record being read.
type span struct {
	from, to int
	escaped  bool // holds doubled or backslashed quotes
	tail     int  // text after a closing quote up to this; = to when there is none
}

// nextQuoted reads a record that has a quote in its first line. When the text
// at hand ends before the record does, it reads on and begins again: the
// buffer doubles, so that the work stays proportional to the record.
func (s *scanner) nextQuoted() (*record, error) {
	for {
		spans, length, terminator, done := s.cut(s.spans[:0], s.buf[s.pos:s.end])
		s.spans = spans
		if done {
			return s.finishQuoted(spans, length, terminator)
		}
		open := spans[len(spans)-1]
		if s.eof != nil || s.end-s.pos-open.from > s.limits.FieldBytes {
			return nil, s.unterminated(open)
		}
		if err := s.more(); err != nil {
			return nil, err
		}
	}
}

func (s *scanner) unterminated(open span) error {
	before := s.buf[s.pos : s.pos+open.from]
	line := s.line + 1 + s.lines(before)
	return &Error{Code: "unterminated_quote", Line: line, ByteOffset: s.offset + int64(open.from), Detail: fmt.Sprintf("the quote %q opened here is never closed", s.quote),
		Hint: "close it, or double a quote that belongs to the text"}
}

// cut finds the fields of the record at the front of text and appends them to
// spans. When done is false the text ended first; the last span then tells
// where the open field begins.
func (s *scanner) cut(spans []span, text []byte) (all []span, length, terminator int, done bool) {
	for at := 0; ; {
		f, next, ok := s.cutField(text, at)
		spans = append(spans, f)
		if !ok {
			return spans, 0, 0, false
		}
		if next < len(text) && s.delim != 0 && text[next] == s.delim {
			at = next + 1
			continue
		}
		if next == len(text) {
			return spans, next, 0, s.eof != nil
		}
		_, width := s.lineEnd(text[next:], 0)
		if width == 0 && s.eof == nil {
			return spans, 0, 0, false
		}
		if width == 0 { // a lone carriage return at the end of the file
			return spans, len(text), 0, true
		}
		return spans, next, width, true
	}
}

// cutField finds the field that begins at text[at] and where it ends: at a
// delimiter, at a line end, or at the end of text.
func (s *scanner) cutField(text []byte, at int) (f span, next int, ok bool) {
	open := at
	for open < len(text) && text[open] == ' ' && s.delim != ' ' {
		open++
	}
	if open == len(text) || text[open] != s.quote {
		end := s.fieldEnd(text, at)
		return span{from: at, to: end, tail: end}, end, true
	}
	f = span{from: open + 1}
	for i := open + 1; ; {
		q := bytes.IndexByte(text[i:], s.quote)
		if q < 0 {
			return span{from: open}, 0, false
		}
		q += i
		switch {
		case s.backslash && backslashes(text[f.from:q])%2 == 1:
			f.escaped = true
			i = q + 1
		case q+1 < len(text) && text[q+1] == s.quote:
			f.escaped = true
			i = q + 2
		case q+1 == len(text) && s.eof == nil:
			return span{from: open}, 0, false // the next byte may double it
		default:
			f.to = q
			f.tail = s.fieldEnd(text, q+1)
			return f, f.tail, true
		}
	}
}

// fieldEnd returns where the unquoted text from at on ends.
func (s *scanner) fieldEnd(text []byte, at int) int {
	for i := at; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n', s.delim != 0 && c == s.delim:
			return i
		case c == '\r' && (s.bareCR || i+1 < len(text) && text[i+1] == '\n' || i+1 == len(text)):
			return i
		}
	}
	return len(text)
}

func backslashes(b []byte) int {
	n := 0
	for n < len(b) && b[len(b)-1-n] == '\\' {
		n++
	}
	return n
}

func (s *scanner) finishQuoted(spans []span, length, terminator int) (*record, error) {
	s.begin()
	text := s.buf[s.pos : s.pos+length]
	s.scratch = s.scratch[:0]
	for _, f := range spans {
		s.rec.fields = append(s.rec.fields, s.value(text, f))
	}
	if s.delim == ' ' {
		s.rec.fields = dropEmpty(s.rec.fields)
	}
	inner := s.lines(text)
	s.advance(length, terminator)
	s.line += inner
	return &s.rec, s.checkFields()
}

// value returns the text of a field without its quotes. Text after a closing
// quote is a slip of the writer: it is kept, and counted.
func (s *scanner) value(text []byte, f span) []byte {
	if f.from > 0 && text[f.from-1] == s.quote && f.tail > f.to {
		s.quoted = true
	}
	tail := text[min(f.to, len(text)):f.tail]
	if len(tail) > 0 {
		tail = bytes.TrimRight(tail[1:], " \t")
	}
	if !f.escaped && len(tail) == 0 {
		return text[f.from:f.to]
	}
	start := len(s.scratch)
	s.scratch = s.unescape(s.scratch, text[f.from:f.to])
	if len(tail) > 0 {
		s.scratch = append(s.scratch, tail...)
		if s.badQuote == 0 {
			s.badLine = s.rec.line
		}
		s.badQuote++
	}
	return s.scratch[start:len(s.scratch):len(s.scratch)]
}

func (s *scanner) unescape(out, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		escape := b[i] == s.quote || s.backslash && b[i] == '\\'
		if escape && i+1 < len(b) && (b[i+1] == s.quote || b[i+1] == '\\' && b[i] == '\\') {
			i++
		}
		out = append(out, b[i])
	}
	return out
}

// lines counts the physical line ends inside text.
func (s *scanner) lines(text []byte) int {
	n := bytes.Count(text, []byte{'\n'})
	if s.bareCR {
		n += bytes.Count(text, []byte{'\r'}) - bytes.Count(text, []byte("\r\n"))
	}
	return n
}
