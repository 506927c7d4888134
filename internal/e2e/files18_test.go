package e2e

import (
	"bytes"
	"encoding/json"
	"math"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/forecast/series"
	"github.com/pgcast/pgcast/internal/job"
)

// realFiles is where the files that people really had lie on a machine that has them,
// beside the clone. They are not part of the repository.
const realFiles = "../../../shared/data/csv"

// firstSteps are the first steps after files whose last time expectations.json
// does not name: months in the header, and no time at all.
var firstSteps = map[string]string{"elnino_year_by_month.csv": "2011-01-01T00:00:00", "gistemp_preamble.csv": "2018-02-01T00:00:00", "taylor_no_time.csv": "4033"}

// lastSteps are the last values of one series of each file, as they stand in
// the file.
var lastSteps = map[string]struct {
	series, at string
	value      float64
}{
	"air_passengers_cr.csv":         {"y", "1960-12-01T00:00:00", 432},
	"co2_mauna_loa_ym.csv":          {"average", "2022-09-01T00:00:00", 415.95},
	"co2_weekly_yyyymmdd.csv":       {"co2", "2001-12-29T00:00:00", 371.5},
	"danish_quarters_bom.csv":       {"lrm", "1987-07-01T00:00:00", 12.0152941},
	"elnino_year_by_month.csv":      {"<cells>", "2010-12-01T00:00:00", 22.07},
	"fred_gdpc1.csv":                {"GDPC1", "2017-01-01T00:00:00", 16861.6},
	"gapminder_semicolon_comma.csv": {"Zimbabwe/lifeExp", "2007-01-01T00:00:00", 43.487},
	"gistemp_preamble.csv":          {"<cells Jan..Dec>", "2018-01-01T00:00:00", 0.78},
	"item_demand_headerless.csv":    {"client_12", "2014-11-29T23:00:00", 42.703150912106096},
	"macro_year_quarter.csv":        {"realgdp", "2009-07-01T00:00:00", 12990.341},
	"oecd_unemployment_bom.csv":     {"LTU", "2023-04-01T00:00:00", 7.5},
	"opsd_germany_daily.csv":        {"Consumption", "2017-12-31T00:00:00", 1107.11488},
	"peyton_manning.csv":            {"y", "2016-01-20T00:00:00", 8.89137400948464},
	"stocks_panel.csv":              {"AAPL", "2010-03-01T00:00:00", 223.02},
	"taylor_no_time.csv":            {"Y", "4032", 23132},
	"us_gasoline_weekly_desc.csv":   {"Gasoline", "2021-04-30T00:00:00", 8864},
	"yosemite_temps_5min.csv":       {"y", "2017-06-11T15:55:00", 3.7},
}

// understood is what the answer to an upload says of the file.
type understood struct {
	JobID       job.ID           `json:"job_id"`
	NeedsChoice []dataset.Choice `json:"needs_choice"`
	Warnings    []dataset.Warning
	Suggested   map[string]any `json:"suggested_request"`
}

// foretold is what is read of a finished forecast.
type foretold struct {
	Request struct{ Frequency string }
	Series  []struct {
		ID      string `json:"unique_id"`
		History struct {
			ISO   []string
			Value []*float64
		}
		Points struct {
			ISO  []string
			Mean []*float64
		}
	}
}

// Every file runs through a running pgcast to a forecast that goes on where the
// file ends, or to a question.
func TestRealFilesBecomeForecasts(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(realFiles, "expectations.json"))
	if err != nil {
		t.Skipf("the real files are not part of the repository, and are not beside the clone (%s): %v", realFiles, err)
	}
	var files map[string]struct {
		Frequency string
		LastTime  string `json:"last_time"`
	}
	if err := json.Unmarshal(text, &files); err != nil {
		t.Fatal(err)
	}
	user := startUp(t, dataDir(t)).world().join(t)
	for name, want := range files {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(realFiles, name))
			if err != nil {
				t.Fatal(err)
			}
			u := user.show(t, name, text)
			if want.Frequency == "irregular" {
				user.mustBeAsked(t, u, "frequency_not_inferable")
				return
			}
			if len(u.NeedsChoice) > 0 {
				t.Errorf("asks %+v", u.NeedsChoice)
			}
			first := firstSteps[name]
			if first == "" {
				first = stepAfter(t, want.LastTime, want.Frequency)
			}
			u.Suggested["model"] = "theta" // quick: what is tried here is how the file is understood
			f := user.foretell(t, u)
			f.check(t, first, want.Frequency)
			f.checkLast(t, name)
		})
	}
}

// show uploads a file and returns what pgcast makes of it.
func (m *member) show(t *testing.T, name string, text []byte) (u understood) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	m.json(t, http.MethodPost, "/v1/upload", &body, &u, "Content-Type", form.FormDataContentType())
	return u
}

