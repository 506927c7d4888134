// Package job is the vocabulary of pgcast: what a job, a run, a claim and a
// status are, and the errors that every room means by the same name.
//
// The package knows no database and no network. Ids are typed, so that the id
// of a job cannot be handed over where the id of a user is wanted.
package job

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// ID names one uploaded file and everything forecast from it.
type ID struct{ uuid.UUID }

// UserID names the owner of a job: the `sub` of a Supabase access token.
type UserID struct{ uuid.UUID }

// RunID names one run asked for; it is the forecast_id of the API. Rows that
// are older than pgcast's run table may carry other texts in forecast_id,
// which is why [Job.ForecastID] is a string.
type RunID struct{ uuid.UUID }

// NewID returns a fresh, time-ordered job id (UUID version 7, RFC 9562).
func NewID() ID { return ID{uuid.Must(uuid.NewV7())} }

// ParseID parses a job id in the canonical UUID form.
func ParseID(s string) (ID, error) {
	u, err := uuid.Parse(s)
	return ID{u}, err
}

// ParseUserID parses a user id in the canonical UUID form.
func ParseUserID(s string) (UserID, error) {
	u, err := uuid.Parse(s)
	return UserID{u}, err
}

// ParseRunID parses a forecast id in the canonical UUID form.
func ParseRunID(s string) (RunID, error) {
	u, err := uuid.Parse(s)
	return RunID{u}, err
}

// Status is where a job or a run stands. Rows written before pgcast may carry
// other words; they are kept and shown as they are.
type Status string

// The statuses pgcast writes. pending → processing → completed | failed, and
// canceled from either of the first two.
const (
	Pending    Status = "pending"
	Processing Status = "processing"
	Completed  Status = "completed"
	Failed     Status = "failed"
	Canceled   Status = "canceled"
)

// Terminal reports whether a run in this status has ended.
func (s Status) Terminal() bool { return s == Completed || s == Failed || s == Canceled }

// Progress tells how far a running job is.
type Progress struct {
	Fraction float64 `json:"fraction"` // 0 to 1
	Stage    string  `json:"stage"`    // "" before the first stage, else for instance "backtest"
}

// Job is one row of `jobs` without its wide columns: what lists, websocket
// frames and answers carry. The JSON form is the job resource of the API.
type Job struct {
	ID           ID              `json:"job_id"`
	UserID       UserID          `json:"user_id"`
	Status       Status          `json:"status"`
	Version      int64           `json:"version"`     // grows by one with each change that anybody should see
	ForecastID   string          `json:"forecast_id"` // the newest run asked for; "" before the first
	Params       json.RawMessage `json:"params"`      // the forecast request; null = not asked for yet
	Progress     Progress        `json:"progress"`
	Attempts     int             `json:"attempts"`
	MaxAttempts  int             `json:"max_attempts"`
	Priority     int             `json:"priority"`
	RunAt        time.Time       `json:"run_at"`
	ModelUsed    string          `json:"model_used"` // "" until completed
	Metrics      json.RawMessage `json:"metrics"`    // null until completed
	ErrorCode    string          `json:"error_code"` // "" unless failed or waiting for a retry
	ErrorMessage string          `json:"error_message"`
	InputPath    string          `json:"input_file_path"`
	OutputPath   string          `json:"output_file_path"` // canonical output.json; "" until completed
	FileName     string          `json:"file_name"`        // as uploaded
	FileBytes    int64           `json:"file_bytes"`
	CreatedAt    time.Time       `json:"created_at"`
	UpdatedAt    time.Time       `json:"updated_at"`
	StartedAt    *time.Time      `json:"started_at"`  // of the newest attempt
	FinishedAt   *time.Time      `json:"finished_at"` // null unless terminal
	TraceID      string          `json:"trace_id"`    // of the HTTP request that asked for the newest run; "" when SQL did
}

// Detail is a job with its wide columns: what GET /v1/jobs/{id} carries.
// The three texts hold JSON and were capped when they were written.
type Detail struct {
	Job
	Columns        json.RawMessage `json:"columns"`
	TimeCandidates json.RawMessage `json:"time_candidates"`
	Preview        json.RawMessage `json:"preview"`
	Profile        json.RawMessage `json:"profile"` // the rest of the profile; null on rows older than it
}

// Upload is what the door knows of a stored file: a job to be created.
type Upload struct {
	ID             ID
	InputPath      string // key of input.csv in the bucket
	FileName       string
	FileBytes      int64
	FileSHA256     string // hex
	Columns        json.RawMessage
	TimeCandidates json.RawMessage
	Preview        json.RawMessage
	Profile        json.RawMessage
	Params         json.RawMessage // null = only store, do not queue
}

