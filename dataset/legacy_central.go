package dataset

import (
	"bytes"
	"unicode/utf8"
)

// centralEuropean reports whether b looks like Windows-1250, which has the
// letters of Polish, Czech, Slovak, Hungarian, Croatian and others where
// Windows-1252 has marks (¹ ³ ¼ ¾ ¿ £ ¥) or letters that no language of the
// West has side by side: ì and ø (ě and ř), õ and û (ő and ű).
func centralEuropean(b []byte) bool {
	inside := 0
	var seen [256]bool
	for i, c := range b {
		if c < utf8.RuneSelf || i == 0 || i+1 == len(b) || !wordy1250(b[i-1]) || !wordy1250(b[i+1]) {
			continue
		}
		seen[c] = true
		if bytes.IndexByte(marksOf1252, c) >= 0 {
			inside++
		}
	}
	return inside >= 2 || seen[0xEC] && seen[0xF8] || seen[0xF5] && seen[0xFB]
}

// marksOf1252 are letters of Windows-1250 that are marks in Windows-1252.
var marksOf1252 = []byte{0x8D, 0x8F, 0x9D, 0x9F, 0xA3, 0xA5, 0xAF, 0xB3, 0xB9, 0xBC, 0xBE, 0xBF}

// wordy1250 reports whether a byte is a letter of Windows-1250.
func wordy1250(c byte) bool {
	return letter(c) || c >= 0xC0 && c != 0xD7 && c != 0xF7 || bytes.IndexByte(marksOf1252, c) >= 0
}
