package ingest

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// Jobs is what the door needs from the database. Every call acts for a user
// and meets only what is theirs: what belongs to another is job.ErrNotFound.
type Jobs interface {
	Create(ctx context.Context, user job.UserID, u job.Upload) (job.Detail, error)
	Get(ctx context.Context, user job.UserID, id job.ID) (job.Detail, error)
	List(ctx context.Context, user job.UserID, f job.Filter) (job.Page, error)

	// Request queues a pending job with params, or gives a finished one a new
	// run; job.ErrConflict while it runs.
	Request(ctx context.Context, user job.UserID, id job.ID, params json.RawMessage) (job.Job, error)

	// Reprocess runs a job again with the whole merged request; job.ErrConflict
	// while it runs.
	Reprocess(ctx context.Context, user job.UserID, id job.ID, params json.RawMessage) (job.Job, error)

	// Cancel stops a job; job.ErrConflict when it has ended.
	Cancel(ctx context.Context, user job.UserID, id job.ID) (job.Job, error)
	Delete(ctx context.Context, user job.UserID, id job.ID) error
	Events(ctx context.Context, user job.UserID, id job.ID) ([]job.Event, error)
	Webhooks(ctx context.Context, user job.UserID, id job.ID) ([]job.Told, error)
	Run(ctx context.Context, user job.UserID, id job.RunID) (job.Run, error)

	// Together makes one transaction of the calls that do makes with the context
	// it is given: all happen, or none when it returns an error.
	Together(ctx context.Context, do func(ctx context.Context) error) error

	// Recall reserves a key for the transaction, or returns what was answered when
	// it was used before; job.ErrKeyReused when that was another request,
	// job.ErrKeyInUse when it takes too long to tell.
	Recall(ctx context.Context, user job.UserID, k job.Key) (first job.Answer, used bool, err error)
	Remember(ctx context.Context, user job.UserID, key string, a job.Answer) error
	Used(ctx context.Context, user job.UserID, key string) (bool, error)

	// Expect locks a job for the transaction; job.ErrVersion when its version is
	// none of these, of which nil is any.
	Expect(ctx context.Context, user job.UserID, id job.ID, versions []int64) error

	// Spend returns a *job.QuotaError when what is about to be used would pass a
	// quota. Create, Request and Reprocess return it too.
	Spend(ctx context.Context, user job.UserID, sp job.Spending) error
	Usage(ctx context.Context, user job.UserID) (job.Usage, error)

	// LatestRun returns the newest completed run; job.ErrNotFound when none.
	LatestRun(ctx context.Context, user job.UserID, id job.ID) (job.Run, error)

	// Ticket issues a ticket that opens one websocket, and says until when.
	Ticket(ctx context.Context, user job.UserID) (string, time.Time, error)
}

// Files is what the door needs from the bucket.
type Files interface {
	// PutInput stores the CSV text of a job and returns its path. When r or
	// ctx fails, nothing is left.
	PutInput(ctx context.Context, user job.UserID, id job.ID, r io.Reader) (path string, err error)

	// Open reads a file, or the part of it that rangeHeader names. A file that
	// is not there is job.ErrNotFound.
	Open(ctx context.Context, f File, rangeHeader string) (*Object, error)

	// SignedURL returns an address from which anybody can read the file for ttl.
	SignedURL(ctx context.Context, f File, ttl time.Duration) (string, error)

	// RemoveJob removes every file of a job, also when there is none.
	RemoveJob(ctx context.Context, user job.UserID, id job.ID) error
}

// The names a file of a job may have.
const (
	InputName  = "input.csv"
	OutputName = "output.json"
)

// File names one file of a job.
type File struct {
	User job.UserID
	Job  job.ID
	Name string // input.csv, output.json, forecast.csv or forecast.png

	// Run and Fence name the run's folder that holds a result. A Fence of 0
	// means the canonical path: the input, and results older than run folders.
	Run   job.RunID
	Fence int64

	Path string // input.csv: input_file_path of the row
}

// Object is a file being read. Whoever asked for it closes Body.
type Object struct {
	Body         io.ReadCloser
	Size         int64  // bytes in Body; -1: not known
	ETag         string // quoted, as in HTTP; "" when the bucket gives none
	ContentRange string // "" unless Status is 206
	Status       int    // 200, or 206 for a part
}
