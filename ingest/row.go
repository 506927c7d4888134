package ingest

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
)

// What the wide columns of a row may hold. A file at the limits of the reader
// has 2,000 columns with fields of up to 1 MiB; the row keeps what a person and
// the check of a request need.
const (
	maxCell         = 200     // bytes of one cell of the preview, or of a smallest or largest value
	maxPreviewCells = 5_000   // 25 rows of 200 columns
	maxRowText      = 2 << 20 // bytes of one wide column
)

// upload returns the file as the row to be created.
func (f *stored) upload(id job.ID) (job.Upload, error) {
	u := job.Upload{ID: id, InputPath: f.path, FileName: f.name, FileBytes: f.bytes, FileSHA256: f.sha256}
	capValues(f.profile)
	rest := *f.profile
	rest.Columns, rest.TimeCandidates, rest.Preview = nil, nil, dataset.Preview{}
	for _, part := range []struct {
		name  string
		value any
		into  *json.RawMessage
	}{
		{"columns", f.profile.Columns, &u.Columns},
		{"time_candidates", f.profile.TimeCandidates, &u.TimeCandidates},
		{"preview", f.profile.Preview, &u.Preview},
		{"profile", rest, &u.Profile},
	} {
		text, err := json.Marshal(part.value)
		if err != nil {
			return u, fmt.Errorf("write %s: %w", part.name, err)
		}
		if len(text) > maxRowText {
			return u, problem.New("too_many_columns", fmt.Sprintf("The names and values of the %d columns are too long to keep.", len(f.profile.Columns)))
		}
		*part.into = withoutNUL(text)
	}
	return u, nil
}

// capValues shortens what a profile quotes from the file.
func capValues(p *dataset.Profile) {
	for i := range p.Columns {
		c := &p.Columns[i]
		c.Min, c.Max = capText(c.Min), capText(c.Max)
	}
	for i := range p.Warnings {
		p.Warnings[i].Sample = *capText(&p.Warnings[i].Sample)
	}
	p.Preview.Rows = capCells(p.Preview.Rows)
	p.Preview.Tail = capCells(p.Preview.Tail)
}

func capCells(rows [][]string) [][]string {
	for i, row := range rows {
		if wide := maxPreviewCells / len(rows); len(row) > wide {
			row = row[:wide]
		}
		capped := make([]string, len(row))
		for j := range row {
			capped[j] = *capText(&row[j])
		}
		rows[i] = capped
	}
	return rows
}

// capText cuts a text to maxCell bytes, at a character, and marks the cut.
func capText(s *string) *string {
	if s == nil || len(*s) <= maxCell {
		return s
	}
	end := maxCell
	for end > 0 && !utf8.RuneStart((*s)[end]) {
		end--
	}
	cut := (*s)[:end] + "…"
	return &cut
}
