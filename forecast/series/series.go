// Package series holds the data every model reads: a regular time series and
// the calendar its steps follow. It is the one package that forecast and
// dataset share.
package series

import "time"

// Series is one regular time series. Y[i] belongs to Freq.Add(Start, i); a
// missing value is NaN. Y is in the units of the data.
type Series struct {
	Key    string    // unique_id: the id values joined by "/", the target's name last when there are several targets; alone when there is no id
	IDs    []string  // values of the id columns, in their order; empty without ids
	Target string    // name of the target column
	Freq   Frequency // the calendar of the steps
	Start  time.Time // time of Y[0], UTC or naive
	Y      []float64 // values, NaN where missing
}

// Time returns the time of step i. Steps from len(Y) on lie in the future.
func (s *Series) Time(i int) time.Time { return s.Freq.Add(s.Start, i) }
