package e2e

import (
	"bytes"
	"encoding/json"
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

// realFiles is where the files lie that people really had, beside the clone.
const realFiles = "../../../shared/data/csv"

// firstSteps are the first steps after files whose last time expectations.json
// does not name: months in the header, and no time at all.
var firstSteps = map[string]string{"elnino_year_by_month.csv": "2011-01-01T00:00:00", "gistemp_preamble.csv": "2018-02-01T00:00:00", "taylor_no_time.csv": "4033"}

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
		t.Skip("the real files lie not beside the clone:", err)
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
			user.foretell(t, u).check(t, first, want.Frequency)
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
