package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"github.com/pgcast/pgcast/scripts/benchmarks/figures"
)

// figure is one line of output about a number that was promised.
type figure struct {
	Figure string         `json:"figure"`
	Value  float64        `json:"value"`
	Goal   string         `json:"goal"`
	Met    bool           `json:"met"`
	Of     map[string]any `json:"of,omitempty"` // what the value was made of
	Note   string         `json:"note,omitempty"`
	Load   float64        `json:"load"` // of the machine, over the last minute
}

func atLeast(name string, value, goal float64) figure {
	return figure{Figure: name, Value: value, Goal: fmt.Sprintf("≥ %v", goal), Met: value >= goal}
}

func atMost(name string, value, goal float64) figure {
	return figure{Figure: name, Value: value, Goal: fmt.Sprintf("≤ %v", goal), Met: value <= goal}
}

func (f figure) print() error {
	f.Value, f.Load = digits(f.Value), figures.Load()
	return show(f)
}

// show prints one line of JSON.
func show(v any) error {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// digits keeps four of them.
func digits(x float64) float64 {
	v, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 4, 64), 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

func (s settings) m3() string       { return filepath.Join(s.shared, "data", "forecast", "m3") }
func (s settings) classics() string { return filepath.Join(s.shared, "data", "forecast", "classics") }
