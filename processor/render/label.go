package render

import (
	"strings"
	"unicode"

	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// legible returns s on one line if the font of sty can draw every rune of it,
// else neutral: a font without the glyphs drops them silently, and half a name
// is worse than none. The true name stands in output.json and forecast.csv.
func legible(s, neutral string, sty text.Style) string {
	face := sty.Handler.Cache().Lookup(sty.Font, sty.Font.Size).Face
	line := strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	var buf sfnt.Buffer
	for _, r := range line {
		glyph, err := face.GlyphIndex(&buf, r)
		if err != nil || glyph == 0 || rightToLeft(r) {
			return neutral
		}
	}
	if line == "" {
		return neutral
	}
	return line
}

// rightToLeft reports scripts that need an order of glyphs the plain text
// drawing does not know, even where the font has the glyphs.
func rightToLeft(r rune) bool { return unicode.In(r, unicode.Hebrew, unicode.Arabic) }

// fit shortens s with an ellipsis until it is no wider than room.
func fit(s string, room vg.Length, sty text.Style) string {
	if sty.Width(s) <= room {
		return s
	}
	runes := []rune(s)
	low, high := 0, len(runes) // the longest head that fits lies in [low, high)
	for high-low > 1 {
		middle := (low + high) / 2
		if sty.Width(string(runes[:middle])+"…") <= room {
			low = middle
		} else {
			high = middle
		}
	}
	return strings.TrimRight(string(runes[:low]), " ") + "…"
}
