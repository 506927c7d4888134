package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pgcast/pgcast/ingest"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/storage"
)

// files gives the door the bucket, as mains do.
type files struct{ *storage.Bucket }

func (f files) PutInput(ctx context.Context, user job.UserID, id job.ID, r io.Reader) (string, error) {
	key := storage.Input(user, id)
	return key.String(), f.Upload(ctx, key, r, storage.UploadOptions{ContentType: "text/csv", Upsert: true})
}

func (f files) key(file ingest.File) (storage.Key, error) {
	switch {
	case file.Name == ingest.InputName:
		return storage.Input(file.User, file.Job), nil
	case file.Fence == 0:
		return storage.Canonical(file.User, file.Job, file.Name)
	}
	return storage.RunFile(file.User, file.Job, file.Run, file.Fence, file.Name)
}

func (f files) Open(ctx context.Context, file ingest.File, rangeHeader string) (*ingest.Object, error) {
	key, err := f.key(file)
	if err != nil {
		return nil, err
	}
	o, err := f.Download(ctx, key, rangeHeader)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", job.ErrNotFound, err)
	}
	if err != nil {
		return nil, err
	}
	return &ingest.Object{Body: o.Body, Size: o.Size, ETag: o.ETag, ContentRange: o.ContentRange, Status: o.Status}, nil
}

func (f files) SignedURL(ctx context.Context, file ingest.File, ttl time.Duration) (string, error) {
	key, err := f.key(file)
	if err != nil {
		return "", err
	}
	return f.Bucket.SignedURL(ctx, key, ttl)
}

func (f files) RemoveJob(ctx context.Context, user job.UserID, id job.ID) error {
	return f.DeleteFolder(ctx, storage.Folder(user, id))
}
