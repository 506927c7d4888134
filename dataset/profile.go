package dataset

import (
	"encoding/json"
	"strings"
)

// Profile is what pgcast understands of a file, describing its first time
// candidate. The JSON form is the answer of an upload and of `pgcast profile`.
type Profile struct {
	Encoding       string          `json:"encoding"` // "utf-8", "utf-16le", "windows-1252", …
	BOM            bool            `json:"bom"`
	Newline        string          `json:"newline"`   // "LF", "CRLF", "CR", "mixed"
	Delimiter      *string         `json:"delimiter"` // null when there is one column
	Quote          *string         `json:"quote"`     // null when nothing is quoted
	Decimal        string          `json:"decimal"`
	Thousands      *string         `json:"thousands"`
	PreambleLines  int             `json:"preamble_lines"` // physical lines before the header or first data line
	HasHeader      bool            `json:"has_header"`
	HeaderLine     *int            `json:"header_line"` // physical line, from 1
	Rows           int             `json:"rows"`        // data records
	RaggedRows     int             `json:"ragged_rows"`
	Layout         string          `json:"layout"` // "single", "long", "wide_series", "wide_time", "matrix_year_by_month", "no_time"
	Columns        []Column        `json:"columns"`
	TimeCandidates []TimeCandidate `json:"time_candidates"` // best first
	Timezone       *string         `json:"timezone"`
	Frequency      *string         `json:"frequency"` // pandas word, "irregular", or null
	Order          *string         `json:"order"`     // "ascending", "descending", "unordered"
	SeriesID       []string        `json:"series_id"` // columns of the first id candidate
	IDCandidates   []IDCandidate   `json:"id_candidates"`
	Targets        []string        `json:"target_candidates"`
	Static         []string        `json:"static_or_constant_columns"`
	Empty          []string        `json:"empty_columns"`
	MissingMarkers []string        `json:"missing_markers"`
	Sentinels      []string        `json:"missing_sentinels"`
	MissingValues  map[string]int  `json:"missing_values"` // per target
	UnparsedTimes  int             `json:"unparsed_times"`
	NSeries        int             `json:"n_series"`
	DuplicateKeys  int             `json:"duplicate_keys"` // rows whose (series, time) stood before
	MissingSteps   *int            `json:"missing_steps"`  // grid points absent between first and last time, summed over series; null without a grid
	FirstTime      *string         `json:"first_time"`     // 2006-01-02T15:04:05
	LastTime       *string         `json:"last_time"`
	NeedsChoice    []Choice        `json:"needs_choice"` // what must be asked; empty when nothing must
	Warnings       []Warning       `json:"warnings"`
	Preview        Preview         `json:"preview"`
	Suggested      json.RawMessage `json:"suggested_request"` // request fields that forecast the file without further questions
}

// Column is one column as the votes of all rows see it.
type Column struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"` // "time", "integer", "number", "text", "empty"
	Count    int      `json:"count"`
	Missing  int      `json:"missing"`
	Distinct int      `json:"distinct"` // exact up to a bound, then estimated
	Min      *string  `json:"min"`      // as written in the file
	Max      *string  `json:"max"`
	Mean     *float64 `json:"mean"` // numbers only

	Decimal   string    `json:"decimal,omitempty"`   // decimal mark, where the column has one of its own
	Markers   []string  `json:"markers,omitempty"`   // cells that mean "missing" in this column
	Sentinels []float64 `json:"sentinels,omitempty"` // numbers that mean "missing" in this column
}

// TimeCandidate is one way to read times from the file.
type TimeCandidate struct {
	Rank          int      `json:"rank"`
	Columns       []string `json:"columns"` // several: the time is composed of them
	Format        string   `json:"format"`  // strftime words and %q
	Frequency     *string  `json:"frequency"`
	FirstTime     string   `json:"first_time"`
	LastTime      string   `json:"last_time"`
	Order         string   `json:"order"`
	MissingSteps  *int     `json:"missing_steps"` // null without a grid
	DuplicateKeys int      `json:"duplicate_keys"`
	Confidence    float64  `json:"confidence"` // 0 to 1
	Reasons       []string `json:"reasons"`
}

// Label names the candidate as the profile's questions do.
func (c *TimeCandidate) Label() string { return strings.Join(c.Columns, piecesJoint) }

// Reading names the candidate where several read the same columns differently.
func (c *TimeCandidate) Reading() string { return c.Label() + " (" + c.Format + ")" }

// IDCandidate is one set of columns that may tell the series apart.
type IDCandidate struct {
	Columns    []string `json:"columns"`
	Confidence float64  `json:"confidence"`
	Reasons    []string `json:"reasons"`
}

// Choice is a question only the user can answer.
type Choice struct {
	Code    string   `json:"code"`    // for instance "ambiguous_date", "time_column", "target", "frequency"
	Field   string   `json:"field"`   // request field that answers it
	Options []string `json:"options"` // values that field may take
	Detail  string   `json:"detail"`
}

// Warning is something a user should know before trusting the forecast.
type Warning struct {
	Code       string `json:"code"`
	Severity   string `json:"severity"` // "info", "warning"
	Line       int    `json:"line,omitempty"`
	Column     string `json:"column,omitempty"`
	ByteOffset int64  `json:"byte_offset,omitempty"`
	Count      int    `json:"count,omitempty"`
	Sample     string `json:"sample,omitempty"`
	Detail     string `json:"detail"`
}

// Preview is the first 20 and the last 5 records, as text.
type Preview struct {
	Header []string   `json:"header"`
	Rows   [][]string `json:"rows"`
	Tail   [][]string `json:"tail"`
}
