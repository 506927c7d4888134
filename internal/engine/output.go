package engine

import (
	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/internal/job"
)

// SchemaVersion is the version of the output.json layout.
const SchemaVersion = "1.0"

// Output is a finished run: what output.json, forecast.csv and forecast.png
// are written from. Everything that may differ between two runs of the same
// input, request and seed sits in ForecastID, JobID and Timing.
type Output struct {
	SchemaVersion string             `json:"schema_version"`
	ForecastID    string             `json:"forecast_id,omitempty"` // absent without a job
	JobID         string             `json:"job_id,omitempty"`
	Engine        Engine             `json:"engine"`
	Input         Input              `json:"input"`
	Request       Plan               `json:"request"` // as resolved
	Summary       Summary            `json:"summary"`
	Series        []Series           `json:"series"`
	Warnings      []forecast.Warning `json:"warnings"`
	Timing        map[string]float64 `json:"timing_ms"`
}

// Engine says what made the forecast.
type Engine struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Input describes the file.
type Input struct {
	SHA256 string `json:"sha256"`
	Rows   int    `json:"rows"`
}

// Plan is a request with every open field filled in from the profile.
type Plan struct {
	TimeColumns  []string       `json:"time_column"` // empty: the file has no time
	TimeFormat   string         `json:"time_format"` // strftime words
	Targets      []string       `json:"target"`
	IDColumns    []string       `json:"id_columns"`
	Horizon      int            `json:"horizon"`   // steps
	Frequency    string         `json:"frequency"` // pandas word; "" without time
	SeasonLength int            `json:"season_length"`
	Timezone     string         `json:"timezone,omitempty"`
	Decimal      string         `json:"decimal,omitempty"` // "": as profiled
	Model        string         `json:"model"`
	Levels       []float64      `json:"levels"`
	Quantiles    []float64      `json:"quantiles"`
	Gaps         string         `json:"gaps"`
	Duplicates   string         `json:"duplicates"`
	Aggregate    string         `json:"aggregate"`
	Bounds       *job.Bounds    `json:"bounds,omitempty"`
	Exogenous    *job.Exogenous `json:"exogenous,omitempty"`
	Holidays     *job.Holidays  `json:"holidays,omitempty"`
	Folds        int            `json:"folds"`
	Seed         uint64         `json:"seed"`
	Paths        int            `json:"n_paths,omitempty"`
	Deadline     float64        `json:"deadline_seconds,omitempty"`
}

// Summary counts the series and says the result in plain words.
type Summary struct {
	Series   int              `json:"series"`
	Fallback int              `json:"fallback"` // series whose model is a fallback
	Model    string           `json:"model"`    // the only one used, or "mixed"
	Metrics  forecast.Metrics `json:"metrics"`  // mean over the series
	Text     string           `json:"text"`
}

// Series is one series of the output. Times stand in the layout of the file's
// time column; all arrays are columnar.
type Series struct {
	ID         string              `json:"unique_id"`
	Values     map[string]string   `json:"id_values"`
	Target     string              `json:"target"`
	Selected   forecast.Selected   `json:"selected"`
	Data       Data                `json:"data"`
	Points     Points              `json:"points"`
	History    History             `json:"history"`
	Components forecast.Components `json:"components"`
	Outliers   []forecast.Outlier  `json:"outliers"`
	Shifts     []forecast.Shift    `json:"level_shifts"`
	Backtest   forecast.Backtest   `json:"backtest"`
	Metrics    forecast.Metrics    `json:"metrics"`
	Warnings   []forecast.Warning  `json:"warnings"`
}

// Data reports what was read of a series and what was mended.
type Data struct {
	First            string `json:"first"`
	Last             string `json:"last"`
	Observations     int    `json:"observations"`
	Missing          int    `json:"missing"`
	GapsFilled       int    `json:"gaps_filled"`
	DuplicatesMerged int    `json:"duplicates_merged"`
}

// Points are the forecast.
type Points struct {
	Time      []string            `json:"time"` // layout of the file
	ISO       []string            `json:"iso"`  // 2006-01-02T15:04:05; the row number for files without time
	Mean      []forecast.Number   `json:"mean"`
	Levels    []forecast.Band     `json:"levels"`
	Quantiles []forecast.Quantile `json:"quantiles"`
	Paths     [][]forecast.Number `json:"paths,omitempty"` // sample paths, one row each
}

// History is the observed part with the in-sample fit.
type History struct {
	Time   []string          `json:"time"`
	ISO    []string          `json:"iso"`
	Value  []forecast.Number `json:"value"`
	Fitted []forecast.Number `json:"fitted"`
}
