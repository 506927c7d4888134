package ces

import (
	"math"

	"github.com/pgcast/pgcast/forecast/decompose"
)

// runs is how many histories the filter carries side by side: the series
// itself, and what each start amount adds to it.
const runs = 5

type lanes [runs]float64

// filter runs one kind over one series. Given the smoothing parameters the
// errors are linear in the start states, so that the best start has a closed
// form and the search is over two to four numbers. Its buffers are made once:
// evaluating the likelihood allocates nothing.
type filter struct {
	kind    Kind
	y       []float64
	m       int
	index   []float64 // seasonal pattern of mean 0; nil without a season
	floor   float64   // added to the sum of squares, so that a perfect fit has a logarithm
	first   float64   // level that the start amounts are counted from
	unit    float64   // in which those of the level are counted
	columns int

	level, potential lanes   // complex level
	season, depth    []lanes // the same of the season, by phase; of the whole state when Simple
	normal           [runs]lanes
	start            lanes // [0] is 1, then the start amounts
	fitted           []float64
	poly             []float64
}

// perfect is the relative size of a residual that counts as none.
const perfect = 1e-9

func newFilter(kind Kind, y []float64, m int) *filter {
	f := &filter{kind: kind, y: y, m: 1, columns: kind.columns(), fitted: make([]float64, len(y))}
	if kind != None {
		f.m = m
		f.index = decompose.Additive(y, m).Index
		f.season, f.depth = make([]lanes, m), make([]lanes, m)
	}
	f.poly = make([]float64, 2*f.m+3)
	size := 0.0
	for _, v := range y {
		size = max(size, math.Abs(v))
	}
	f.floor = float64(len(y))*size*size*perfect*perfect + math.SmallestNonzeroFloat64
	f.unit = size
	if size == 0 {
		f.unit = 1
	}
	head := min(max(2*f.m, 4), len(y))
	for _, v := range y[:head] {
		f.first += v / float64(head)
	}
	return f
}

// begin sets the start states: lane 0 at the usual level with the potential in
// balance, the others at one unit of their start amount.
func (f *filter) begin(p params) {
	level, potential := lanes{f.first, f.unit}, lanes{f.first / p.a0, 0, f.unit}
	if f.kind != Simple {
		f.level, f.potential = level, potential
		level, potential = lanes{}, lanes{}
	}
	for i, s := range f.index {
		f.season[i], f.depth[i] = level, potential
		f.season[i][3] = s
		f.season[i][0] += s
		if f.kind != Partial {
			f.depth[i][4] = s
		}
	}
}

// value returns minus twice the concentrated log likelihood, n·log Σe², at the
// best start states for p (their distance from the usual ones counts a little,
// see [ridge]); +Inf where p is not admissible.
func (f *filter) value(p params) float64 {
	n := len(f.y)
	if !f.kind.admissible(p, f.m, n, f.poly) {
		return math.Inf(1)
	}
	f.begin(p)
	f.normal = [runs]lanes{}
	phase := 0
	for _, y := range f.y {
		var e lanes
		e[0] = y
		f.step(p, phase, &e)
		for i := range f.columns + 1 {
			for j := range i + 1 {
				f.normal[i][j] += e[i] * e[j]
			}
		}
		if phase++; phase == f.m {
			phase = 0
		}
	}
	sse := f.solve()
	out := float64(n) * math.Log(max(sse, 0)+f.floor)
	if math.IsNaN(out) {
		return math.Inf(1)
	}
	return out
}

// step predicts in every lane, leaves the errors in e, which holds the
// observation, and moves the states on. In the notation of the paper
//
//	y[t] = l[t−1] + e[t]
//	l[t] = l[t−1] − (1−a1)·c[t−1] + (a0−a1)·e[t]
//	c[t] = l[t−1] + (1−a0)·c[t−1] + (a0+a1)·e[t]
//
// and the same with one season for one step, beside it or instead.
func (f *filter) step(p params, phase int, e *lanes) {
	switch f.kind {
	case None:
		for i := range e {
			e[i] -= f.level[i]
		}
		turn(&f.level, &f.potential, p.a0, p.a1, e)
	case Simple:
		s, d := &f.season[phase], &f.depth[phase]
		for i := range e {
			e[i] -= s[i]
		}
		turn(s, d, p.a0, p.a1, e)
	case Partial:
		s := &f.season[phase]
		for i := range e {
			e[i] -= f.level[i] + s[i]
		}
		turn(&f.level, &f.potential, p.a0, p.a1, e)
		for i := range e {
			s[i] += p.b0 * e[i]
		}
	case Full:
		s, d := &f.season[phase], &f.depth[phase]
		for i := range e {
			e[i] -= f.level[i] + s[i]
		}
		turn(&f.level, &f.potential, p.a0, p.a1, e)
		turn(s, d, p.b0, p.b1, e)
	}
}

// turn moves one complex block on by the error.
func turn(level, potential *lanes, a0, a1 float64, e *lanes) {
	for i := range e {
		l, c := level[i], potential[i]
		level[i] = l - (1-a1)*c + (a0-a1)*e[i]
		potential[i] = l + (1-a0)*c + (a0+a1)*e[i]
	}
}

// ridge keeps start amounts that the data say nothing about near their usual
// values. The potential, of which short histories say little, gets the weight
// of the data themselves (OWA 0.921 without that, 0.919 with it).
func ridge(column int) float64 {
	if column == 2 {
		return 1
	}
	return tiny
}

const tiny = 1e-9

// solve finds the start amounts of least squares by Cholesky's decomposition
// of the normal equations and returns the sum of squares that is left.
func (f *filter) solve() float64 {
	k := f.columns
	a := &f.normal
	var r lanes // right side, then solution
	trace := 0.0
	for i := 1; i <= k; i++ {
		r[i] = -a[i][0]
		trace = max(trace, a[i][i])
	}
	f.start = lanes{1}
	for i := 1; i <= k; i++ {
		for j := 1; j <= i; j++ {
			sum := a[i][j]
			for l := 1; l < j; l++ {
				sum -= a[i][l] * a[j][l]
			}
			if i == j {
				a[i][i] = math.Sqrt(max(sum, 0) + ridge(i)*max(a[i][i], tiny*trace) + math.SmallestNonzeroFloat64)
			} else {
				a[i][j] = sum / a[j][j]
			}
		}
	}
	sse := a[0][0]
	for i := 1; i <= k; i++ {
		for j := 1; j < i; j++ {
			r[i] -= a[i][j] * r[j]
		}
		r[i] /= a[i][i]
		sse -= r[i] * r[i]
	}
	for i := k; i >= 1; i-- {
		for j := i + 1; j <= k; j++ {
			r[i] -= a[j][i] * r[j]
		}
		r[i] /= a[i][i]
		f.start[i] = r[i]
	}
	return sse
}

// finish runs the series from the best start states for p, keeps the fitted
// values and leaves the states at its end in lane 0.
func (f *filter) finish(p params) (sse float64) {
	f.value(p)
	f.begin(p)
	mix := func(l *lanes) {
		sum := 0.0
		for i, v := range l {
			sum += v * f.start[i]
		}
		*l = lanes{sum}
	}
	mix(&f.level)
	mix(&f.potential)
	for i := range f.season {
		mix(&f.season[i])
		mix(&f.depth[i])
	}
	for t, y := range f.y {
		e := lanes{y}
		f.step(p, t%f.m, &e)
		f.fitted[t] = y - e[0]
		sse += e[0] * e[0]
	}
	return sse
}
