package render_test

import (
	"fmt"
	"math"
	"time"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/internal/engine"
)

// passengers are the monthly totals of international airline passengers, 1949
// to 1960, in thousands (Box, Jenkins & Reinsel, "Time Series Analysis",
// series G).
var passengers = []float64{
	112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118,
	115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140,
	145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166,
	171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194,
	196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201,
	204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229,
	242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278,
	284, 277, 317, 313, 318, 374, 413, 405, 355, 306, 271, 306,
	315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336,
	340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337,
	360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405,
	417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432,
}

// output is a finished run over passengers: h months ahead by the seasonal
// naive with yearly growth of 10 %, bands that widen with the square root of
// the horizon.
func output(h int, levels ...float64) *engine.Output {
	start := time.Date(1949, 1, 1, 0, 0, 0, 0, time.UTC)
	s := engine.Series{
		ID: "#Passengers", Target: "#Passengers",
		Selected: forecast.Selected{Model: "seasonal_naive", Spec: "SNaive(drift)", Params: map[string]float64{"drift": 0.1}, SeasonLength: 12},
	}
	n := len(passengers)
	for i, y := range passengers {
		t := start.AddDate(0, i, 0)
		s.History.Time = append(s.History.Time, t.Format("2006-01"))
		s.History.ISO = append(s.History.ISO, t.Format("2006-01-02T15:04:05"))
		s.History.Value = append(s.History.Value, forecast.Number(y))
	}
	for i := range h {
		t := start.AddDate(0, n+i, 0)
		s.Points.Time = append(s.Points.Time, t.Format("2006-01"))
		s.Points.ISO = append(s.Points.ISO, t.Format("2006-01-02T15:04:05"))
		s.Points.Mean = append(s.Points.Mean, forecast.Number(passengers[n-12+i%12]*math.Pow(1.1, float64(i/12+1))))
	}
	for _, level := range levels {
		b := forecast.Band{Level: level}
		z := math.Sqrt2 * math.Erfinv(level/100)
		for i, mean := range s.Points.Mean {
			half := forecast.Number(z * 18 * math.Sqrt(1+float64(i)/4))
			b.Lower, b.Upper = append(b.Lower, mean-half), append(b.Upper, mean+half)
		}
		s.Points.Levels = append(s.Points.Levels, b)
	}
	return &engine.Output{
		SchemaVersion: engine.SchemaVersion,
		Engine:        engine.Engine{Name: "pgcast", Version: "test"},
		Request:       engine.Plan{Horizon: h, Frequency: "MS", SeasonLength: 12, Levels: levels},
		Summary:       engine.Summary{Series: 1, Model: "seasonal_naive"},
		Series:        []engine.Series{s},
	}
}

// every writes n times, step apart, from start.
func every(start time.Time, step time.Duration, n int) []string {
	var iso []string
	for i := range n {
		iso = append(iso, start.Add(time.Duration(i)*step).Format("2006-01-02T15:04:05"))
	}
	return iso
}

// counted writes the row numbers of a file without time.
func counted(from, n int) []string {
	var rows []string
	for i := range n {
		rows = append(rows, fmt.Sprint(from+i))
	}
	return rows
}
