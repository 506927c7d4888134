package cli

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/pgcast/pgcast/internal/job"
)

// requestFlags are the options of `forecast` and `submit` that make up a
// forecast request. --request takes every field; the others win over it.
type requestFlags struct {
	file, time, target, id, freq, model, levels string
	horizon                                     string
	season                                      int
	seed                                        *uint64 // nil: not asked for
}

func (r *requestFlags) define(fs *flag.FlagSet) {
	fs.StringVar(&r.horizon, "horizon", "", "steps to forecast, or a date to forecast until (default: one season)")
	fs.StringVar(&r.time, "time", "", "time column; several, comma separated, when the time is composed")
	fs.StringVar(&r.target, "target", "", "column to forecast; several, comma separated")
	fs.StringVar(&r.id, "id", "", "columns that tell the series apart, comma separated")
	fs.StringVar(&r.freq, "freq", "auto", "frequency: h, 5min, D, B, W-MON, MS, QS, YS, …")
	fs.IntVar(&r.season, "season", 0, "season length in steps (default: from the frequency)")
	fs.StringVar(&r.model, "model", "auto", "auto, or a model's name")
	fs.StringVar(&r.levels, "levels", "", "interval levels in percent (default 80,95)")
	fs.Func("seed", "`number` that starts whatever is drawn at random (default 1)", func(text string) error {
		seed, err := strconv.ParseUint(text, 10, 64)
		r.seed = &seed
		return err
	})
	fs.StringVar(&r.file, "request", "", "JSON `FILE` with request fields")
}

// spec reads the flags as a request, in the same words and with the same
// checks as the API.
func (r *requestFlags) spec() (job.Spec, error) {
	params, err := r.params()
	if err != nil {
		return job.Spec{}, err
	}
	spec, err := job.ParseSpec(params)
	if err != nil {
		return job.Spec{}, fmt.Errorf("%w: %w", errRequest, err)
	}
	return spec, nil
}

// params is the request as JSON.
func (r *requestFlags) params() (json.RawMessage, error) {
	fields := map[string]any{}
	set := func(name string, asked bool, value any) {
		if asked {
			fields[name] = value
		}
	}
	set("time_column", r.time != "", strings.Split(r.time, ","))
	set("target", r.target != "", strings.Split(r.target, ","))
	set("id_columns", r.id != "", strings.Split(r.id, ","))
	set("frequency", r.freq != "auto", r.freq)
	set("season_length", r.season != 0, r.season)
	set("model", r.model != "auto", r.model)
	set("seed", r.seed != nil, r.seed)
	if r.levels != "" {
		levels, err := numbers(r.levels)
		if err != nil {
			return nil, usageError{fmt.Sprintf("--levels %s: %v", r.levels, err)}
		}
		fields["levels"] = levels
	}
	if r.horizon != "" {
		steps, err := numbers(r.horizon)
		switch {
		case err != nil && endless(r.horizon):
			return nil, usageError{fmt.Sprintf("--horizon %s: a number of steps, or a date", r.horizon)}
		case err != nil:
			fields["horizon"] = map[string]string{"until": r.horizon}
		case len(steps) > 1:
			return nil, usageError{fmt.Sprintf("--horizon %s: one number of steps, or a date", r.horizon)}
		default:
			fields["horizon"] = steps[0]
		}
	}
	given, err := json.Marshal(fields)
	if err != nil || r.file == "" {
		return given, err
	}
	file, err := os.ReadFile(r.file)
	if err != nil {
		return nil, usageError{fmt.Sprintf("--request: %v", err)}
	}
	merged, err := job.Merge(file, given)
	if err != nil {
		return nil, usageError{fmt.Sprintf("--request: %s is not a JSON object", r.file)}
	}
	return merged, nil
}

// endless reports whether a text is one of those that Go takes for a number and
// nobody else does: NaN, Inf.
func endless(text string) bool {
	v, err := strconv.ParseFloat(text, 64)
	return err == nil && (math.IsNaN(v) || math.IsInf(v, 0))
}
