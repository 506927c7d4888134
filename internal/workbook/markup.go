package workbook

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// markup reads the XML of a workbook part as a stream of tags and texts. It
// knows as much of XML as the programs write that make workbooks, and takes
// memory for one tag or text at a time.
type markup struct {
	r    *bufio.Reader
	buf  []byte
	name []byte // local name of the tag
	tag  []byte // what stands between its angle brackets
	text []byte // the text before it, with entities resolved
	kind mark
}

// mark is what a tag does.
type mark int

const (
	opens mark = iota
	closes
	alone // opens and closes
)

// maxMark is how long one tag or text may be; the reader of CSV takes no longer
// field either.
const maxMark = 1 << 20

var (
	errLongMark = errors.New("a cell or a tag is longer than 1 MiB")
	errNoUTF8   = errors.New("a part is not written in UTF-8")
)

func newMarkup(r io.Reader) *markup { return &markup{r: bufio.NewReaderSize(r, 64<<10)} }

// next reads up to the end of the next tag; io.EOF when there is none.
func (m *markup) next() error {
	m.text = m.text[:0]
	for {
		raw, err := m.until('<')
		if err != nil {
			return err
		}
		m.text = appendUnescaped(m.text, raw[:len(raw)-1])
		if m.tag, err = m.inside(); err != nil {
			return err
		}
		switch {
		case bytes.HasPrefix(m.tag, []byte("![CDATA[")):
			m.text = append(m.text, m.tag[len("![CDATA["):len(m.tag)-2]...)
		case len(m.tag) == 0 || m.tag[0] == '!' || m.tag[0] == '?':
		default:
			m.split()
			return nil
		}
		if len(m.text) > maxMark {
			return errLongMark
		}
	}
}

// until reads up to and with a byte.
func (m *markup) until(end byte) ([]byte, error) {
	part, err := m.r.ReadSlice(end)
	if err == nil {
		return part, nil
	}
	m.buf = append(m.buf[:0], part...)
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(m.buf) > maxMark {
			return nil, errLongMark
		}
		part, err = m.r.ReadSlice(end)
		m.buf = append(m.buf, part...)
	}
	return m.buf, err
}

// inside reads the rest of a tag, a comment or a section of characters, without
// the bracket that ends it.
func (m *markup) inside() ([]byte, error) {
	tag, err := m.until('>')
	if err != nil {
		return nil, cutShort(err)
	}
	quote := quoted(0, tag)
	if ended(tag, quote) {
		return tag[:len(tag)-1], nil
	}
	whole := bytes.Clone(tag)
	for !ended(whole, quote) {
		if tag, err = m.until('>'); err != nil {
			return nil, cutShort(err)
		}
		quote = quoted(quote, tag)
		if whole = append(whole, tag...); len(whole) > maxMark {
			return nil, errLongMark
		}
	}
	return whole[:len(whole)-1], nil
}

func cutShort(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// ended reports whether a bracket ends the tag, and is not part of a comment,
// a section of characters, or a value in quotes.
func ended(tag []byte, quote byte) bool {
	switch {
	case bytes.HasPrefix(tag, []byte("!--")):
		return len(tag) >= 6 && bytes.HasSuffix(tag, []byte("-->"))
	case bytes.HasPrefix(tag, []byte("![CDATA[")):
		return bytes.HasSuffix(tag, []byte("]]>"))
	}
	return quote == 0
}

// quoted returns the quote that is open behind a piece of a tag, 0 when none is.
func quoted(quote byte, piece []byte) byte {
	for _, c := range piece {
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	return quote
}

// split finds the name of the tag and what it does.
func (m *markup) split() {
	m.kind = opens
	if m.tag[0] == '/' {
		m.kind, m.tag = closes, m.tag[1:]
	} else if m.tag[len(m.tag)-1] == '/' {
		m.kind, m.tag = alone, m.tag[:len(m.tag)-1]
	}
	m.name = m.tag
	if i := bytes.IndexAny(m.tag, " \t\r\n"); i >= 0 {
		m.name = m.tag[:i]
	}
	if i := bytes.IndexByte(m.name, ':'); i >= 0 {
		m.name = m.name[i+1:]
	}
}

func (m *markup) is(name string) bool { return string(m.name) == name }

// value returns an attribute of the tag, nil when it has none of that name.
func (m *markup) value(name string) []byte {
	rest := m.tag
	if i := bytes.IndexAny(rest, " \t\r\n"); i >= 0 {
		rest = rest[i:]
	} else {
		return nil
	}
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n")
		eq := bytes.IndexByte(rest, '=')
		if eq < 0 {
			return nil
		}
		key := bytes.TrimRight(rest[:eq], " \t\r\n")
		rest = bytes.TrimLeft(rest[eq+1:], " \t\r\n")
		if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			return nil
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return nil
		}
		if string(key) == name {
			return appendUnescaped(nil, rest[1:1+end])
		}
		rest = rest[2+end:]
	}
}

// number returns an attribute that is a whole number, otherwise when it is none.
func (m *markup) number(name string, otherwise int) int {
	n, err := strconv.Atoi(string(m.value(name)))
	if err != nil {
		return otherwise
	}
	return n
}

var entities = map[string]string{"lt": "<", "gt": ">", "amp": "&", "quot": `"`, "apos": "'"}

// appendUnescaped resolves the entities of a text.
func appendUnescaped(out, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, '&')
		if i < 0 {
			return append(out, text...)
		}
		out = append(out, text[:i]...)
		text = text[i:]
		end := bytes.IndexByte(text[:min(len(text), 12)], ';')
		if end < 0 {
			out, text = append(out, '&'), text[1:]
			continue
		}
		out = appendEntity(out, string(text[1:end]))
		text = text[end+1:]
	}
}

func appendEntity(out []byte, name string) []byte {
	if plain, known := entities[name]; known {
		return append(out, plain...)
	}
	digits, base := name, 10
	if len(name) > 1 && name[0] == '#' {
		digits = name[1:]
		if digits[0] == 'x' || digits[0] == 'X' {
			digits, base = digits[1:], 16
		}
		if r, err := strconv.ParseUint(digits, base, 32); err == nil && r <= utf8.MaxRune {
			return utf8.AppendRune(out, rune(r))
		}
	}
	return append(append(append(out, '&'), name...), ';')
}