// Run is one row of `job_runs`: one run asked for.
type Run struct {
	ID         RunID             `json:"forecast_id"`
	JobID      ID                `json:"job_id"`
	UserID     UserID            `json:"user_id"`
	Status     Status            `json:"status"`
	Params     json.RawMessage   `json:"params"`
	Attempts   int               `json:"attempts"`
	Fence      int64             `json:"-"`         // winning fence; 0 until completed
	Folder     string            `json:"-"`         // winning folder in the bucket; "" until completed
	Checksums  map[string]string `json:"checksums"` // file name → hex SHA-256
	ModelUsed  string            `json:"model_used"`
	Metrics    json.RawMessage   `json:"metrics"`
	ErrorCode  string            `json:"error_code"`
	Error      string            `json:"error_message"`
	CreatedAt  time.Time         `json:"created_at"`
	StartedAt  *time.Time        `json:"started_at"`
	FinishedAt *time.Time        `json:"finished_at"`
	ExpiredAt  *time.Time        `json:"expired_at"` // its folder is no longer kept
	TraceID    string            `json:"trace_id"`
}

// Event is one row of `job_events`: one committed change of status.
type Event struct {
	ID          int64     `json:"id"`
	JobID       ID        `json:"job_id"`
	ForecastID  string    `json:"forecast_id"`
	OldStatus   Status    `json:"old_status"` // "" for the first event of a job
	Status      Status    `json:"status"`     // "deleted" in the last event of a removed job
	Version     int64     `json:"version"`
	Attempt     int       `json:"attempt"`
	Actor       string    `json:"actor"`       // session_user, or the user id when the API acted for a user
	Application string    `json:"application"` // application_name
	Processor   string    `json:"processor"`
	Code        string    `json:"code"` // error code or reason, "" when there is none
	Message     string    `json:"message"`
	At          time.Time `json:"at"`
	TraceID     string    `json:"trace_id"` // of the HTTP request that asked for the run
}

// Filter narrows a list of jobs. Zero values do not narrow.
type Filter struct {
	Statuses []Status
	Model    string    // model_used
	After    time.Time // created at or after
	Before   time.Time // created before
	Limit    int       // 1 to 200; 0 means 50
	Cursor   string    // opaque, from Page.NextCursor
}

// Page is one page of a list, newest first.
type Page struct {
	Jobs       []Job  `json:"data"`
	NextCursor string `json:"next_cursor"` // "" on the last page
}

// Claim is a claimed job: the right to run it while the processor lives and
// the fencing token is the row's.
type Claim struct {
	ID          ID
	UserID      UserID
	RunID       RunID
	Fence       int64 // never repeats
	Attempt     int   // 1 for the first
	MaxAttempts int
	Params      json.RawMessage
	InputPath   string
	FileName    string
	RunAt       time.Time // when it became claimable
	Priority    int
	Turn        int64 // virtual start time, see the schema; what was claimed before has smaller ones
	TraceID     string
}

// Completion is a claim whose run has ended with a result.
type Completion struct {
	Claim   Claim
	Outcome Outcome
}

// Promotion is what became of the jobs that wait for their time.
type Promotion struct {
	Promoted int           // became claimable now
	Next     time.Duration // until the next one will; 0: none waits
	Suspects bool          // jobs wait under which processors died: each is run alone
}

// Outcome is what a completed run leaves in the database.
type Outcome struct {
	Folder     string            // the run's folder in the bucket
	OutputPath string            // canonical output.json
	Checksums  map[string]string // file name → hex SHA-256
	ModelUsed  string
	Metrics    json.RawMessage
}

// Failure says why an attempt ended without a result.
type Failure struct {
	Code    string // snake_case, from the list in internal/problem
	Message string // for the user
	Retry   bool   // the cause may pass: try again with backoff while attempts are left
}

// Standing is what the files of a job are compared with.
type Standing struct {
	Job       ID
	Owner     UserID
	Published bool  // the row names a result at the canonical paths
	Runs      []Run // newest first; the oldest of very many are left out
}

// Result returns the newest completed run whose files are kept, if there is one.
func (s Standing) Result() (Run, bool) {
	var result Run
	found := false
	for _, r := range s.Runs {
		if r.Status != Completed || r.ExpiredAt != nil || r.FinishedAt == nil {
			continue
		}
		if !found || r.FinishedAt.After(*result.FinishedAt) {
			result, found = r, true
		}
	}
	return result, found
}

// Leftover is a folder in the bucket that nobody names any more.
type Leftover struct {
	ID     int64
	UserID UserID
	JobID  ID
	RunID  *RunID // nil: the whole folder of the job
}

// Tick is one progress report of a running claim.
type Tick struct {
	ID       ID
	Fence    int64
	Progress Progress
}
