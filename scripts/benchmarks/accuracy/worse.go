package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
)

// muchWorse is how much larger than the seasonal naive's an error is that users
// would ask about.
const muchWorse = 1.5

// worse prints, by group, the share of series whose forecasts are worse than
// the seasonal naive by half, in mean absolute error.
func worse(s settings, forecasts []byte) error {
	meta, err := catalogue(filepath.Join(s.m3(), "meta.csv"))
	if err != nil {
		return err
	}
	history, err := values(filepath.Join(s.m3(), "train.csv.gz"))
	if err != nil {
		return err
	}
	truth, err := values(filepath.Join(s.m3(), "test.csv.gz"))
	if err != nil {
		return err
	}
	ours, err := column(bytes.NewReader(forecasts), "yhat")
	if err != nil {
		return err
	}
	series, bad := map[string]int{}, map[string]int{}
	for id, y := range truth {
		period, err := strconv.Atoi(meta[id]["period"])
		if err != nil {
			return fmt.Errorf("period of %s: %w", id, err)
		}
		for _, group := range []string{meta[id]["group"], "ALL"} {
			series[group]++
			if absolute(ours[id], y) > muchWorse*absolute(lastSeason(history[id], period, len(y)), y) {
				bad[group]++
			}
		}
	}
	for _, group := range []string{"yearly", "quarterly", "monthly", "other", "ALL"} {
		share := 100 * float64(bad[group]) / float64(series[group])
		if err := show(map[string]any{"figure": "m3_worse_by_half", "model": s.model, "group": group, "n": series[group], "percent": share}); err != nil {
			return err
		}
	}
	return nil
}

// lastSeason repeats the last season of y over h steps.
func lastSeason(y []float64, period, h int) []float64 {
	if len(y) <= period {
		period = 1
	}
	out := make([]float64, h)
	for i := range out {
		out[i] = y[len(y)-period+i%period]
	}
	return out
}

// absolute is the mean absolute error; NaN where the forecast has other steps.
func absolute(forecast, truth []float64) float64 {
	if len(forecast) != len(truth) {
		return math.NaN()
	}
	sum := 0.0
	for i, v := range truth {
		sum += math.Abs(forecast[i] - v)
	}
	return sum / float64(len(truth))
}

// values reads a file of M3, by id.
func values(path string) (map[string][]float64, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	return column(text, "y")
}

// column reads the numbers of one column, by unique_id.
func column(text io.Reader, name string) (map[string][]float64, error) {
	rows := csv.NewReader(text)
	header, err := rows.Read()
	if err != nil {
		return nil, err
	}
	id, at := -1, -1
	for i, h := range header {
		switch h {
		case "unique_id":
			id = i
		case name:
			at = i
		}
	}
	if id < 0 || at < 0 {
		return nil, fmt.Errorf("no columns unique_id and %s", name)
	}
	all := map[string][]float64{}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		v, err := strconv.ParseFloat(row[at], 64)
		if err != nil {
			return nil, err
		}
		all[row[id]] = append(all[row[id]], v)
	}
}
