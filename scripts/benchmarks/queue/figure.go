package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
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
	return figure{Figure: name, System: system, Unit: unit, Value: median(rounds), Rounds: rounds}
}

// against adds the ratio to another system's rounds, each taken right before
// or after ours.
func (f figure) against(to string, floor []float64) figure {
	var ratios []float64
	for i, value := range f.Rounds {
		ratios = append(ratios, value/floor[i])
	}
	ratio := round(median(ratios))
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
	f.Value, f.Load = round(f.Value), load()
	f.Rounds = slices.Clone(f.Rounds)
	for i, value := range f.Rounds {
		f.Rounds[i] = round(value)
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

// round keeps four digits.
func round(x float64) float64 {
	if x == 0 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(x)))-3)
	if unit >= 1 {
		return math.Round(x)
	}
	return math.Round(x/unit) / math.Round(1/unit)
}

// median is the mean of the two in the middle when there are two.
func median(xs []float64) float64 {
	xs = slices.Sorted(slices.Values(xs))
	return (xs[(len(xs)-1)/2] + xs[len(xs)/2]) / 2
}

// quantile is the smallest value that a share q of all does not exceed.
func quantile(xs []float64, q float64) float64 {
	xs = slices.Sorted(slices.Values(xs))
	return xs[max(0, min(len(xs)-1, int(math.Ceil(q*float64(len(xs))))-1))]
}

func load() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0 // not Linux
	}
	value, _ := strconv.ParseFloat(strings.Fields(string(text))[0], 64)
	return value
}
