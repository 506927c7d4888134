package dataset

import (
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// legacyEncoding is one of the encodings that came before UTF-8. Those of two
// bytes a character are told apart by where their everyday characters lie.
type legacyEncoding struct {
	name     string
	encoding encoding.Encoding
	lead     func(c byte) bool           // begins a character of two bytes
	trail    func(c byte) bool           // ends one
	single   func(c byte) bool           // is a character by itself
	everyday func(lead, trail byte) bool // the characters that most text is made of
	telling  func(lead, trail byte) bool // those that no other encoding of the list would show often
	least    float64                     // share of telling characters that speaks for it
}

func within(low, high byte) func(byte) bool {
	return func(c byte) bool { return c >= low && c <= high }
}

func never(byte) bool { return false }

// legacyEncodings in the order in which they are tried. The places: JIS X 0208
// has kana in rows 4 and 5 and everyday kanji in rows 16 to 47; GB 2312 has its
// 3755 everyday characters, ordered by sound, in rows 16 to 55; KS X 1001 has
// all its syllables in rows 16 to 40; Big5 has 5401 everyday characters from
// A440 to C67E.
var legacyEncodings = []legacyEncoding{
	{"shift_jis", japanese.ShiftJIS,
		func(c byte) bool { return c >= 0x81 && c <= 0x9F || c >= 0xE0 && c <= 0xFC },
		func(c byte) bool { return c >= 0x40 && c <= 0xFC && c != 0x7F }, within(0xA1, 0xDF),
		func(l, _ byte) bool { return l >= 0x81 && l <= 0x83 || l >= 0x88 && l <= 0x98 },
		func(l, _ byte) bool { return l >= 0x81 && l <= 0x98 }, 0.5},
	{"euc-jp", japanese.EUCJP, within(0xA1, 0xFE), within(0xA1, 0xFE), never,
		func(l, _ byte) bool { return l == 0xA1 || l == 0xA4 || l == 0xA5 || l >= 0xB0 && l <= 0xCF },
		func(l, _ byte) bool { return l == 0xA4 || l == 0xA5 }, 0.15},
	{"big5", traditionalchinese.Big5, within(0xA1, 0xF9),
		func(c byte) bool { return c >= 0x40 && c <= 0x7E || c >= 0xA1 && c <= 0xFE }, never,
		func(l, _ byte) bool { return l == 0xA1 || l >= 0xA4 && l <= 0xC6 },
		func(_, t byte) bool { return t <= 0x7E }, 0.1},
	{"euc-kr", korean.EUCKR, within(0xA1, 0xFE), within(0xA1, 0xFE), never,
		func(l, _ byte) bool { return l == 0xA1 || l >= 0xB0 && l <= 0xC8 },
		func(l, _ byte) bool { return l >= 0xB0 && l <= 0xC8 }, 0.9},
	{"gb18030", simplifiedchinese.GB18030, within(0x81, 0xFE),
		func(c byte) bool { return c >= 0x40 && c <= 0xFE && c != 0x7F }, never,
		func(l, t byte) bool { return l == 0xA1 || l == 0xA3 || l >= 0xB0 && l <= 0xD7 && t >= 0xA1 },
		func(l, t byte) bool { return l >= 0xB0 && l <= 0xD7 && t >= 0xA1 }, 0.7},
}

// legacySample is how much text decides the encoding, from the first byte on
// that is no UTF-8.
const legacySample = 64 << 10

// guess settles the encoding from the given byte of raw on.
func (d *decoder) guess(from int) {
	for len(d.raw)-from < legacySample && d.err == nil {
		d.fill(chunkBytes)
	}
	sample := d.raw[from:min(len(d.raw), from+legacySample)]
	d.legacy = true
	for i := range legacyEncodings {
		if e := &legacyEncodings[i]; e.fits(sample) {
			d.transcode(e.encoding, e.name, from)
			return
		}
	}
	if cyrillic(sample) {
		d.transcode(charmap.Windows1251, "windows-1251", from)
		return
	}
	if centralEuropean(sample) {
		d.transcode(charmap.Windows1250, "windows-1250", from)
		return
	}
	d.transcode(charmap.Windows1252, "windows-1252", from)
}

// fits reports whether text in this encoding would look like b: hardly a byte
// out of place, everyday characters, and several of them in a row, as words
// have. Accented letters of a European text stand alone.
func (e *legacyEncoding) fits(b []byte) bool {
	chars, wrong, everyday, telling, neighbours := 0, 0, 0, 0, 0
	last := -2 // where the last character of two bytes ended
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c < utf8.RuneSelf:
			continue
		case e.single(c):
			chars, everyday, telling = chars+1, everyday+1, telling+1
			last = i + 1
			continue
		case i+1 == len(b): // the sample may cut a character
			continue
		case !e.lead(c) || !e.trail(b[i+1]):
			wrong++
			continue
		}
		chars++
		if last == i {
			neighbours++
		}
		if e.everyday(b[i], b[i+1]) {
			everyday++
		}
		if e.telling(b[i], b[i+1]) {
			telling++
		}
		i++
		last = i + 1
	}
	n := float64(chars)
	return chars > 0 && float64(wrong) <= 0.01*n && float64(everyday) >= 0.8*n && float64(telling) >= e.least*n && float64(neighbours) >= 0.25*n
}

// cyrillic reports whether b looks like Windows-1251: words of letters above
// 0xC0, where Western text has one such letter at a time.
func cyrillic(b []byte) bool {
	high, letters, runs := 0, 0, 0
	for i, c := range b {
		if c < utf8.RuneSelf {
			continue
		}
		high++
		if c >= 0xC0 || c == 0xA8 || c == 0xB8 {
			letters++
		}
		if i == 0 || b[i-1] < utf8.RuneSelf {
			runs++
		}
	}
	return float64(letters) >= 0.95*float64(high) && high >= 3*runs
}
