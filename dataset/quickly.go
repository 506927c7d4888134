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

// marksIn marks the bytes of a word that are the one that a or the one that b
// is made of, each by its highest bit, and gathers the marks in eight bits.
func marksIn(word, a, b uint64) uint64 {
	x, y := word^a, word^b
	marks := ^((x&lowBits+lowBits|x)&(y&lowBits+lowBits|y) | lowBits)
	return marks >> 7 * 0x0102040810204080 >> 56
}

// block is how much text is looked at before any of it is cut: with all marks
// at hand the processor need not guess where the next one stands.
const block = 64

// marksOf marks the bytes of a block that are the one that a or the one that b
// is made of, one bit for each.
func marksOf(text *[block]byte, a, b uint64) (marks uint64) {
	for i := 0; i < block; i += 8 {
		marks |= marksIn(binary.LittleEndian.Uint64(text[i:]), a, b) << i
	}
	return marks
}

// quickly cuts records of the commonest kind, those without quotes that lie in
// the buffer to their ends, and returns how many it stepped over. They are valid
// until the next call of next or quickly.
func (s *scanner) quickly(rows []record) (n int) {
	if s.bareCR || s.quote == 0 || s.delim == 0 || s.delim == ' ' {
		return 0
	}
	s.findQuote()
	text, limit := s.buf[s.pos:], s.quoteAt-s.pos
	delims, feeds := uint64(s.delim)*everyByte, uint64('\n')*everyByte
	begin, from, crlf := 0, 0, 0 // where the record and its field begin
	fields := rows[0].fields[:0]
cut:
	for i := 0; i < limit && i+block <= len(text); i += block {
		marks := marksOf((*[block]byte)(text[i:]), delims, feeds)
		if left := limit - i; left < block {
			marks &= 1<<left - 1
		}
		for ; marks != 0; marks &= marks - 1 {
			at := i + bits.TrailingZeros64(marks)
			if text[at] != '\n' {
				fields = append(fields, text[from:at])
				from = at + 1
				continue
			}
			end := at
			if at > from && text[at-1] == '\r' {
				end--
				crlf++
			}
			if len(fields) >= s.limits.Columns || end-begin > s.limits.FieldBytes {
				crlf -= at - end
				break cut
			}
			r := &rows[n]
			r.line, r.offset = s.line+n+1, s.offset+int64(begin)
			r.fields, r.raw = append(fields, text[from:end]), text[begin:end]
			n++
			begin, from = at+1, at+1
			if n == len(rows) {
				break cut
			}
			fields = rows[n].fields[:0]
		}
	}
	s.pos += begin
	s.offset += int64(begin)
	s.line += n
	s.ends.crlf += crlf
	s.ends.lf += n - crlf
	return n
}

// findQuote notes where the next quote stands, when that is not known.
func (s *scanner) findQuote() {
	if s.quoteAt >= s.pos {
		return
	}
	s.quoteAt = s.end
	if i := bytes.IndexByte(s.buf[s.pos:s.end], s.quote); i >= 0 {
		s.quoteAt = s.pos + i
	}
}
