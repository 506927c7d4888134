package render

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	xfont "golang.org/x/image/font"
)

// newPlot sets the axes in our theme: a hair line below, round numbers on the
// left, no frame.
func newPlot(v view) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.X.Padding, p.Y.Padding = 0, 0
	p.X.LineStyle = stroke(edge, 0.75)
	p.Y.LineStyle.Width = 0
	p.X.Tick.LineStyle, p.X.Tick.Length = stroke(edge, 0.75), 4
	p.Y.Tick.LineStyle.Width = 0
	p.X.Tick.Label = tickStyle(draw.XCenter, draw.YTop)
	p.Y.Tick.Label = tickStyle(draw.XRight, draw.YCenter)
	p.X.Tick.Marker = values{most: 9, whole: true}
	if v.clock {
		p.X.Tick.Marker = calendar{most: 10}
	}
	p.Y.Tick.Marker = values{most: 6}
	p.Add(layers(v)...)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = v.x.low, v.x.high, v.y.low, v.y.high // Add widens them
	return p
}

func tickStyle(x text.XAlignment, y text.YAlignment) text.Style {
	sty := style(muted, 9, xfont.WeightNormal)
	sty.XAlign, sty.YAlign = x, y
	return sty
}

func loneStroke() draw.LineStyle {
	sty := stroke(futureInk, 1)
	sty.Dashes = []vg.Length{2, 2}
	return sty
}

// layer is a [plot.Plotter] made of a function.
type layer func(draw.Canvas, *plot.Plot)

// Plot implements [plot.Plotter].
func (l layer) Plot(c draw.Canvas, p *plot.Plot) { l(c, p) }

// layers are the parts of the chart, lowest first.
func layers(v view) []plot.Plotter {
	all := []plot.Plotter{ground(v.now), layer(grid)}
	fill := bandColor(len(v.bands))
	for _, b := range v.bands {
		all = append(all, area(b, fill)...)
	}
	all = append(all, nowLine(v.now))
	all = append(all, line(v.past, stroke(pastInk, 1.5))...)
	for _, l := range v.lone {
		all = append(all, line(l.line, loneStroke())...)
	}
	return append(all, line(v.mean, stroke(futureInk, 2))...)
}

// ground shades what lies after now.
func ground(now float64) layer {
	return func(c draw.Canvas, p *plot.Plot) {
		if math.IsNaN(now) {
			return
		}
		c.SetColor(futureGround)
		c.Fill(vg.Rectangle{Min: vg.Point{X: c.X(p.X.Norm(now)), Y: c.Min.Y}, Max: c.Max}.Path())
	}
}

// grid draws a hair line at each tick of the value axis.
func grid(c draw.Canvas, p *plot.Plot) {
	for _, tick := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		y := c.Y(p.Y.Norm(tick.Value))
		c.StrokeLine2(stroke(hair, 0.75), c.Min.X, y, c.Max.X, y)
	}
}

// nowLine marks the last observed step.
func nowLine(now float64) layer {
	return func(c draw.Canvas, p *plot.Plot) {
		if math.IsNaN(now) {
			return
		}
		sty := stroke(muted, 0.75)
		sty.Dashes = []vg.Length{3, 3}
		x := c.X(p.X.Norm(now))
		c.StrokeLine2(sty, x, c.Min.Y, x, c.Max.Y)
		label := tickStyle(draw.XRight, draw.YTop)
		c.FillText(label, vg.Point{X: x - 4, Y: c.Max.Y - 1}, "now")
	}
}

// line draws a curve, a dot where a value stands alone.
func line(c curve, sty draw.LineStyle) []plot.Plotter {
	var all []plot.Plotter
	for _, piece := range c.pieces() {
		if len(piece) > 1 {
			all = append(all, &plotter.Line{XYs: piece, LineStyle: sty})
			continue
		}
		dot := draw.GlyphStyle{Color: sty.Color, Radius: sty.Width, Shape: draw.CircleGlyph{}}
		all = append(all, &plotter.Scatter{XYs: piece, GlyphStyle: dot})
	}
	return all
}

// area fills the space between the curves of a band, in the pieces where both
// are known.
func area(b band, fill color.Color) []plot.Plotter {
	var all []plot.Plotter
	n := min(len(b.low.y), len(b.high.y))
	for start, i := 0, 0; i <= n; i++ {
		if i < n && !math.IsNaN(b.low.y[i]) && !math.IsNaN(b.high.y[i]) {
			continue
		}
		if i-start > 1 {
			all = append(all, &plotter.Polygon{XYs: []plotter.XYs{b.ring(start, i)}, Color: fill})
		}
		start = i + 1
	}
	return all
}

// ring is the outline of the steps [from, to): out along the upper curve, back
// along the lower.
func (b band) ring(from, to int) plotter.XYs {
	var ring plotter.XYs
	for i := from; i < to; i++ {
		ring = append(ring, plotter.XY{X: b.high.x[i], Y: b.high.y[i]})
	}
	for i := to - 1; i >= from; i-- {
		ring = append(ring, plotter.XY{X: b.low.x[i], Y: b.low.y[i]})
	}
	return ring
}
