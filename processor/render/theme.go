package render

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	xfont "golang.org/x/image/font"
)

// The picture is 960 × 480 pixels: 10 × 5 inches at 96 dots per inch. Lengths
// below are points, 1/72 inch.
const (
	width  = 10 * vg.Inch
	height = 5 * vg.Inch
	dpi    = 96
	margin = vg.Length(18)
)

// The colours of the chart: slate for what was observed, blue for what is
// forecast. They differ in lightness too, so that they stay apart in print and
// for readers who do not tell hues apart.
var (
	paper        = color.NRGBA{0xff, 0xff, 0xff, 0xff}
	ink          = color.NRGBA{0x0f, 0x17, 0x2a, 0xff}
	muted        = color.NRGBA{0x64, 0x74, 0x8b, 0xff}
	hair         = color.NRGBA{0xe2, 0xe8, 0xf0, 0xff} // grid
	edge         = color.NRGBA{0xcb, 0xd5, 0xe1, 0xff} // axis and the line at "now"
	futureGround = color.NRGBA{0xf8, 0xfa, 0xfc, 0xff} // ground of the future
	pastInk      = color.NRGBA{0x33, 0x41, 0x55, 0xff}
	futureInk    = color.NRGBA{0x1d, 0x4e, 0xd8, 0xff}
	bandHue      = color.NRGBA{0x3b, 0x82, 0xf6, 0xff}
)

// bandColor is the colour of each of n bands that lie one on another. The
// opacity of one layer is such that all n together cover half.
func bandColor(n int) color.NRGBA {
	c := bandHue
	c.A = uint8(math.Round(255 * (1 - math.Pow(0.5, 1/float64(n)))))
	return c
}

// stacked is the opaque colour that layers layers of c leave on white paper.
func stacked(c color.NRGBA, layers int) color.NRGBA {
	cover := 1 - math.Pow(1-float64(c.A)/255, float64(layers))
	mix := func(v uint8) uint8 { return uint8(math.Round(255 - cover*(255-float64(v)))) }
	return color.NRGBA{mix(c.R), mix(c.G), mix(c.B), 0xff}
}

func stroke(c color.Color, points vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: points}
}

// style is a text style in Liberation Sans, the font that gonum/plot carries.
func style(c color.Color, size vg.Length, weight xfont.Weight) text.Style {
	return text.Style{
		Color:   c,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Weight: weight, Size: size},
		XAlign:  draw.XLeft,
		YAlign:  draw.YTop,
		Handler: plot.DefaultTextHandler,
	}
}

func titleStyle() text.Style   { return style(ink, 14, xfont.WeightBold) }
func captionStyle() text.Style { return style(muted, 9, xfont.WeightNormal) }