// foretell forecasts an upload with the request that its profile proposes.
func (m *member) foretell(t *testing.T, u understood) (f foretold) {
	t.Helper()
	u.Suggested["job_id"] = u.JobID
	request, err := json.Marshal(u.Suggested)
	if err != nil {
		t.Fatal(err)
	}
	var j job.Job
	m.json(t, http.MethodPost, "/v1/forecast", bytes.NewReader(request), &j, "Prefer", "wait=20")
	if !j.Status.Terminal() {
		eventually(t, "the job has ended", func() bool {
			m.json(t, http.MethodGet, "/v1/jobs/"+u.JobID.String(), nil, &j)
			return j.Status.Terminal()
		})
	}
	if j.Status != job.Completed {
		t.Fatalf("the job is %s: %s", j.Status, j.ErrorMessage)
	}
	if err := json.Unmarshal(m.file(t, u.JobID, "output.json"), &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// mustBeAsked holds that a forecast without an answer is refused with the code
// of the question, and that the proposed answer is good for one.
func (m *member) mustBeAsked(t *testing.T, u understood, code string) {
	t.Helper()
	if !slices.ContainsFunc(u.NeedsChoice, func(q dataset.Choice) bool { return q.Code == code && len(q.Options) > 0 && q.Detail != "" }) {
		t.Errorf("asks %+v, want %s", u.NeedsChoice, code)
	}
	res, text := m.call(t, http.MethodPost, "/v1/forecast", strings.NewReader(`{"job_id": "`+u.JobID.String()+`"}`))
	if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(text), `"`+code+`"`) {
		t.Errorf("a forecast without an answer: %s: %s", res.Status, text)
	}
	if f := m.foretell(t, u); len(f.Series) == 0 {
		t.Error("no series with the proposed answer")
	}
}

func stepAfter(t *testing.T, last, frequency string) string {
	t.Helper()
	at, err := dataset.ParseISO(last)
	if err != nil {
		t.Fatal(err)
	}
	f, err := series.ParseFrequency(frequency)
	if err != nil {
		t.Fatal(err)
	}
	return dataset.ISO(f.Add(at, 1))
}

// check holds that the latest series goes on at first, that every step follows
// the one before, and that each has a number.
func (f foretold) check(t *testing.T, first, frequency string) {
	t.Helper()
	if f.Request.Frequency != frequency {
		t.Errorf("steps of %q, want %q", f.Request.Frequency, frequency)
	}
	latest := ""
	for _, s := range f.Series {
		if len(s.Points.ISO) == 0 || len(s.Points.Mean) != len(s.Points.ISO) || slices.Contains(s.Points.Mean, nil) {
			t.Fatalf("%d steps with %d values", len(s.Points.ISO), len(s.Points.Mean))
		}
		latest = max(latest, s.Points.ISO[0])
		for i, at := range s.Points.ISO[1:] {
			if frequency != "" && at != stepAfter(t, s.Points.ISO[i], frequency) {
				t.Fatalf("%s is followed by %s", s.Points.ISO[i], at)
			}
		}
	}
	if latest != first {
		t.Errorf("the forecast begins at %q, want %q", latest, first)
	}
}

// checkLast holds that the history of one series ends as the file does.
func (f foretold) checkLast(t *testing.T, name string) {
	t.Helper()
	want := lastSteps[name]
	for _, s := range f.Series {
		if s.ID != want.series {
			continue
		}
		n := len(s.History.Value) - 1
		if n < 0 || s.History.Value[n] == nil || s.History.ISO[n] != want.at || math.Abs(*s.History.Value[n]-want.value) > 1e-6*want.value {
			t.Errorf("the history of %q ends with %v at %v, want %v at %s", s.ID, s.History.Value[max(n, 0):], s.History.ISO[max(n, 0):], want.value, want.at)
		}
		return
	}
	t.Errorf("no series %q", want.series)
}

// A workbook as a controller keeps it: a cover, a title over merged cells,
// dates, a share in percent, amounts that are formulas, a second table.
func TestWorkbookBecomesAForecast(t *testing.T) {
	t.Parallel()
	user := startUp(t, dataDir(t)).world().join(t)
	u := user.show(t, "plan.xlsx", controllersBook(t))
	if len(u.NeedsChoice) > 0 {
		t.Errorf("asks %+v", u.NeedsChoice)
	}
	if !slices.ContainsFunc(u.Warnings, func(w dataset.Warning) bool { return w.Code == "other_sheets" }) {
		t.Errorf("no word of the other sheets: %+v", u.Warnings)
	}
	user.foretell(t, u).check(t, "2024-01-01T00:00:00", "MS")
	text := string(user.file(t, u.JobID, "input.csv"))
	for _, want := range []string{"2020-01-01", "2023-12-01", "0.25", "1200"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text of the sheet lacks %s:\n%s", want, text)
		}
	}
}

func controllersBook(t *testing.T) []byte {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(book.SetCellValue("Sheet1", "B2", "Confidential"))
	for _, name := range []string{"Sales", "Regions"} {
		_, err := book.NewSheet(name)
		must(err)
	}
	must(book.SetCellValue("Sales", "A1", "Sales plan 2020 to 2023"))
	must(book.MergeCell("Sales", "A1", "D1"))
	must(book.SetSheetRow("Sales", "A3", &[]any{"Month", "Net sales", "Share", "Units"}))
	date, err := book.NewStyle(&excelize.Style{NumFmt: 17}) // mmm-yy
	must(err)
	percent, err := book.NewStyle(&excelize.Style{NumFmt: 9})
	must(err)
	for i := range 48 {
		cell := func(column, row int) string {
			name, err := excelize.CoordinatesToCellName(column, row)
			must(err)
			return name
		}
		row, units := i+4, 100+i*7%13+20*(i%12)
		must(book.SetCellValue("Sales", cell(1, row), time.Date(2020, time.Month(1+i), 1, 0, 0, 0, 0, time.UTC)))
		must(book.SetCellStyle("Sales", cell(1, row), cell(1, row), date))
		must(book.SetCellValue("Sales", cell(2, row), 12*units)) // what the program last made of the formula
		must(book.SetCellFormula("Sales", cell(2, row), "12*"+cell(4, row)))
		must(book.SetCellValue("Sales", cell(3, row), 0.25+float64(i%4)/8))
		must(book.SetCellStyle("Sales", cell(3, row), cell(3, row), percent))
		must(book.SetCellValue("Sales", cell(4, row), units))
		must(book.SetSheetRow("Regions", cell(1, i+1), &[]any{"North", i}))
	}
	var out bytes.Buffer
	must(book.Write(&out))
	return out.Bytes()
}
