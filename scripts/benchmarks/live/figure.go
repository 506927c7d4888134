package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/pgcast/pgcast/scripts/benchmarks/figures"
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
	return figure{Figure: name, Of: what, Unit: unit, Value: figures.Median(rounds), Rounds: rounds}
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
	f.Value, f.Load = figures.Round(f.Value, 3), figures.Load()
	rounds := make([]float64, 0, len(f.Rounds))
	for _, value := range f.Rounds {
		rounds = append(rounds, figures.Round(value, 3))
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
