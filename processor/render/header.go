package render

import (
	"fmt"
	"strings"

	"github.com/pgcast/pgcast/forecast/series"
	"github.com/pgcast/pgcast/internal/engine"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// headerHeight is the room above the axes for title, caption and legend.
const headerHeight = vg.Length(46)

// title names the series, or says "target" or "series 3" when the font lacks
// a glyph of the name.
func title(o *engine.Output, shown int) string {
	neutral := "target"
	if len(o.Series) > 1 {
		neutral = fmt.Sprintf("series %d", shown+1)
	}
	return legible(o.Series[shown].ID, neutral, titleStyle())
}

// caption says in one line how far the forecast looks, what part of the whole
// the picture shows, and which model it is.
func caption(o *engine.Output, shown int, v view) string {
	s := &o.Series[shown]
	model := s.Selected.Spec
	if model == "" {
		model = s.Selected.Model
	}
	parts := []string{ahead(len(s.Points.Mean), o.Request.Frequency)}
	if n := len(v.past.y); n < v.observed {
		parts = append(parts, fmt.Sprintf("last %s of %s observed steps", thousands(fmt.Sprint(n)), thousands(fmt.Sprint(v.observed))))
	}
	if n := len(o.Series); n > 1 {
		parts = append(parts, fmt.Sprintf("series %d of %s", shown+1, thousands(fmt.Sprint(n))))
	}
	parts = append(parts, legible(model, "model", captionStyle())) // last: it may be long, and is cut first
	return strings.Join(parts, "  ·  ")
}

// ahead says the horizon in words: "24 months ahead".
func ahead(h int, frequency string) string {
	f, err := series.ParseFrequency(frequency)
	units := map[series.Unit]string{series.Second: "second", series.Day: "day", series.Weekday: "weekday", series.Week: "week", series.Month: "month"}
	unit, n := units[f.Unit], f.N*h
	switch {
	case err != nil || unit == "":
		unit, n = "step", h
	case f.Unit == series.Month && f.N%12 == 0:
		unit, n = "year", n/12
	case f.Unit == series.Month && f.N%3 == 0:
		unit, n = "quarter", n/3
	case f.Unit == series.Second && n%86400 == 0 && n > 86400:
		unit, n = "day", n/86400
	case f.Unit == series.Second && n%3600 == 0:
		unit, n = "hour", n/3600
	case f.Unit == series.Second && n%60 == 0:
		unit, n = "minute", n/60
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s ahead", n, unit)
}

// drawHeader writes title and caption on the left and the legend on the right.
func drawHeader(c draw.Canvas, name, caption string, v view) {
	room := c.Max.X - c.Min.X - drawLegend(c, v) - 24
	top, small := titleStyle(), captionStyle()
	c.FillText(top, vg.Point{X: c.Min.X, Y: c.Max.Y}, fit(name, room, top))
	c.FillText(small, vg.Point{X: c.Min.X, Y: c.Max.Y - 21}, fit(caption, c.Max.X-c.Min.X, small))
}
