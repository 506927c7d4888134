package processor

import (
	"context"
	"errors"
	"io"

	"github.com/pgcast/pgcast/internal/job"
)

// Attempt names one try at one run; its files have a folder of their own.
type Attempt struct {
	User  job.UserID
	Job   job.ID
	Run   job.RunID
	Fence int64
}

func attemptOf(c job.Claim) Attempt {
	return Attempt{User: c.UserID, Job: c.ID, Run: c.RunID, Fence: c.Fence}
}

func winner(r job.Run) Attempt {
	return Attempt{User: r.UserID, Job: r.JobID, Run: r.ID, Fence: r.Fence}
}

// ErrDenied is a refusal of the bucket that will not pass by itself: it does
// not take the key, or it is not there.
var ErrDenied = errors.New("processor: the storage refuses")

// Files is what the processor needs from the bucket. Names are those of the
// result files. What is not there is [job.ErrNotFound] to open, and no error to
// remove. Input, Store and Publish say [ErrDenied] where it is no use to try
// again; other errors may pass.
type Files interface {
	// Input opens the CSV text of the claimed job.
	Input(ctx context.Context, c job.Claim) (io.ReadCloser, error)
	// Store puts a file into the attempt's folder. The body is read again from
	// its start when the upload is repeated.
	Store(ctx context.Context, a Attempt, name, contentType string, body io.ReadSeeker) error
	// Paths returns the attempt's folder and the canonical output.json, as
	// the database records them.
	Paths(a Attempt) (folder, output string)

	// Publish copies the files of the attempt to the canonical paths of the
	// job, for people and tools that look there.
	Publish(ctx context.Context, a Attempt) error
	// Unpublish removes these copies.
	Unpublish(ctx context.Context, user job.UserID, id job.ID) error
	// Canonical opens one of them.
	Canonical(ctx context.Context, a Attempt, name string) (io.ReadCloser, error)

	// Attempts returns the fences of all attempts of a's run that have a
	// folder.
	Attempts(ctx context.Context, a Attempt) ([]int64, error)
	// RemoveAttempt removes the attempt's folder.
	RemoveAttempt(ctx context.Context, a Attempt) error
	// RemoveRun removes the folders of all attempts of a's run.
	RemoveRun(ctx context.Context, a Attempt) error
	// RemoveJob removes everything in the folder of a job.
	RemoveJob(ctx context.Context, user job.UserID, id job.ID) error
}
