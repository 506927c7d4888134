package processor_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/storage"
	"github.com/pgcast/pgcast/processor"
)

// files gives the processor a bucket.
type files struct{ bucket *storage.Bucket }

var _ processor.Files = files{}

func (f files) Input(ctx context.Context, c job.Claim) (io.ReadCloser, error) {
	return f.open(ctx, storage.Input(c.UserID, c.ID))
}

func (f files) open(ctx context.Context, key storage.Key) (io.ReadCloser, error) {
	object, err := f.bucket.Download(ctx, key, "")
	if errors.Is(err, storage.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", job.ErrNotFound, err)
	}
	if err != nil {
		return nil, err
	}
	return object.Body, nil
}

func (f files) Store(ctx context.Context, a processor.Attempt, name, contentType string, body io.ReadSeeker) error {
	key, err := storage.RunFile(a.User, a.Job, a.Run, a.Fence, name)
	if err != nil {
		return err
	}
	err = f.bucket.Upload(ctx, key, body, storage.UploadOptions{ContentType: contentType, Upsert: true})
	if errors.Is(err, storage.ErrDenied) {
		return fmt.Errorf("%w: %w", processor.ErrDenied, err)
	}
	return err
}

func (f files) Paths(a processor.Attempt) (folder, output string) {
	return folderOf(a).String(), storage.Folder(a.User, a.Job).String() + "/" + storage.OutputName
}

func folderOf(a processor.Attempt) storage.Key {
	return storage.RunFolder(a.User, a.Job, a.Run, a.Fence)
}

func (f files) Publish(ctx context.Context, a processor.Attempt) error {
	return f.bucket.Publish(ctx, a.User, a.Job, a.Run, a.Fence)
}

func (f files) Unpublish(ctx context.Context, user job.UserID, id job.ID) error {
	return f.bucket.Unpublish(ctx, user, id)
}

func (f files) Canonical(ctx context.Context, a processor.Attempt, name string) (io.ReadCloser, error) {
	key, err := storage.Canonical(a.User, a.Job, name)
	if err != nil {
		return nil, err
	}
	return f.open(ctx, key)
}

func (f files) Attempts(ctx context.Context, a processor.Attempt) ([]int64, error) {
	entries, err := f.bucket.List(ctx, storage.AttemptsFolder(a.User, a.Job, a.Run))
	var fences []int64
	for _, e := range entries {
		if fence, err := strconv.ParseInt(e.Name, 10, 64); err == nil && e.Folder {
			fences = append(fences, fence)
		}
	}
	return fences, err
}

func (f files) RemoveAttempt(ctx context.Context, a processor.Attempt) error {
	return f.bucket.DeleteFolder(ctx, folderOf(a))
}

func (f files) RemoveRun(ctx context.Context, a processor.Attempt) error {
	return f.bucket.DeleteFolder(ctx, storage.AttemptsFolder(a.User, a.Job, a.Run))
}

func (f files) RemoveJob(ctx context.Context, user job.UserID, id job.ID) error {
	return f.bucket.DeleteFolder(ctx, storage.Folder(user, id))
}
