package main

import (
	"context"
	"io"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/processor"
)

// nowhere are files that take no time: what is measured is the queue.
type nowhere struct{}

var _ processor.Files = nowhere{}

func (nowhere) Input(context.Context, job.Claim) (io.ReadCloser, error) { return nil, job.ErrNotFound }
func (nowhere) Store(context.Context, processor.Attempt, string, string, io.ReadSeeker) error {
	return nil
}
func (nowhere) Paths(processor.Attempt) (folder, output string)     { return "folder", "output.json" }
func (nowhere) Publish(context.Context, processor.Attempt) error    { return nil }
func (nowhere) Unpublish(context.Context, job.UserID, job.ID) error { return nil }
func (nowhere) Canonical(context.Context, processor.Attempt, string) (io.ReadCloser, error) {
	return nil, job.ErrNotFound
}
func (nowhere) Attempts(context.Context, processor.Attempt) ([]int64, error) { return nil, nil }
func (nowhere) RemoveAttempt(context.Context, processor.Attempt) error       { return nil }
func (nowhere) RemoveRun(context.Context, processor.Attempt) error           { return nil }
func (nowhere) RemoveJob(context.Context, job.UserID, job.ID) error          { return nil }
