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
	Of     string    `json:"of,omitempty"` // what was measured: a source, a door
	Value  float64   `json:"value"`        // the median of the rounds, unless the name says otherwise
	Unit   string    `json:"unit"`
	Rounds []float64 `json:"rounds,omitempty"`
	Goal   string    `json:"goal,omitempty"`
	Met    *bool     `json:"met,omitempty"`
	Note   string    `json:"note,omitempty"`
	Load   float64   `json:"load"` // of the machine, over the last minute
}

func of(name, what, unit string, rounds ...float64) figure {
	return figure{Figure: name, Of: what, Unit: unit, Value: median(rounds), Rounds: rounds}
}

func (f figure) atLeast(goal float64) figure {
	return f.promise(strings.TrimSpace(fmt.Sprintf("≥ %v %s", goal, f.Unit)), f.Value >= goal)
}

func (f figure) atMost(goal float64) figure {
	return f.promise(strings.TrimSpace(fmt.Sprintf("≤ %v %s", goal, f.Unit)), f.Value <= goal)
}

func (f figure) promise(goal string, met bool) figure {
	f.Goal, f.Met = goal, &met
	return f
}

func (f figure) note(format string, args ...any) figure {
	f.Note = fmt.Sprintf(format, args...)
	return f
}

func (f figure) print() {
	f.Value, f.Load = round(f.Value), load()
	rounds := make([]float64, 0, len(f.Rounds))
	for _, value := range f.Rounds {
		rounds = append(rounds, round(value))
	}
	f.Rounds = rounds
	if len(rounds) < 2 {
		f.Rounds = nil
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(f); err != nil {
		panic(err) // a number that is none
	}
}

// round keeps three digits.
func round(x float64) float64 {
	if x == 0 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(x)))-2)
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
	if len(xs) == 0 {
		return math.MaxFloat32
	}
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
