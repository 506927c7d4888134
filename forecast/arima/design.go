package arima

import "math"

// design is a series made ready for models of any order: scaled, its missing
// values filled and remembered, its regressors beside it.
type design struct {
	y           []float64   // divided by scale; filled
	x           [][]float64 // regressors, as given
	missing     []int       // steps that were filled
	scale       float64     // what was divided by
	size        float64     // greatest value of y
	differenced map[Order][][]float64
}

// newDesign takes y, NaN where missing, and regressors of the same length.
func newDesign(y []float64, x [][]float64) *design {
	d := &design{y: make([]float64, len(y)), x: x, differenced: map[Order][][]float64{}}
	copy(d.y, y)
	fillGaps(d.y)
	for t, v := range y {
		if math.IsNaN(v) {
			d.missing = append(d.missing, t)
		}
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range d.y {
		low, high = min(low, v), max(high, v)
	}
	// A power of two costs no digit.
	_, e := math.Frexp(max(math.Abs(low), math.Abs(high)))
	d.scale = math.Ldexp(1, e)
	for t := range d.y {
		d.y[t] /= d.scale
		d.size = max(d.size, math.Abs(d.y[t]))
	}
	return d
}

// end returns the design of the last n values.
func (d *design) end(n int) *design {
	cut := len(d.y) - n
	if cut <= 0 {
		return d
	}
	e := &design{y: d.y[cut:], scale: d.scale, size: d.size, differenced: map[Order][][]float64{}}
	for _, x := range d.x {
		e.x = append(e.x, x[cut:])
	}
	for _, t := range d.missing {
		if t >= cut {
			e.missing = append(e.missing, t-cut)
		}
	}
	return e
}

// columns returns the differenced missing values, regressors and series. They
// are made once for all orders of the same differences.
func (d *design) columns(o Order) [][]float64 {
	key := Order{D: o.D, SD: o.SD, M: o.M, Constant: o.hasConstant()}
	if done, ok := d.differenced[key]; ok {
		return done
	}
	var all [][]float64
	n := len(d.y)
	for _, t := range d.missing {
		dummy := make([]float64, n)
		dummy[t] = 1
		all = append(all, o.difference(dummy))
	}
	if key.Constant {
		all = append(all, o.difference(o.trend(n, 0)))
	}
	for _, x := range d.x {
		all = append(all, o.difference(x))
	}
	all = append(all, o.difference(d.y))
	d.differenced[key] = all
	return all
}

// trend is the regressor of the constant: one for a mean, the step's number
// for a drift.
func (o Order) trend(n, first int) []float64 {
	x := make([]float64, n)
	for t := range x {
		x[t] = 1
		if o.D+o.SD > 0 {
			x[t] = float64(first + t + 1)
		}
	}
	return x
}

// fillGaps draws lines over missing values; the first and the last value
// extend outwards.
func fillGaps(y []float64) {
	last := -1
	for t, v := range y {
		if math.IsNaN(v) {
			continue
		}
		for i := last + 1; i < t; i++ {
			if last < 0 {
				y[i] = v
			} else {
				y[i] = y[last] + (v-y[last])*float64(i-last)/float64(t-last)
			}
		}
		last = t
	}
	for i := last + 1; i < len(y) && last >= 0; i++ {
		y[i] = y[last]
	}
}
