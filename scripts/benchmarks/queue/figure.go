package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/pgcast/pgcast/scripts/benchmarks/figures"
)

// figure is one line of output.
type figure struct {
	Figure string    `json:"figure"`
	System string    `json:"system,omitempty"` // who was measured
	Value  float64   `json:"value"`            // the median of the rounds, unless the name says otherwise
	Unit   string    `json:"unit"`
	Rounds []float64 `json:"rounds,omitempty"`
	Ratio  *float64  `json:"ratio,omitempty"` // the median of the rounds' ratios
	To     string    `json:"to,omitempty"`    // what the ratio compares with
	Goal   string    `json:"goal,omitempty"`
	OK     *bool     `json:"ok,omitempty"`
	Load   float64   `json:"load"` // of the machine, over the last minute
}

// of is a figure of several rounds.
func of(name, system, unit string, rounds []float64) figure {
	return figure{Figure: name, System: system, Unit: unit, Value: figures.Median(rounds), Rounds: rounds}
}

// against adds the ratio to another system's rounds, each taken right before
// or after ours.
func (f figure) against(to string, floor []float64) figure {
	var ratios []float64
	for i, value := range f.Rounds {
		ratios = append(ratios, value/floor[i])
	}
	ratio := figures.Round(figures.Median(ratios), 4)
	f.Ratio, f.To = &ratio, to
	return f
}

// ratioAtLeast and ratioAtMost say what was promised of the ratio, atMost of
// the value.
func (f figure) ratioAtLeast(goal float64) figure {
	return f.promise(fmt.Sprintf("ratio ≥ %v", goal), *f.Ratio >= goal)
}

func (f figure) ratioAtMost(goal float64) figure {
	return f.promise(fmt.Sprintf("ratio ≤ %v", goal), *f.Ratio <= goal)
}

func (f figure) atLeast(goal float64) figure {
	return f.promise(fmt.Sprintf("≥ %v %s", goal, f.Unit), f.Value >= goal)
}

func (f figure) atMost(goal float64) figure {
	return f.promise(strings.TrimSpace(fmt.Sprintf("≤ %v %s", goal, f.Unit)), f.Value <= goal)
}

func (f figure) promise(goal string, ok bool) figure {
	f.Goal, f.OK = goal, &ok
	return f
}

func (f figure) print() {
	f.Value, f.Load = figures.Round(f.Value, 4), figures.Load()
	f.Rounds = slices.Clone(f.Rounds)
	for i, value := range f.Rounds {
		f.Rounds[i] = figures.Round(value, 4)
	}
	if len(f.Rounds) < 2 {
		f.Rounds = nil
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(f); err != nil {
		panic(err) // a number that is none
	}
}
