package render

import (
	"io"

	"github.com/pgcast/pgcast/internal/engine"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// PNG draws o as forecast.png, 960 × 480 pixels: what was observed, the line
// at "now", the forecast and its bands. Of a panel it shows the first series
// that has a forecast, and says how many there are.
func PNG(w io.Writer, o *engine.Output) error {
	image := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dpi), vgimg.UseBackgroundColor(paper))
	page := draw.Crop(draw.New(image), margin, -margin, margin-4, -margin)
	if shown := first(o.Series); shown >= 0 {
		drawSeries(page, o, shown)
	} else {
		c := captionStyle()
		c.XAlign, c.YAlign = draw.XCenter, draw.YCenter
		page.FillText(c, page.Center(), "There is nothing to show: the file has no series.")
	}
	_, err := vgimg.PngCanvas{Canvas: image}.WriteTo(w)
	return err
}

func drawSeries(page draw.Canvas, o *engine.Output, shown int) {
	v := newView(&o.Series[shown], o.Request.SeasonLength)
	drawHeader(page, title(o, shown), caption(o, shown, v), v)
	newPlot(v).Draw(draw.Crop(page, 0, 0, 0, -headerHeight))
}

// first returns the first series with a forecast, the first of all when none
// has one, and -1 when there is none.
func first(series []engine.Series) int {
	for i := range series {
		if len(newCurve(make([]float64, len(series[i].Points.Mean)), series[i].Points.Mean).pieces()) > 0 {
			return i
		}
	}
	return min(len(series), 1) - 1
}
