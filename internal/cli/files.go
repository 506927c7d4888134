package cli

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

// workshopFiles gives the processor the bucket in its own words.
type workshopFiles struct{ bucket *storage.Bucket }

var _ processor.Files = workshopFiles{}

func (f workshopFiles) Input(ctx context.Context, c job.Claim) (io.ReadCloser, error) {
	key, err := inputKey(c.UserID, c.ID, c.InputPath)
	if err != nil {
		return nil, err
	}
	body, err := f.open(ctx, key)
	return body, f.refused(ctx, err)
}

// refused finds out whether err will not pass: the key is refused, or it is
// not the object that is missing but the bucket.
func (f workshopFiles) refused(ctx context.Context, err error) error {
	if errors.Is(err, storage.ErrNotFound) {
		if gone := f.bucket.Ping(ctx); errors.Is(gone, storage.ErrNotFound) || errors.Is(gone, storage.ErrDenied) {
			return fmt.Errorf("%w: %w", processor.ErrDenied, gone)
		}
	}
	if errors.Is(err, storage.ErrDenied) {
		return fmt.Errorf("%w: %w", processor.ErrDenied, err)
	}
	return err
}

func (f workshopFiles) open(ctx context.Context, key storage.Key) (io.ReadCloser, error) {
	object, err := f.bucket.Download(ctx, key, "")
	if err != nil {
		return nil, missing(err)
	}
	return object.Body, nil
}

func (f workshopFiles) Store(ctx context.Context, a processor.Attempt, name, contentType string, body io.ReadSeeker) error {
	key, err := storage.RunFile(a.User, a.Job, a.Run, a.Fence, name)
	if err != nil {
		return err
	}
	return f.refused(ctx, f.bucket.Upload(ctx, key, body, storage.UploadOptions{ContentType: contentType, Upsert: true}))
}

func (f workshopFiles) Paths(a processor.Attempt) (folder, output string) {
	return attemptFolder(a).String(), storage.Folder(a.User, a.Job).String() + "/" + storage.OutputName
}

func attemptFolder(a processor.Attempt) storage.Key {
	return storage.RunFolder(a.User, a.Job, a.Run, a.Fence)
}

func (f workshopFiles) Publish(ctx context.Context, a processor.Attempt) error {
	return f.refused(ctx, f.bucket.Publish(ctx, a.User, a.Job, a.Run, a.Fence))
}

func (f workshopFiles) Unpublish(ctx context.Context, user job.UserID, id job.ID) error {
	return f.bucket.Unpublish(ctx, user, id)
}

func (f workshopFiles) Canonical(ctx context.Context, a processor.Attempt, name string) (io.ReadCloser, error) {
	key, err := storage.Canonical(a.User, a.Job, name)
	if err != nil {
		return nil, err
	}
	return f.open(ctx, key)
}

func (f workshopFiles) Attempts(ctx context.Context, a processor.Attempt) ([]int64, error) {
	entries, err := f.bucket.List(ctx, storage.AttemptsFolder(a.User, a.Job, a.Run))
	if err != nil {
		return nil, err
	}
	var fences []int64
	for _, e := range entries {
		if fence, err := strconv.ParseInt(e.Name, 10, 64); err == nil && e.Folder {
			fences = append(fences, fence)
		}
	}
	return fences, nil
}

func (f workshopFiles) RemoveAttempt(ctx context.Context, a processor.Attempt) error {
	return f.bucket.DeleteFolder(ctx, attemptFolder(a))
}

func (f workshopFiles) RemoveRun(ctx context.Context, a processor.Attempt) error {
	return f.bucket.DeleteFolder(ctx, storage.AttemptsFolder(a.User, a.Job, a.Run))
}

func (f workshopFiles) RemoveJob(ctx context.Context, user job.UserID, id job.ID) error {
	return f.bucket.DeleteFolder(ctx, storage.Folder(user, id))
}
