package render

import (
	"fmt"
	"math"

	"github.com/pgcast/pgcast/internal/engine"
)

// view is what the picture shows of one series. X counts seconds since the
// Unix epoch, or rows where the file has no time.
type view struct {
	clock    bool    // X is time
	past     curve   // what was observed; its newest part when there is much
	observed int     // length of the whole history
	mean     curve   // the forecast, joined to the last observation
	bands    []band  // widest first
	lone     []lone  // quantiles without a partner to make a band with
	now      float64 // X of the last step of the history; NaN without one
	x, y     span
}

// band is the area between two curves.
type band struct {
	label     string
	low, high curve
}

// lone is one quantile drawn as a line.
type lone struct {
	label string
	line  curve
}

// newView prepares the series s. seasonLength is in steps.
func newView(s *engine.Series, seasonLength int) view {
	past, ahead, clock := positions(s.History.ISO, s.Points.ISO)
	v := view{clock: clock, observed: len(past), now: math.NaN()}
	v.past = newCurve(past, s.History.Value).last(window(len(past), len(ahead), seasonLength))
	v.mean = newCurve(ahead, s.Points.Mean)
	v.readBands(ahead, s.Points)
	v.join()
	v.frame()
	return v
}

// window is how many of n steps of history stand before h steps of forecast,
// so that the forecast is no sliver at the edge: five times as many, at least
// five seasons and 100 steps, and all of them when that cuts little.
func window(n, h, seasonLength int) int {
	w := max(5*h, 5*seasonLength, 100)
	if n <= w+w/2 {
		return n
	}
	return w
}

// readBands takes the bands from the levels, widest first, or makes them from
// pairs of quantiles: the lowest with the highest and so on inwards.
func (v *view) readBands(x []float64, p engine.Points) {
	for i := len(p.Levels) - 1; i >= 0; i-- {
		l := p.Levels[i]
		v.bands = append(v.bands, band{short(l.Level) + " %", newCurve(x, l.Lower), newCurve(x, l.Upper)})
	}
	n := len(p.Quantiles)
	for i := range n / 2 {
		low, high := p.Quantiles[i], p.Quantiles[n-1-i]
		v.bands = append(v.bands, band{fmt.Sprintf("%s–%s %%", short(100*low.Q), short(100*high.Q)), newCurve(x, low.Values), newCurve(x, high.Values)})
	}
	if n%2 == 1 && p.Quantiles[n/2].Q != 0.5 {
		q := p.Quantiles[n/2]
		v.lone = append(v.lone, lone{short(100*q.Q) + " %", newCurve(x, q.Values)})
	}
}

// join lets the forecast and its bands set out from the last observation,
// where nothing is uncertain yet.
func (v *view) join() {
	n := len(v.past.y)
	if n == 0 {
		return
	}
	v.now = v.past.x[n-1]
	value := v.past.y[n-1]
	if math.IsNaN(value) {
		return
	}
	v.mean = v.mean.from(v.now, value)
	for i, b := range v.bands {
		v.bands[i].low, v.bands[i].high = b.low.from(v.now, value), b.high.from(v.now, value)
	}
	for i, l := range v.lone {
		v.lone[i].line = l.line.from(v.now, value)
	}
}

// frame chooses the ranges of the axes. A band may reach beyond history and
// forecast by as much as their own range; what lies further out is cut, so
// that a wild band does not flatten everything else.
func (v *view) frame() {
	v.x = spanOf(v.past.x, v.mean.x)
	core := spanOf(v.past.y, v.mean.y)
	v.y = core
	for _, b := range v.bands {
		reach := spanOf([]float64{v.y.low, v.y.high}, b.low.y, b.high.y)
		v.y = reach
		if !core.empty() && core.size() > 0 {
			v.y = span{max(reach.low, core.low-core.size()), min(reach.high, core.high+core.size())}
		}
	}
	v.y = v.y.widened(0.06)
	if v.x.empty() || v.x.size() == 0 {
		v.x = v.x.widened(0)
	}
}
