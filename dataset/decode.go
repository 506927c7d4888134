package dataset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// decoder turns the bytes of a file into UTF-8 text. The encoding is known
// from a byte order mark or the NUL pattern of UTF-16; otherwise text is taken
// as UTF-8 until the first byte that is not, which may come after megabytes.
// If everything before was ASCII, the file is in an older encoding from there
// on (see legacy.go); else it is UTF-8 with single foreign bytes, which are
// read as Windows-1252.
type decoder struct {
	src      io.Reader
	err      error
	buf      []byte
	raw      []byte // read, not yet decoded
	text     []byte // decoded, not yet handed out
	encoding string
	bom      bool
	wide     bool  // bytes above 0x7F were valid UTF-8
	legacy   bool  // an older encoding from here on
	offset   int64 // of raw[0] in the file
	foreign  int   // bytes that are not valid UTF-8
	firstBad int64 // offset of the first of them
	nuls     int
}

const chunkBytes = 64 << 10

// newDecoder reads the first bytes of r, refuses what is no text, and settles
// the encoding as far as the first bytes tell.
func newDecoder(r io.Reader) (*decoder, error) {
	d := &decoder{src: r, encoding: "utf-8"}
	for len(d.raw) < 4096 && d.err == nil {
		d.fill(4096)
	}
	if err := d.failure(); err != nil {
		return nil, err
	}
	if len(d.raw) == 0 {
		return nil, &Error{Code: "empty_file", Detail: "the file is empty", Hint: "upload a CSV with a header line and one row per time step"}
	}
	if err := refuse(d.raw); err != nil {
		return nil, err
	}
	return d, d.detect()
}

func (d *decoder) detect() error {
	switch {
	case bytes.HasPrefix(d.raw, []byte("\xEF\xBB\xBF")):
		d.bom, d.raw, d.offset = true, d.raw[3:], 3
	case bytes.HasPrefix(d.raw, []byte("\xFF\xFE\x00\x00")), bytes.HasPrefix(d.raw, []byte("\x00\x00\xFE\xFF")), sparse(d.raw):
		return unsupported("UTF-32")
	case ebcdic(d.raw):
		return unsupported("EBCDIC")
	case bytes.HasPrefix(d.raw, []byte("\xFF\xFE")):
		d.bom = true
		d.utf16(unicode.LittleEndian, "utf-16le", 2)
	case bytes.HasPrefix(d.raw, []byte("\xFE\xFF")):
		d.bom = true
		d.utf16(unicode.BigEndian, "utf-16be", 2)
	default:
		even, odd := nulPattern(d.raw)
		switch {
		case odd > 0.8 && even < 0.2:
			d.utf16(unicode.LittleEndian, "utf-16le", 0)
		case even > 0.8 && odd < 0.2:
			d.utf16(unicode.BigEndian, "utf-16be", 0)
		case isBinary(d.raw):
			return &Error{Code: "not_text", Detail: "the file holds binary data, not text", Hint: "export the table as CSV"}
		}
	}
	return nil
}

func unsupported(name string) error {
	return &Error{Code: "unsupported_encoding", Detail: "the text is written in " + name, Hint: "save the file as UTF-8"}
}

// sparse reports whether three of four bytes are NUL, as in UTF-32.
func sparse(b []byte) bool {
	return len(b) >= 16 && bytes.Count(b, []byte{0})*20 > len(b)*14 && bytes.Count(b, []byte{0})*20 < len(b)*16
}

// ebcdic reports whether digits, commas and blanks lie where mainframes have
// them, and no byte is an ASCII digit.
func ebcdic(b []byte) bool {
	digits, marks := 0, 0
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			return false
		case c >= 0xF0 && c <= 0xF9:
			digits++
		case c == 0x6B || c == 0x40 || c == 0x15 || c == 0x25 || c == 0x60 || c == 0x4B || c == 0x0D:
			marks++
		}
	}
	return digits >= 8 && 5*digits > len(b) && 2*(digits+marks) > len(b)
}

// nulPattern returns the share of NUL bytes at even and at odd positions.
func nulPattern(b []byte) (even, odd float64) {
	pairs := len(b) / 2
	if pairs < 4 {
		return 0, 0
	}
	for i := 0; i < 2*pairs; i += 2 {
		if b[i] == 0 {
			even++
		}
		if b[i+1] == 0 {
			odd++
		}
	}
	return even / float64(pairs), odd / float64(pairs)
}

