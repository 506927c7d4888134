package ingest_test

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

func TestAFileComesInAndItsProfileGoesOut(t *testing.T) {
	t.Parallel()
	p := setup(t).person()
	r := p.uploadForm(field{"file", `C:\data\air passengers.csv`, monthly()})
	if r.StatusCode != http.StatusCreated {
		t.Fatalf("status %d: %s", r.StatusCode, r.body)
	}
	got := r.json(t)
	if got["status"] != "pending" || got["params"] != nil || got["rows"] != float64(48) {
		t.Errorf("status, params, rows: %v, %v, %v", got["status"], got["params"], got["rows"])
	}
	file := got["file"].(map[string]any)
	if file["name"] != "air passengers.csv" || file["bytes"] != float64(len(monthly())) || len(fmt.Sprint(file["sha256"])) != 64 {
		t.Errorf("file: %v", file)
	}
	id := got["job_id"].(string)
	if r.Header.Get("Location") != "/v1/jobs/"+id {
		t.Errorf("Location %q", r.Header.Get("Location"))
	}
	down := p.do(http.MethodGet, "/v1/jobs/"+id+"/files/input.csv", nil)
	if string(down.body) != monthly() {
		t.Errorf("the file did not come back as it was: %q", down.body)
	}
	if d := down.Header.Get("Content-Disposition"); d != `attachment; filename="air passengers.csv"` {
		t.Errorf("Content-Disposition %q", d)
	}
}

func TestOneUploadMayQueueItsForecast(t *testing.T) {
	t.Parallel()
	h := setup(t)
	for name, fields := range map[string][]field{
		"after the file":  {{"file", "a.csv", monthly()}, {"forecast", "", `{"horizon": 6}`}},
		"before the file": {{"forecast", "", `{"horizon": 6}`}, {"file", "a.csv", monthly()}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := h.person().uploadForm(fields...)
			got := r.json(t)
			if r.StatusCode != http.StatusCreated || got["forecast_id"] == nil {
				t.Fatalf("status %d: %s", r.StatusCode, r.body)
			}
			if horizon := got["params"].(map[string]any)["horizon"]; horizon != 6.0 {
				t.Errorf("params %v", got["params"])
			}
		})
	}
}

func TestGzipIsUnpackedOnTheWay(t *testing.T) {
	t.Parallel()
	p := setup(t).person()
	var packed strings.Builder
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte(monthly()))
	_ = w.Close()
	r := p.uploadForm(field{"file", "air.csv.gz", packed.String()})
	id := r.text(t, "job_id")
	down := p.do(http.MethodGet, "/v1/jobs/"+id+"/files/input.csv", nil)
	if string(down.body) != monthly() || !strings.Contains(down.Header.Get("Content-Disposition"), `filename=air.csv`) {
		t.Errorf("input.csv is not the text: %q, %s", down.body, down.Header.Get("Content-Disposition"))
	}
}

func TestAWorkbookBecomesText(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	defer book.Close()
	_ = book.SetSheetRow("Sheet1", "A1", &[]any{"date", "sales"})
	for i := range 30 {
		cell, _ := excelize.CoordinatesToCellName(1, i+2)
		_ = book.SetSheetRow("Sheet1", cell, &[]any{time.Date(2024, 1, 1+i, 0, 0, 0, 0, time.UTC), 100 + i*i%17})
	}
	packed, err := book.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	p := setup(t).person()
	r := p.uploadForm(field{"file", "sales.xlsx", packed.String()})
	id := r.text(t, "job_id")
	if got := r.json(t); got["rows"] != 30.0 || got["frequency"] != "D" || got["first_time"] != "2024-01-01T00:00:00" || got["file"].(map[string]any)["name"] != "sales.xlsx" {
		t.Errorf("profile: %s", r.body)
	}
	down := p.do(http.MethodGet, "/v1/jobs/"+id+"/files/input.csv", nil)
	if !strings.HasPrefix(string(down.body), "date,sales\n2024-01-01,100\n") || !strings.Contains(down.Header.Get("Content-Disposition"), `filename=sales.csv`) {
		t.Errorf("input.csv is not the text: %.80q, %s", down.body, down.Header.Get("Content-Disposition"))
	}
}
