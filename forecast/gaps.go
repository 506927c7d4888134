package forecast

import "math"

// farAhead limits how many missing steps at the end of a series are forecast
// through before the forecast proper begins.
const farAhead = 1_000

// fill sets h.values from raw by the rule and returns the steps the models
// see. Leading missing values are before the series began and stay missing,
// unless missing means zero. Trailing ones are forecast through, unless they
// are too many or the rule gives them a value.
func (h *history) fill(raw []float64, first, last int, rule string) (from, to int) {
	copy(h.values, raw)
	end := len(raw) - 1
	switch rule {
	case "none":
		return h.longest(raw, first, last)
	case "zero":
		h.hold(0, end, func(int) float64 { return 0 })
		return 0, end
	case "previous":
		h.hold(first, end, func(i int) float64 { return h.values[i-1] })
		return first, end
	}
	h.interpolate(first, last)
	if end-last > farAhead {
		h.warn("stale", "The last %d steps are missing; the last value is held over them.", end-last)
		h.hold(last, end, func(i int) float64 { return h.values[i-1] })
		last = end
	}
	return first, last
}

// hold fills the missing steps from..to with value.
func (h *history) hold(from, to int, value func(i int) float64) {
	for i := from; i <= to; i++ {
		if math.IsNaN(h.values[i]) {
			h.values[i] = value(i)
			h.filled++
		}
	}
}

// interpolate fills inner gaps by straight lines.
func (h *history) interpolate(first, last int) {
	for i := first; i < last; i++ {
		if !math.IsNaN(h.values[i+1]) {
			continue
		}
		end := i + 1
		for math.IsNaN(h.values[end]) {
			end++
		}
		a, b, n := h.values[i], h.values[end], float64(end-i)
		for j := i + 1; j < end; j++ {
			w := float64(j-i) / n
			h.values[j] = a*(1-w) + b*w
			h.filled++
		}
		i = end - 1
	}
}

// longest returns the longest stretch without a gap, the latest of equals, as
// R's na.contiguous does.
func (h *history) longest(raw []float64, first, last int) (from, to int) {
	from, to = last, last
	start := first
	for i := first; i <= last+1; i++ {
		if i <= last && !math.IsNaN(raw[i]) {
			continue
		}
		if i-start >= to-from+1 && i > start {
			from, to = start, i-1
		}
		start = i + 1
	}
	if to-from < last-first {
		h.warn("gaps_skipped", "Only the longest stretch without a gap, %d of %d steps, is used.", to-from+1, last-first+1)
	}
	if behind := len(raw) - 1 - to; behind > farAhead {
		h.warn("stale", "The stretch ends %d steps before the series; whole seasons in between are passed over.", behind)
	}
	return from, to
}
