package intermittent

import "math"

// Class is the kind of demand that a history shows.
type Class int

// The classes of Syntetos, Boylan & Croston (2005), "On the categorization of
// demand patterns", Journal of the Operational Research Society 56(5).
const (
	Unsuited     Class = iota // negative values, or no demand at all
	Smooth                    // often, of one size
	Erratic                   // often, of many sizes
	Intermittent              // seldom, of one size
	Lumpy                     // seldom, of many sizes
)

// String returns the name of the class.
func (c Class) String() string {
	return [...]string{"unsuited", "smooth", "erratic", "intermittent", "lumpy"}[c]
}

// Cut-off values of the article: average steps between demands, and squared
// coefficient of variation of the sizes.
const (
	cutInterval  = 1.32
	cutVariation = 0.49
)

// Classify tells the class of y. Zeros before the first demand are before the
// product's time and do not count.
func Classify(y []float64) Class {
	d, ok := read(y)
	if !ok || len(d.sizes) == 0 {
		return Unsuited
	}
	mean, spread := d.meanSize(), 0.0
	for _, z := range d.sizes {
		spread += (z/mean - 1) * (z/mean - 1) / float64(len(d.sizes))
	}
	seldom, varied := d.interval() >= cutInterval, spread >= cutVariation
	switch {
	case seldom && varied:
		return Lumpy
	case seldom:
		return Intermittent
	case varied:
		return Erratic
	}
	return Smooth
}

// Seldom reports whether demand comes in now and then: intermittent or lumpy,
// at least twice, and not by season: zeros that come back every m steps (a sun
// that sets, a shop that closes) are a pattern, and other methods see it.
func Seldom(y []float64, m int) bool {
	if c := Classify(y); c != Intermittent && c != Lumpy {
		return false
	}
	d, _ := read(y)
	return len(d.sizes) >= 2 && !returns(d.y, m)
}

// regular is the share of steps, beyond chance, in which demand or its absence
// repeats after a season, that makes a pattern.
const regular = 0.5

// returns compares demand and no demand one season apart: the correlation of
// the two is Cohen's kappa.
func returns(y []float64, m int) bool {
	if m < 2 || len(y) < 2*m+1 {
		return false
	}
	n := float64(len(y) - m)
	var same, first, second float64
	for t := m; t < len(y); t++ {
		a, b := y[t-m] > 0, y[t] > 0
		if a == b {
			same++
		}
		if a {
			first++
		}
		if b {
			second++
		}
	}
	chance := (first*second + (n-first)*(n-second)) / n
	return same-chance > regular*(n-chance)
}

// demand is a history in Croston's terms.
type demand struct {
	y     []float64 // from the first demand on
	lead  int       // zeros before it
	sizes []float64 // of the demands
	times []int     // their steps in y
}

// read is not ok when a value is negative.
func read(y []float64) (d demand, ok bool) {
	d.lead = len(y)
	for t, v := range y {
		switch {
		case v < 0:
			return d, false
		case v > 0:
			d.lead = min(d.lead, t)
			d.sizes = append(d.sizes, v)
			d.times = append(d.times, t-d.lead)
		}
	}
	d.y = y[d.lead:]
	return d, true
}

func (d *demand) meanSize() float64 {
	mean := 0.0
	for i, z := range d.sizes {
		mean += (z - mean) / float64(i+1)
	}
	return mean
}

// interval is the average number of steps from one demand to the next.
func (d *demand) interval() float64 {
	if len(d.sizes) == 0 {
		return math.Inf(1)
	}
	return float64(len(d.y)) / float64(len(d.sizes))
}

// doubt is the probability below which zeros at the end are no accident.
const doubt = 0.01

// most bounds the rate in sight of zeros at the end. Croston's method does not
// look at them: a product that nobody buys any more would keep its forecast. A
// tail that demand as often as before explains with less than doubt counts as
// an interval that ends now, so that the rate dies away like 1/tail. (Prestwich,
// Tarim, Rossi & Hnich (2014), "Forecasting intermittent inventory demands",
// let every tail decay so; demand that goes on is then forecast too low.)
func (d *demand) most() float64 {
	last := d.times[len(d.times)-1]
	tail := len(d.y) - 1 - last
	often := float64(len(d.sizes)) / float64(last+1)
	if tail == 0 || float64(tail)*math.Log1p(-min(often, 0.999)) > math.Log(doubt) {
		return math.Inf(1)
	}
	return d.meanSize() / float64(tail+1)
}
