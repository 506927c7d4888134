package dataset_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/forecast/series"
)

// suggested makes a Selection of the profile's own proposal.
func suggested(t *testing.T, p *dataset.Profile) dataset.Selection {
	t.Helper()
	var s struct {
		TimeColumn any      `json:"time_column"`
		Target     any      `json:"target"`
		IDColumns  []string `json:"id_columns"`
		Frequency  string   `json:"frequency"`
		Aggregate  string   `json:"aggregate"`
	}
	if err := json.Unmarshal(p.Suggested, &s); err != nil {
		t.Fatalf("suggested_request: %v", err)
	}
	sel := dataset.Selection{Time: names(s.TimeColumn), Targets: names(s.Target), IDs: s.IDColumns, Duplicates: "auto", Aggregate: s.Aggregate}
	if s.Frequency != "" {
		f, err := series.ParseFrequency(s.Frequency)
		if err != nil {
			t.Fatalf("suggested frequency: %v", err)
		}
		sel.Frequency = f
	}
	return sel
}

func names(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, s := range v {
			all = append(all, s.(string))
		}
		return all
	}
	return nil
}

// Every real file gives series under its own proposal: one per id and target,
// each from its first to its last value, written back in the file's own words.
func TestRealFilesReadAsProfiled(t *testing.T) {
	t.Parallel()
	for name := range expectations(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(filepath.Join(realFiles, name))
			if err != nil {
				t.Fatal(err)
			}
			p, err := dataset.Scan(t.Context(), bytes.NewReader(b), dataset.DefaultLimits)
			if err != nil {
				t.Fatalf("Scan: %v", err)
			}
			data, err := dataset.Read(t.Context(), bytes.NewReader(b), p, suggested(t, p))
			if err != nil {
				t.Fatalf("Read: %v", err)
			}
			if want := p.NSeries * len(p.Targets); len(data.Series) != want {
				t.Errorf("%d series, want %d", len(data.Series), want)
			}
			for _, s := range data.Series {
				if n := len(s.Y); n == 0 || math.IsNaN(s.Y[0]) || math.IsNaN(s.Y[n-1]) {
					t.Errorf("series %q does not begin and end with a value", s.Key)
				}
			}
			s := data.Series[0]
			t.Logf("%s: %d series; %q from %s to %s (%d steps), next %s; confidence of time: %v; choices: %v", name, len(data.Series), s.Key,
				data.Layout.Format(s.Time(0)), data.Layout.Format(s.Time(len(s.Y)-1)), len(s.Y), data.Layout.Format(s.Time(len(s.Y))), confidence(p), p.NeedsChoice)
		})
	}
}

func confidence(p *dataset.Profile) any {
	if len(p.TimeCandidates) == 0 {
		return "no time"
	}
	return p.TimeCandidates[0].Confidence
}
