package feed

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/internal/job"
)

// setters read the text form of each column of `jobs` that a [job.Job]
// carries. Session settings make that form certain: UTC, ISO dates.
var setters = map[string]func(*job.Job, string) error{
	"id":               func(j *job.Job, s string) (err error) { j.ID, err = job.ParseID(s); return },
	"user_id":          func(j *job.Job, s string) (err error) { j.UserID, err = job.ParseUserID(s); return },
	"status":           func(j *job.Job, s string) error { j.Status = job.Status(s); return nil },
	"version":          func(j *job.Job, s string) (err error) { j.Version, err = strconv.ParseInt(s, 10, 64); return },
	"forecast_id":      func(j *job.Job, s string) error { j.ForecastID = s; return nil },
	"params":           func(j *job.Job, s string) error { j.Params = json.RawMessage(s); return nil },
	"progress":         setProgress,
	"stage":            func(j *job.Job, s string) error { j.Progress.Stage = s; return nil },
	"attempts":         func(j *job.Job, s string) (err error) { j.Attempts, err = strconv.Atoi(s); return },
	"max_attempts":     func(j *job.Job, s string) (err error) { j.MaxAttempts, err = strconv.Atoi(s); return },
	"priority":         func(j *job.Job, s string) (err error) { j.Priority, err = strconv.Atoi(s); return },
	"run_at":           func(j *job.Job, s string) (err error) { j.RunAt, err = parseTime(s); return },
	"model_used":       func(j *job.Job, s string) error { j.ModelUsed = s; return nil },
	"metrics":          func(j *job.Job, s string) error { j.Metrics = json.RawMessage(s); return nil },
	"error_code":       func(j *job.Job, s string) error { j.ErrorCode = s; return nil },
	"error_message":    func(j *job.Job, s string) error { j.ErrorMessage = s; return nil },
	"input_file_path":  func(j *job.Job, s string) error { j.InputPath = s; return nil },
	"output_file_path": func(j *job.Job, s string) error { j.OutputPath = s; return nil },
	"file_name":        func(j *job.Job, s string) error { j.FileName = s; return nil },
	"file_bytes":       func(j *job.Job, s string) (err error) { j.FileBytes, err = strconv.ParseInt(s, 10, 64); return },
	"created_at":       func(j *job.Job, s string) (err error) { j.CreatedAt, err = parseTime(s); return },
	"updated_at":       func(j *job.Job, s string) (err error) { j.UpdatedAt, err = parseTime(s); return },
	"started_at":       func(j *job.Job, s string) (err error) { j.StartedAt, err = parseTimePointer(s); return },
	"finished_at":      func(j *job.Job, s string) (err error) { j.FinishedAt, err = parseTimePointer(s); return },
	"trace_id":         func(j *job.Job, s string) error { j.TraceID = strings.ReplaceAll(s, "-", ""); return nil },
}

// copiers take over one column from another image of the row: for values that
// lie out of line and did not change, which pgoutput leaves out.
var copiers = map[string]func(to, from *job.Job){
	"status":           func(to, from *job.Job) { to.Status = from.Status },
	"forecast_id":      func(to, from *job.Job) { to.ForecastID = from.ForecastID },
	"params":           func(to, from *job.Job) { to.Params = from.Params },
	"stage":            func(to, from *job.Job) { to.Progress.Stage = from.Progress.Stage },
	"model_used":       func(to, from *job.Job) { to.ModelUsed = from.ModelUsed },
	"metrics":          func(to, from *job.Job) { to.Metrics = from.Metrics },
	"error_code":       func(to, from *job.Job) { to.ErrorCode = from.ErrorCode },
	"error_message":    func(to, from *job.Job) { to.ErrorMessage = from.ErrorMessage },
	"input_file_path":  func(to, from *job.Job) { to.InputPath = from.InputPath },
	"output_file_path": func(to, from *job.Job) { to.OutputPath = from.OutputPath },
	"file_name":        func(to, from *job.Job) { to.FileName = from.FileName },
}

// rowDecoder knows which value of a tuple belongs where in a [job.Job].
type rowDecoder struct {
	columns []ColumnInfo
	set     []func(*job.Job, string) error // nil for columns a Job does not carry
	user    int                            // the column that tells whose row it is
}

func newRowDecoder(columns []relationColumn) (*rowDecoder, error) {
	d := &rowDecoder{}
	for _, c := range columns {
		d.columns = append(d.columns, ColumnInfo{c.name, typeName(c.kind)})
		d.set = append(d.set, setters[c.name])
	}
	for _, name := range []string{"id", "user_id", "status", "version"} {
		if !slices.ContainsFunc(columns, func(c relationColumn) bool { return c.name == name }) {
			return nil, fmt.Errorf("table jobs is published without column %s", name)
		}
	}
	d.user = slices.IndexFunc(columns, func(c relationColumn) bool { return c.name == "user_id" })
	return d, nil
}

// owner is whose row a tuple is, zero where it does not tell.
func (d *rowDecoder) owner(tuple []column) (owner job.UserID) {
	if d.user < len(tuple) {
		owner.UUID, _ = uuid.ParseBytes(tuple[d.user].data) // else it is zero
	}
	return owner
}

// row reads a tuple, of which m is the image, or nil. missing names the columns whose values the tuple leaves
// out because they lie out of line and did not change.
func (d *rowDecoder) row(tuple []column, m *Image) (j job.Job, missing []string, err error) {
	if len(tuple) != len(d.set) {
		return j, nil, fmt.Errorf("row has %d columns, want %d", len(tuple), len(d.set))
	}
	for i, c := range tuple {
		set := d.set[i]
		switch {
		case set == nil || c.kind == 'n':
		case c.kind == 'u':
			missing = append(missing, d.columns[i].Name)
		case c.kind != 't':
			return j, nil, fmt.Errorf("column %s comes in binary", d.columns[i].Name)
		default:
			if err := set(&j, m.lend(i, c.data)); err != nil {
				return j, nil, fmt.Errorf("column %s: %w", d.columns[i].Name, err)
			}
		}
	}
	return j, missing, nil
}

// fill completes an image with values of a later one of the same row.
func fill(j, from *job.Job, missing []string) {
	for _, name := range missing {
		if take := copiers[name]; take != nil {
			take(j, from)
		}
	}
}

func setProgress(j *job.Job, s string) (err error) {
	j.Progress.Fraction, err = strconv.ParseFloat(s, 64)
	return err
}

// endOfTime stands for 'infinity', with which operators park a job.
var endOfTime = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

func parseTime(s string) (time.Time, error) {
	switch s {
	case "infinity":
		return endOfTime, nil
	case "-infinity":
		return time.Time{}, nil
	}
	if day, clock, ok := strings.Cut(s, " "); ok {
		if clock, ok := strings.CutSuffix(clock, "+00"); ok { // a form that is parsed in half the time
			if t, err := time.Parse(time.RFC3339, day+"T"+clock+"Z"); err == nil {
				return t, nil
			}
		}
	}
	t, err := time.Parse("2006-01-02 15:04:05.999999999Z07", s)
	return t.UTC(), err
}

func parseTimePointer(s string) (*time.Time, error) {
	t, err := parseTime(s)
	if err != nil {
		return nil, err
	}
	return &t, nil
}