func (d *decoder) utf16(order unicode.Endianness, name string, mark int) {
	d.transcode(unicode.UTF16(order, unicode.IgnoreBOM), name, mark)
}

// transcode puts a transcoder in front of what is still to be read, from the
// given byte of raw on.
func (d *decoder) transcode(e encoding.Encoding, name string, from int) {
	rest := io.Reader(bytes.NewReader(bytes.Clone(d.raw[from:])))
	switch {
	case d.err == nil:
		rest = io.MultiReader(rest, d.src)
	case !errors.Is(d.err, io.EOF):
		rest = io.MultiReader(rest, broken{d.err})
	}
	d.src = e.NewDecoder().Reader(rest)
	d.encoding, d.raw, d.err = name, nil, nil
}

// broken is a source that failed.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// Read hands out decoded text.
func (d *decoder) Read(p []byte) (int, error) {
	for len(d.text) == 0 {
		if len(d.raw) == 0 {
			if d.err != nil {
				return 0, d.err
			}
			d.fill(chunkBytes)
		}
		d.decode()
	}
	n := copy(p, d.text)
	d.text = d.text[n:]
	return n, nil
}

// fill reads up to n more raw bytes. It may only be called when all text has
// been handed out: text lies in the same buffer.
func (d *decoder) fill(n int) {
	kept := len(d.raw)
	if cap(d.buf) < kept+n {
		d.buf = make([]byte, 2*(kept+n))
	}
	copy(d.buf[:kept], d.raw)
	read, err := d.src.Read(d.buf[kept : kept+n])
	d.raw = d.buf[:kept+read]
	if err != nil {
		d.err = err
	}
}

// decode moves raw bytes to text; a character cut by the end of the chunk
// waits for the next one.
func (d *decoder) decode() {
	d.dropNULs()
	whole := len(d.raw)
	switch {
	case ascii(d.raw):
		d.text = d.raw
	case utf8.Valid(d.raw):
		d.wide = true
		d.text = d.raw
	default:
		whole = d.decodeMixed()
	}
	d.offset += int64(whole)
	if d.raw != nil { // else the rest went to the transcoder
		d.raw = d.raw[whole:]
	}
	if len(d.text) == 0 && len(d.raw) > 0 && d.err == nil {
		d.fill(chunkBytes)
	}
}

// decodeMixed decodes a chunk with at least one byte that is not valid UTF-8
// and returns how many raw bytes it used.
func (d *decoder) decodeMixed() int {
	out := make([]byte, 0, len(d.raw)+len(d.raw)/8)
	for i := 0; i < len(d.raw); {
		r, size := utf8.DecodeRune(d.raw[i:])
		switch {
		case r != utf8.RuneError || size > 1:
			d.wide = d.wide || size > 1
			out = append(out, d.raw[i:i+size]...)
			i += size
			continue
		case d.err == nil && !utf8.FullRune(d.raw[i:]):
			d.text = out
			return i
		}
		if d.foreign == 0 {
			d.firstBad = d.offset + int64(i)
		}
		d.foreign++
		if !d.wide {
			d.text = out
			d.guess(i)
			return i
		}
		out = fromWindows1252(out, d.raw[i:i+1])
		i++
	}
	d.text = out
	return len(d.raw)
}

// dropNULs removes NUL bytes, which only damaged text has.
func (d *decoder) dropNULs() {
	if n := bytes.Count(d.raw, []byte{0}); n > 0 {
		d.nuls += n
		d.offset += int64(n)
		d.raw = bytes.ReplaceAll(d.raw, []byte{0}, nil)
	}
}

// failure is the error of the source, if it is not its end.
func (d *decoder) failure() error {
	if errors.Is(d.err, io.EOF) {
		return nil
	}
	return d.err
}

func fromWindows1252(out, b []byte) []byte {
	for _, c := range b {
		out = utf8.AppendRune(out, charmap.Windows1252.DecodeByte(c))
	}
	return out
}

func ascii(b []byte) bool {
	for ; len(b) >= 32; b = b[32:] {
		word := func(i int) uint64 { return binary.LittleEndian.Uint64(b[i:]) }
		if (word(0)|word(8)|word(16)|word(24))&0x8080808080808080 != 0 {
			return false
		}
	}
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
