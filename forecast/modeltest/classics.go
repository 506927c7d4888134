package modeltest

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
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
	Params map[string]float64 // by R's names, six digits
	Mean   []float64
}

// Classics are those beside the repository. The test is skipped when they are
// not there.
func Classics(t *testing.T) []Classic {
	t.Helper()
	root := filepath.Join("..", "..", "..", "shared", "data", "forecast", "classics")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("the classics are not there: %v", err)
	}
	all, err := ReadClassics(root)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// ReadClassics reads the classics and R's fits from a folder.
func ReadClassics(root string) ([]Classic, error) {
	tables := map[string][]map[string]string{}
	for _, name := range []string{"meta.csv", "train.csv.gz", "reference_forecasts_r.csv.gz", "reference_models_r.csv"} {
		rows, err := table(filepath.Join(root, name))
		if err != nil {
			return nil, err
		}
		tables[name] = rows
	}
	train := map[string][]float64{}
	for _, row := range tables["train.csv.gz"] {
		train[row["unique_id"]] = append(train[row["unique_id"]], number(row["y"]))
	}
	mean := map[[2]string][]float64{}
	for _, row := range tables["reference_forecasts_r.csv.gz"] {
		key := [2]string{row["unique_id"], row["method"]}
		mean[key] = append(mean[key], number(row["mean"]))
	}
	fits := map[string][]Reference{}
	for _, row := range tables["reference_models_r.csv"] {
		id, method := row["unique_id"], row["method"]
		fits[id] = append(fits[id], Reference{
			Method: method,
			Spec:   strings.ReplaceAll(row["model"], ";", ","),
			LogLik: number(row["loglik"]),
			Params: numbers(row["params"]),
			Mean:   mean[[2]string{id, method}],
		})
	}
	var all []Classic
	for _, row := range tables["meta.csv"] {
		id := row["unique_id"]
		all = append(all, Classic{
			Name: id, Period: int(number(row["period"])), Horizon: int(number(row["horizon"])),
			Train: train[id], Fits: fits[id],
		})
	}
	return all, nil
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
func table(path string) ([]map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var in io.Reader = file
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(file); err != nil {
			return nil, fmt.Errorf("unpack %s: %w", path, err)
		}
	}
	records, err := csv.NewReader(in).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	var rows []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = record[i]
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func number(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

// numbers reads "alpha=0.5 beta=0.1".
func numbers(s string) map[string]float64 {
	all := map[string]float64{}
	for _, word := range strings.Fields(s) {
		name, value, _ := strings.Cut(word, "=")
		all[name] = number(value)
	}
	return all
}

// Season returns the start indices of an ETS form by phase of the season, of
// m steps whose indices sum to total. R counts them backwards from the start
// and leaves the first phase out.
func (r Reference) Season(m int, total float64) []float64 {
	season := make([]float64, m)
	season[0] = total
	for i := range m - 1 {
		v := r.Params[fmt.Sprintf("s%d", i)]
		season[m-1-i] = v
		season[0] -= v
	}
	return season
}
