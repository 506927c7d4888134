package arima_test

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/pgcast/pgcast/forecast/arima"
	"github.com/pgcast/pgcast/forecast/model"
)

// monthly reads every 36th monthly series of M3 from the data kept beside the
// repository.
func monthly(b *testing.B) [][]float64 {
	b.Helper()
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "forecast", "m3", "train.csv.gz"))
	if err != nil {
		b.Skipf("M3 is not there: %v", err)
	}
	defer file.Close()
	in, err := gzip.NewReader(file)
	if err != nil {
		b.Fatal(err)
	}
	const first, last = "N1402", "N2829"
	var all [][]float64
	id, count, take := "", 0, false
	for rows := csv.NewReader(in); ; {
		row, err := rows.Read()
		if err == io.EOF {
			return all
		}
		if err != nil {
			b.Fatal(err)
		}
		if row[0] != id {
			id = row[0]
			take = id >= first && id <= last && count%36 == 0
			if id >= first && id <= last {
				count++
			}
			if take {
				all = append(all, nil)
			}
		}
		if v, err := strconv.ParseFloat(row[2], 64); err == nil && take {
			all[len(all)-1] = append(all[len(all)-1], v)
		}
	}
}

// A round is one series of M3's monthly ones, with intervals.
func BenchmarkM3Monthly(b *testing.B) {
	b.ReportAllocs()
	series := monthly(b)
	i := 0
	for b.Loop() {
		task := model.Task{Y: series[i%len(series)], Season: 12, Horizon: 18, Probs: []float64{0.025, 0.1, 0.9, 0.975}}
		if _, err := (arima.Auto{}).Forecast(context.Background(), task); err != nil {
			b.Fatal(err)
		}
		i++
	}
}
