package regression

import (
	"context"
	"math"
)

// Effect is what one column does to a series.
type Effect struct {
	Column int     // which of the columns asked about
	Size   float64 // change of the series per unit of the column
	Error  float64 // standard error of Size
	Why    string  // why the column is left out; "" when it is used
}

// Effects are the columns of a series that explain it.
type Effects struct {
	All        []Effect    // one per column, in their order
	kept       []int       // columns that are used
	sizes      []float64   // theirs
	centre     []float64   // their means over the history
	covariance [][]float64 // of sizes
}

// Reasons for leaving a column out.
const (
	Constant = "it does not vary in the history"
	Repeated = "the other columns say the same"
	Idle     = "it explains too little"
	Crowded  = "the history is too short for another column"
	Late     = "the deadline passed before it was tried"
)

// Estimate finds the effects of columns on y, whose seasons have the given
// lengths. The columns are at least as long as y.
//
// It is generalised least squares: errors follow an autoregression over the
// last steps and a season ago, estimated from the residuals and taken out of
// series and columns, three times over (Cochrane & Orcutt 1949; Prais &
// Winsten's first values are left out). A constant, a line and a few harmonics
// of each season stand beside the columns, so that these explain what is left.
// Columns come in one by one, the one that explains most first, until the next
// one's squared t value is below 2·max(1, ln k) for k columns: Akaike's bar, or
// the risk inflation criterion of Foster & George (1994) where many are tried.
//
// When ctx ends before that no column is used, and the error is that of ctx.
func Estimate(ctx context.Context, y []float64, columns [][]float64, seasons []int) (Effects, error) {
	e := Effects{All: make([]Effect, len(columns))}
	var tried []int
	for i, x := range columns {
		e.All[i] = Effect{Column: i, Why: Idle}
		if flat(x[:len(y)]) {
			e.All[i].Why = Constant
			continue
		}
		tried = append(tried, i)
	}
	if len(tried) == 0 || len(y) < shortest {
		for _, i := range tried {
			e.All[i].Why = Crowded
		}
		return e, nil
	}
	w := newWhitener(y, seasons)
	var s selection
	for range 3 {
		z, nuisance, xs := w.apply(y, w.still, pick(columns, tried, len(y)))
		var err error
		if s, err = choose(ctx, z, nuisance, xs); err != nil {
			for _, i := range tried {
				e.All[i].Why = Late
			}
			return e, err
		}
		rest := residuals(y, w.still, pick(columns, tried, len(y)), s)
		w.learn(rest)
	}
	for i, why := range s.why {
		e.All[tried[i]].Why = why
	}
	e.covariance = s.covariance
	for k, i := range s.kept {
		column := tried[i]
		e.All[column] = Effect{Column: column, Size: s.sizes[k], Error: math.Sqrt(max(s.covariance[k][k], 0))}
		e.kept, e.sizes = append(e.kept, column), append(e.sizes, s.sizes[k])
		e.centre = append(e.centre, mean(columns[column][:len(y)]))
	}
	return e, nil
}

// Used reports whether any column is.
func (e *Effects) Used() bool { return len(e.kept) > 0 }

// at returns what the columns add to step t, measured from their means.
func (e *Effects) at(columns [][]float64, t int) float64 {
	sum := 0.0
	for k, i := range e.kept {
		sum += e.sizes[k] * (columns[i][t] - e.centre[k])
	}
	return sum
}

// variance is that of what at returns, because the sizes are estimates.
func (e *Effects) variance(columns [][]float64, t int) float64 {
	sum := 0.0
	for j, row := range e.covariance {
		for k, c := range row {
			sum += (columns[e.kept[j]][t] - e.centre[j]) * c * (columns[e.kept[k]][t] - e.centre[k])
		}
	}
	return max(sum, 0)
}

// flat reports whether a column says the same everywhere.
func flat(x []float64) bool {
	for _, v := range x {
		if v != x[0] {
			return false
		}
	}
	return true
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v / float64(len(x))
	}
	return sum
}

// pick returns the first n values of some columns.
func pick(columns [][]float64, which []int, n int) [][]float64 {
	out := make([][]float64, len(which))
	for k, i := range which {
		out[k] = columns[i][:n]
	}
	return out
}

// residuals are y without the columns chosen and the nuisance, which is
// regressed on again as it stands.
func residuals(y []float64, still, columns [][]float64, s selection) []float64 {
	rest := append([]float64(nil), y...)
	for k, i := range s.kept {
		remove(rest, s.sizes[k], columns[i])
	}
	copied := make([][]float64, len(still))
	for i, x := range still {
		copied[i] = append([]float64(nil), x...)
	}
	newPath(rest, copied) // leaves what is left in rest
	return rest
}
