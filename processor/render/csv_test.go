package render_test

import (
	"bytes"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/internal/engine"
	"github.com/pgcast/pgcast/processor/render"
)

func TestCSVOfLevels(t *testing.T) {
	t.Parallel()
	got := table(t, output(24, 80, 95))
	path := filepath.Join("testdata", "air_passengers.csv")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the table is not that of %s:\n%s", path, got)
	}
}

func TestCSVOfQuantiles(t *testing.T) {
	t.Parallel()
	o := output(1)
	o.Request.Quantiles = []float64{0.025, 0.1, 0.55}
	o.Series[0].Points.Quantiles = []forecast.Quantile{
		{Q: 0.025, Values: []forecast.Number{1e10 / 3}},
		{Q: 0.55, Values: []forecast.Number{forecast.Number(math.NaN())}},
	}
	want := "unique_id,ds,yhat,yhat_q_2.5,yhat_q_10,yhat_q_55,model\n#Passengers,1961-01,458.7,3333333333,,,seasonal_naive\n"
	if got := table(t, o); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestCSVWritesNumbersForPeople(t *testing.T) {
	t.Parallel()
	for value, want := range map[float64]string{
		447.10000000000002:          "447.1",
		0.1 + 0.2:                   "0.3",
		-1.0 / 3:                    "-0.3333333333",
		123456789.987654321:         "123456790", // ten significant digits
		98765432109.4:               "98765432109",
		1e15:                        "1000000000000000",
		1e-7:                        "1e-07",
		math.Copysign(0, -1):        "0",
		math.Inf(-1):                "",
		math.MaxFloat64:             "1.797693135e+308",
		100:                         "100",
		0.00012345678901234:         "0.000123456789",
		-2.5:                        "-2.5",
		9999999999.6:                "10000000000",
		math.SmallestNonzeroFloat64: "4.940656458e-324",
	} {
		o := output(1)
		o.Series[0].Points.Mean[0] = forecast.Number(value)
		row := strings.Split(strings.Split(table(t, o), "\n")[1], ",")
		if row[2] != want {
			t.Errorf("%v is written %q, want %q", value, row[2], want)
		}
	}
}

// TestCSVRunsNoFormula follows OWASP, "CSV Injection".
func TestCSVRunsNoFormula(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		`=cmd|' /C calc'!A0`: `'=cmd|' /C calc'!A0`,
		"+1+1":               "'+1+1",
		"-store":             "'-store",
		"-5":                 "-5",
		"@SUM(A1)":           "'@SUM(A1)",
		"\t=1":               "'\t=1",
		"＝1+1":               "'＝1+1",
		"a=b":                "a=b",
		`say "hi", twice`:    `say "hi", twice`,
		"line\nbreak":        "line\nbreak",
		"":                   "",
	} {
		o := output(1)
		o.Series[0].ID = id
		rows, err := csv.NewReader(strings.NewReader(table(t, o))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if rows[1][0] != want {
			t.Errorf("the id %q is written %q, want %q", id, rows[1][0], want)
		}
	}
}

// FuzzCSV holds what every table must: it reads back with as many fields in
// each row, and no text cell starts a formula.
func FuzzCSV(f *testing.F) {
	f.Add("store/1", "1961-01", "theta", 1.5)
	f.Add("=1", "\r\n", "\"", math.Inf(1))
	f.Fuzz(func(t *testing.T, id, ds, model string, mean float64) {
		o := output(1, 80)
		s := &o.Series[0]
		s.ID, s.Points.Time[0], s.Selected.Model, s.Points.Mean[0] = id, ds, model, forecast.Number(mean)
		rows, err := csv.NewReader(strings.NewReader(table(t, o))).ReadAll()
		if err != nil {
			t.Fatalf("the table cannot be read back: %v", err)
		}
		if len(rows) != 2 || len(rows[1]) != 6 {
			t.Fatalf("got %q", rows)
		}
		for _, c := range []string{rows[1][0], rows[1][1], rows[1][5]} {
			if strings.HasPrefix(c, "=") || strings.HasPrefix(c, "@") {
				t.Errorf("the cell %q is a formula", c)
			}
		}
	})
}

func table(t *testing.T, o *engine.Output) string {
	t.Helper()
	var b bytes.Buffer
	if err := render.CSV(&b, o); err != nil {
		t.Fatalf("write the table: %v", err)
	}
	return b.String()
}
