package forecast

import (
	"fmt"
	"math"
)

// history is a series made ready for the models.
type history struct {
	values   []float64 // every step of the series, gaps filled; NaN where still missing
	first    int       // step of y[0]
	y        []float64 // what the models see: finite, scaled
	observed []float64 // y with NaN where it was filled in
	exponent int       // y is values ÷ 2^exponent, which costs no digit
	ahead    int       // steps from the end of y to the end of the series
	season   int       // steps, 1 when the series is shorter than a season
	filled   int
	warnings []Warning
}

func (h *history) warn(code, detail string, args ...any) {
	h.warnings = append(h.warnings, Warning{Code: code, Detail: fmt.Sprintf(detail, args...)})
}

// What the models look back at keeps a long series within seconds: eight of the
// shortest season, between leastWindow and mostWindow, and four of the second,
// the week of data within a day, fewer, but more than two, if that is all that longestWindow holds.
const (
	leastWindow   = 2_000
	mostWindow    = 10_000
	longestWindow = 25_000
	besideWindow  = 7_000 // both of these with columns beside the series: each model is tried with them and without
)

func (o Options) window(season int, seasons []int) int {
	longest, most := longestWindow, mostWindow
	if len(o.Columns) > 0 {
		longest, most = besideWindow, besideWindow
	}
	steps := min(max(8*season, leastWindow), most)
	if o.Model != "auto" && o.Model != "mstl" || len(seasons) < 2 { // the others know one season
		return steps
	}
	if 2*seasons[1] < longest {
		steps = max(steps, min(4*seasons[1], longest))
	}
	return steps
}

// prepare cleans y, which is not changed. seasons are all of its cycles.
func prepare(y []float64, season int, seasons []int, o Options) *history {
	h := &history{values: make([]float64, len(y)), season: max(season, 1)}
	raw := h.finite(y)
	first, last := span(raw)
	if first > last {
		h.warn("no_data", "The series has no value; the forecast is zero.")
		h.y, h.observed, h.ahead = []float64{0}, []float64{0}, 0
		h.season = 1
		copy(h.values, raw)
		return h
	}
	first, last = h.fill(raw, first, last, o.Gaps)
	if most := o.window(h.season, seasons); last-first+1 > most {
		h.warn("history_cut", "The models look at the last %d of %d steps.", most, last-first+1)
		first = last - most + 1
	}
	h.first, h.ahead = first, len(y)-1-last
	h.scale(raw, first, last)
	h.checkSeason()
	if h.ahead > farAhead {
		h.ahead %= h.season
	}
	return h
}

// finite copies y with NaN in place of infinities.
func (h *history) finite(y []float64) []float64 {
	raw, infinite := make([]float64, len(y)), 0
	for i, v := range y {
		if math.IsInf(v, 0) {
			v, infinite = math.NaN(), infinite+1
		}
		raw[i] = v
	}
	if infinite > 0 {
		h.warn("infinite_values", "%d infinite values count as missing.", infinite)
	}
	return raw
}

// scale sets y and observed from steps first to last. The models work on
// numbers near 1, so that squares neither overflow nor vanish.
func (h *history) scale(raw []float64, first, last int) {
	largest := 0.0
	for _, v := range h.values[first : last+1] {
		largest = max(largest, math.Abs(v))
	}
	_, h.exponent = math.Frexp(largest)
	for i := first; i <= last; i++ {
		h.y = append(h.y, math.Ldexp(h.values[i], -h.exponent))
		h.observed = append(h.observed, math.Ldexp(raw[i], -h.exponent))
	}
}

func (h *history) checkSeason() {
	n := len(h.y)
	switch {
	case n < 3:
		h.warn("too_short", "Fewer than 3 values say nothing about the uncertainty.")
	case h.season > 1 && n <= h.season:
		h.warn("season_ignored", "The season of %d steps is not shorter than the series of %d.", h.season, n)
	}
	if n <= h.season {
		h.season = 1
	}
}

// span returns the first and last step that is not NaN; first > last when
// there is none.
func span(y []float64) (first, last int) {
	last = len(y) - 1
	for first < len(y) && math.IsNaN(y[first]) {
		first++
	}
	for last >= first && math.IsNaN(y[last]) {
		last--
	}
	return first, last
}
