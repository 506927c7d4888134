package dataset

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

const (
	everyByte = 0x0101010101010101
	lowBits   = 0x7F7F7F7F7F7F7F7F
)

// zeroBytes marks the bytes of x that are zero, each by its highest bit.
// Exact for every byte: see Warren, Hacker's Delight (2013), section 6-1.
func zeroBytes(x uint64) uint64 { return ^((x&lowBits + lowBits) | x | lowBits) }

// quickly reads the commonest kind of record, one without quotes that lies in
// the buffer to its end, eight bytes at a time. It reports false and leaves
// everything as it was where that is not so.
func (s *scanner) quickly() bool {
	if s.bareCR || s.quote == 0 || s.delim == 0 || s.delim == ' ' {
		return false
	}
	if s.quoteAt < s.pos {
		s.quoteAt = s.end
		if i := bytes.IndexByte(s.buf[s.pos:s.end], s.quote); i >= 0 {
			s.quoteAt = s.pos + i
		}
	}
	text := s.buf[s.pos:s.quoteAt]
	delims := uint64(s.delim) * everyByte
	fields, from := s.rec.fields[:0], 0
	for i := 0; i+8 <= len(text); i += 8 {
		word := binary.LittleEndian.Uint64(text[i:])
		cuts, ends := zeroBytes(word^delims), zeroBytes(word^'\n'*everyByte)
		if ends != 0 {
			cuts &= ends&-ends - 1 // those before the first line feed
		}
		for ; cuts != 0; cuts &= cuts - 1 {
			at := i + bits.TrailingZeros64(cuts)>>3
			fields = append(fields, text[from:at])
			from = at + 1
		}
		if ends != 0 {
			return s.endsAt(fields, text, from, i+bits.TrailingZeros64(ends)>>3)
		}
	}
	return false
}

// endsAt finishes a record whose line feed stands at the given place.
func (s *scanner) endsAt(fields [][]byte, text []byte, from, at int) bool {
	length, terminator := at, 1
	if at > 0 && text[at-1] == '\r' {
		length, terminator = at-1, 2
	}
	if len(fields) >= s.limits.Columns || length > s.limits.FieldBytes || from > length {
		return false
	}
	s.rec.line, s.rec.offset = s.line+1, s.offset
	s.rec.fields, s.rec.raw = append(fields, text[from:length]), text[:length]
	s.line++
	if terminator == 2 {
		s.ends.crlf++
	} else {
		s.ends.lf++
	}
	s.pos += at + 1
	s.offset += int64(at + 1)
	return true
}
