package modeltest

import (
	"compress/gzip"
	"encoding/csv"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Classic is a well-known series and how R's forecast package (8.20) fits it.
type Classic struct {
	Name    string
	Period  int
	Horizon int
	Train   []float64 // NaN where missing
	Fits    []Reference
}

// Reference is one fit of R.
type Reference struct {
	Method string // "ets", "auto.arima", "thetaf", "snaive"
	Spec   string // for instance "ETS(M,Ad,M)"
	LogLik float64
	Mean   []float64
}

// Classics reads the classics and R's fits from the data kept beside the
// repository, and skips the test when they are not there.
func Classics(t *testing.T) []Classic {
	t.Helper()
	root, err := filepath.Abs("../../../shared/data/forecast/classics")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(root); err != nil {
		t.Skipf("the classics are not there: %v", err)
	}
	train := map[string][]float64{}
	for _, row := range table(t, filepath.Join(root, "train.csv.gz")) {
		train[row["unique_id"]] = append(train[row["unique_id"]], number(row["y"]))
	}
	mean := map[[2]string][]float64{}
	for _, row := range table(t, filepath.Join(root, "reference_forecasts_r.csv.gz")) {
		key := [2]string{row["unique_id"], row["method"]}
		mean[key] = append(mean[key], number(row["mean"]))
	}
	fits := map[string][]Reference{}
	for _, row := range table(t, filepath.Join(root, "reference_models_r.csv")) {
		id, method := row["unique_id"], row["method"]
		fits[id] = append(fits[id], Reference{
			Method: method,
			Spec:   strings.ReplaceAll(row["model"], ";", ","),
			LogLik: number(row["loglik"]),
			Mean:   mean[[2]string{id, method}],
		})
	}
	var all []Classic
	for _, row := range table(t, filepath.Join(root, "meta.csv")) {
		id := row["unique_id"]
		all = append(all, Classic{
			Name: id, Period: int(number(row["period"])), Horizon: int(number(row["horizon"])),
			Train: train[id], Fits: fits[id],
		})
	}
	return all
}

// Complete reports whether no value is missing.
func (c Classic) Complete() bool {
	for _, v := range c.Train {
		if math.IsNaN(v) {
			return false
		}
	}
	return true
}

// table reads a CSV file, gzipped or not, into one map per row.
func table(t *testing.T, path string) []map[string]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var in io.Reader = file
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(file); err != nil {
			t.Fatalf("unpack %s: %v", path, err)
		}
	}
	records, err := csv.NewReader(in).ReadAll()
	if err != nil {
		t.Fatalf("read %s: %v", path, err)
	}
	var rows []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func number(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return v
}
