package render

import (
	"encoding/csv"
	"io"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/internal/engine"
)

// CSV writes o as forecast.csv: RFC 4180 with LF, a header, then one row per
// series and step.
//
//	unique_id,ds,yhat,yhat_lo_80,yhat_hi_80,yhat_lo_95,yhat_hi_95,model
//
// There is one lo/hi pair per level asked for, or one yhat_q column per
// quantile. A number that is not there is an empty cell. Text cells that a
// spreadsheet would run as a formula start with an apostrophe.
func CSV(w io.Writer, o *engine.Output) error {
	out := csv.NewWriter(w)
	if err := out.Write(header(o.Request)); err != nil {
		return err
	}
	var row []string
	for i := range o.Series {
		s := &o.Series[i]
		columns := numbers(s.Points, o.Request)
		id, model := harmless(s.ID), harmless(s.Selected.Model)
		for step, ds := range s.Points.Time {
			row = append(row[:0], id, harmless(ds))
			for _, column := range columns {
				row = append(row, cell(column, step))
			}
			if err := out.Write(append(row, model)); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func header(r engine.Plan) []string {
	names := []string{"unique_id", "ds", "yhat"}
	for _, level := range r.Levels {
		l := short(level)
		names = append(names, "yhat_lo_"+l, "yhat_hi_"+l)
	}
	for _, q := range r.Quantiles {
		names = append(names, "yhat_q_"+short(100*q))
	}
	return append(names, "model")
}

// numbers returns the number columns of one series in the order of the
// header. A level that the series does not have is a nil column.
func numbers(p engine.Points, r engine.Plan) [][]forecast.Number {
	columns := [][]forecast.Number{p.Mean}
	for _, level := range r.Levels {
		var band forecast.Band
		for _, b := range p.Levels {
			if b.Level == level {
				band = b
			}
		}
		columns = append(columns, band.Lower, band.Upper)
	}
	for _, q := range r.Quantiles {
		var quantile forecast.Quantile
		for _, c := range p.Quantiles {
			if c.Q == q {
				quantile = c
			}
		}
		columns = append(columns, quantile.Values)
	}
	return columns
}

func cell(column []forecast.Number, step int) string {
	if step >= len(column) {
		return ""
	}
	return decimal(float64(column[step]))
}

// decimal writes v so that a person can read it: ten significant digits, more
// only for the integer digits of large numbers, no trailing zeros, no
// exponent between 1e-4 and 1e21. output.json has every digit.
func decimal(v float64) string {
	switch size := math.Abs(v); {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return ""
	case v == 0:
		return "0" // also for -0
	case size >= 9999999999.5 && size < 1e21:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 10, 64)
}

// short writes a level in percent as a part of a column name: 80, 97.5. Ten
// digits are enough to lose the dust of 100 × 0.55.
func short(percent float64) string { return strconv.FormatFloat(percent, 'g', 10, 64) }

// harmless returns s as a cell that no spreadsheet runs as a formula, after OWASP,
// "CSV Injection": a leading =, +, -, @, tab, carriage return or line feed, or
// a full-width form of one, gets an apostrophe in front. Plain numbers such as
// -5 are no formulas.
func harmless(s string) string {
	switch first, _ := utf8.DecodeRuneInString(s); first {
	case '=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠':
		if _, err := strconv.ParseFloat(s, 64); err != nil {
			return "'" + s
		}
	}
	return s
}
