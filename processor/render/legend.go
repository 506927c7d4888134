package render

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// entry is one line of the legend, drawn side by side from the right edge.
type entry struct {
	label  string
	swatch func(c draw.Canvas, at vg.Rectangle)
}

// maxEntries keeps the legend of a chart with very many bands on its line.
const maxEntries = 8

func entries(v view) []entry {
	list := []entry{{"observed", lineSwatch(stroke(pastInk, 1.5))}, {"forecast", lineSwatch(stroke(futureInk, 2))}}
	for _, l := range v.lone {
		list = append(list, entry{l.label, lineSwatch(loneStroke())})
	}
	layer := bandColor(len(v.bands))
	for i := len(v.bands) - 1; i >= 0; i-- {
		list = append(list, entry{v.bands[i].label, areaSwatch(stacked(layer, i+1))})
	}
	return list[:min(len(list), maxEntries)]
}

// drawLegend draws the legend into the top right corner of c and returns its
// width.
func drawLegend(c draw.Canvas, v view) vg.Length {
	const box, gap, between = vg.Length(14), vg.Length(5), vg.Length(14)
	label := captionStyle()
	label.Color = ink
	x, y := c.Max.X, c.Max.Y-3
	list := entries(v)
	for i := len(list) - 1; i >= 0; i-- {
		x -= label.Width(list[i].label)
		c.FillText(label, vg.Point{X: x, Y: y}, list[i].label)
		x -= gap + box
		list[i].swatch(c, vg.Rectangle{Min: vg.Point{X: x, Y: y - 9}, Max: vg.Point{X: x + box, Y: y - 1}})
		x -= between
	}
	return c.Max.X - x
}

func lineSwatch(sty draw.LineStyle) func(draw.Canvas, vg.Rectangle) {
	return func(c draw.Canvas, at vg.Rectangle) {
		y := (at.Min.Y + at.Max.Y) / 2
		c.StrokeLine2(sty, at.Min.X, y, at.Max.X, y)
	}
}

func areaSwatch(fill color.Color) func(draw.Canvas, vg.Rectangle) {
	return func(c draw.Canvas, at vg.Rectangle) {
		c.SetColor(fill)
		c.Fill(at.Path())
	}
}
