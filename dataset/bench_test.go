package dataset_test

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"testing"
	"time"

	"github.com/pgcast/pgcast/dataset"
)

// panelCSV is a long panel of about size bytes: unique_id, ds, y.
func panelCSV(size int) []byte {
	b := []byte("unique_id,ds,y\n")
	start := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := 0; len(b) < size; i++ {
		b = append(b, "series_"...)
		b = strconv.AppendInt(b, int64(i/2000), 10)
		b = append(b, ',')
		b = start.Add(time.Duration(i%2000)*time.Hour).AppendFormat(b, "2006-01-02 15:04:05")
		b = append(b, ',')
		b = strconv.AppendFloat(b, 100+float64(i*7919%1000)/10, 'f', 3, 64)
		b = append(b, '\n')
	}
	return b
}

func BenchmarkScan(b *testing.B) {
	text := panelCSV(20 << 20)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := dataset.Scan(b.Context(), bytes.NewReader(text), dataset.DefaultLimits); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStandard reads the same text with encoding/csv, time.Parse and
// strconv.ParseFloat.
func BenchmarkStandard(b *testing.B) {
	text := panelCSV(20 << 20)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r := csv.NewReader(bytes.NewReader(text))
		r.ReuseRecord = true
		for row, err := r.Read(); err == nil; row, err = r.Read() {
			_, _ = time.Parse("2006-01-02 15:04:05", row[1])
			_, _ = strconv.ParseFloat(row[2], 64)
		}
	}
}

// BenchmarkPreview is what the first MiB of a file costs.
func BenchmarkPreview(b *testing.B) {
	text := panelCSV(1 << 20)
	for b.Loop() {
		if _, err := dataset.Scan(b.Context(), bytes.NewReader(text), dataset.DefaultLimits); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	text := panelCSV(20 << 20)
	p, err := dataset.Scan(b.Context(), bytes.NewReader(text), dataset.DefaultLimits)
	if err != nil {
		b.Fatal(err)
	}
	sel := dataset.Selection{Time: []string{"ds"}, Targets: []string{"y"}, IDs: []string{"unique_id"}}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := dataset.Read(b.Context(), bytes.NewReader(text), p, sel); err != nil {
			b.Fatal(err)
		}
	}
}
