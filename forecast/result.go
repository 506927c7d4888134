package forecast

import (
	"math"
	"strconv"
)

// Options says what to forecast. The zero value of a field is its default
// unless the comment says otherwise.
type Options struct {
	Model        string    // "auto" (also "") or one of [Models]
	Horizon      int       // steps ahead, ≥ 1; required
	SeasonLength int       // steps; 0: the frequency's own
	Levels       []float64 // percent in (0, 100), ascending; may be empty
	Quantiles    []float64 // in (0, 1), ascending; may be empty
	Lower, Upper *float64  // bounds on every emitted number; nil is open
	Gaps         string    // "linear" (also ""), "zero", "previous", "none"
	Folds        int       // backtest windows; 0: as many as fit, at most 3
	Columns      []Column  // known beside the series; may be empty
	Seed         uint64    // for whatever draws random numbers
	Paths        int       // sample paths to draw; 0: none
}

// Number is a float64 whose JSON form is null when it is NaN or infinite.
type Number float64

// MarshalJSON writes the shortest decimal that reads back as n, or null.
func (n Number) MarshalJSON() ([]byte, error) {
	f := float64(n)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, f, 'g', -1, 64), nil
}

// Result is the forecast of one series, finished: nobody calls back in.
// Slices of one group have one length: Mean, every band and every quantile
// have Horizon values; Values and Fitted have one value per observed step.
type Result struct {
	Selected   Selected   `json:"selected"`
	Mean       []Number   `json:"mean"`
	Levels     []Band     `json:"levels"`    // ascending by level; a wider band contains a narrower one
	Quantiles  []Quantile `json:"quantiles"` // ascending
	Paths      [][]Number `json:"paths"`     // one row of Horizon values per sample path; nil when none was asked for
	Values     []Number   `json:"value"`     // history as the model saw it, gaps filled; null where still missing
	Fitted     []Number   `json:"fitted"`    // in-sample one-step predictions; null where there is none
	Components Components `json:"components"`
	Outliers   []Outlier  `json:"outliers"`
	Shifts     []Shift    `json:"level_shifts"`
	Backtest   Backtest   `json:"backtest"`
	Metrics    Metrics    `json:"metrics"` // of the selected model, averaged over the folds
	GapsFilled int        `json:"gaps_filled"`
	Warnings   []Warning  `json:"warnings"`
}

// Selected is the model that made the forecast and why it was chosen.
type Selected struct {
	Model        string             `json:"model"`
	Spec         string             `json:"spec"` // for instance "ETS(M,A,M)"
	Params       map[string]float64 `json:"params"`
	Reason       string             `json:"reason"`            // one plain sentence
	Members      []Member           `json:"members,omitempty"` // of a combination
	Columns      []Effect           `json:"columns,omitempty"` // what the columns beside the series do to it
	FallbackFrom string             `json:"fallback_from"`     // the model that could not be used; "" when none
	SeasonLength int                `json:"season_length"`
}

// Band is the central prediction interval of one level.
type Band struct {
	Level float64  `json:"level"` // percent
	Lower []Number `json:"lower"`
	Upper []Number `json:"upper"`
}

// Quantile is one quantile of the predictive distribution.
type Quantile struct {
	Q      float64  `json:"q"` // in (0, 1)
	Values []Number `json:"values"`
}

// Backtest is the rolling-origin evaluation that chose the model.
type Backtest struct {
	Folds       int      `json:"folds"`
	Horizon     int      `json:"horizon"`   // steps forecast per fold
	StepSize    int      `json:"step_size"` // steps between cutoffs
	Cutoffs     []int    `json:"cutoffs"`   // last step before each fold, from 0
	Times       []string `json:"cutoff_times,omitempty"`
	Leaderboard []Score  `json:"leaderboard"` // best first; the seasonal naive is always in it
}

// Score is one candidate's line of the leaderboard.
type Score struct {
	Model    string            `json:"model"`
	Rank     int               `json:"rank"`
	Metrics  Metrics           `json:"metrics"`  // averaged over the folds
	Windows  []Window          `json:"windows"`  // of each fold, in the order of the cutoffs; empty when it is out
	Coverage map[string]Number `json:"coverage"` // level → share of actuals inside, calibrated by the other folds
	Status   string            `json:"status"`   // "ok", or why it is out
}

// Window is how a candidate did in one fold.
type Window struct {
	MAE  Number `json:"mae"`
	MASE Number `json:"mase"`
}

// Metrics are forecast errors, in the definitions of docs/methods.md. A value
// that is undefined on the data is NaN (null in JSON).
type Metrics struct {
	MAE         Number `json:"mae"`
	RMSE        Number `json:"rmse"`
	Bias        Number `json:"bias"` // mean of forecast − actual
	MAPE        Number `json:"mape"` // percent; points with actual 0 are left out
	MAPESkipped int    `json:"mape_skipped"`
	SMAPE       Number `json:"smape"` // percent, 0 to 200
	WAPE        Number `json:"wape"`  // fraction
	MASE        Number `json:"mase"`
	RMSSE       Number `json:"rmsse"`
	Skill       Number `json:"skill_vs_seasonal_naive"` // 1 − mase ÷ mase of the seasonal naive
}

// Warning is something to know before trusting the forecast.
type Warning struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}
