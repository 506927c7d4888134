// Package mstl forecasts series with several seasons, such as the day and the
// week of hourly data: it takes the seasons off, forecasts what is left, and
// repeats the last cycle of each season.
//
// Bandara, Hyndman & Bergmeir (2021), "MSTL: A seasonal-trend decomposition
// algorithm for time series with multiple seasonal patterns"; forecast from
// the parts as R's forecast::stlf does (Hyndman & Athanasopoulos, FPP3,
// section 5.7).
package mstl

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/pgcast/pgcast/forecast/decompose"
	"github.com/pgcast/pgcast/forecast/model"
)

// Model is MSTL.
type Model struct {
	Rest   model.Model // forecasts the seasonally adjusted series
	Robust bool        // gives outliers less weight in the decomposition
}

var _ model.Model = Model{}

// Name returns "mstl".
func (Model) Name() string { return "mstl" }

// Seasons are the seasons of the task that MSTL takes off, ascending: those that
// the history holds at least twice and that pay.
func Seasons(t model.Task) []int {
	kept, _ := split(t, false)
	return kept
}

// held are the seasons that the history holds at least twice.
func held(t model.Task) []int {
	seasons := t.Seasons
	if len(seasons) == 0 {
		seasons = []int{t.Season}
	}
	var out []int
	for _, m := range seasons {
		if m >= 2 && 2*m <= len(t.Y) {
			out = append(out, m)
		}
	}
	return out
}

// Forecast needs two cycles of the shortest season; seasons that do not pay are
// left out. Its fitted values know the
// seasons of the whole history, so that the model's own intervals are a little
// too narrow: they are those of the method for the rest.
func (m Model) Forecast(ctx context.Context, t model.Task) (model.Forecast, error) {
	if len(held(t)) == 0 {
		return model.Forecast{}, model.Unsuitable("%d values do not hold a season twice", len(t.Y))
	}
	periods, parts := split(t, m.Robust)
	rest := t
	rest.Season, rest.Seasons, rest.Y = 1, nil, parts.Trend
	add(rest.Y, parts.Remainder)
	f, err := m.Rest.Forecast(ctx, rest)
	if err != nil {
		return f, err
	}
	for i, season := range parts.Seasonal {
		add(f.Fitted, season)
		ahead := repeat(season[len(season)-periods[i]:], t.Horizon)
		add(f.Mean, ahead)
		for _, row := range f.Quantiles {
			add(row, ahead)
		}
	}
	if len(periods) > 0 {
		f.Spec = fmt.Sprintf("MSTL(%s) with %s", list(periods), f.Spec)
	}
	return f, nil
}

// split takes the history apart by the seasons that pay.
func split(t model.Task, robust bool) ([]int, decompose.Components) {
	periods := held(t)
	parts := decompose.Multiple(t.Y, periods, robust)
	if kept := paying(parts, periods); len(kept) < len(periods) {
		return kept, decompose.Multiple(t.Y, kept, robust)
	}
	return periods, parts
}

// paying returns the periods whose season is worth its estimation: of k cycles
// the pattern has 1/k of the noise's variance in it, which must not be more
// than what it explains. What it explains is the correlation r of the values
// one season apart, so that r must be above 1/(k+1), and above what noise shows.
// On simulated days without a year, leaving the year out takes a tenth off the
// error.
func paying(parts decompose.Components, periods []int) []int {
	var kept []int
	for i, m := range periods {
		x := slices.Clone(parts.Seasonal[i])
		add(x, parts.Remainder)
		n, k := len(x), float64(len(x))/float64(m)
		if correlation(x[:n-m], x[m:]) > 1/(k+1)+1.645/math.Sqrt(float64(n-m)) {
			kept = append(kept, m)
		}
	}
	return kept
}

// correlation of two detrended stretches; 0 where one does not move.
func correlation(a, b []float64) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab += a[i] * b[i]
		aa += a[i] * a[i]
		bb += b[i] * b[i]
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa) / math.Sqrt(bb)
}

// repeat carries one cycle forward over h steps.
func repeat(cycle []float64, h int) []float64 {
	out := make([]float64, h)
	for i := range out {
		out[i] = cycle[i%len(cycle)]
	}
	return out
}

// add adds v to y, in place.
func add(y, v []float64) {
	for i := range y {
		y[i] += v[i]
	}
}

func list(periods []int) string {
	words := make([]string, len(periods))
	for i, m := range periods {
		words[i] = fmt.Sprint(m)
	}
	return strings.Join(words, ", ")
}
