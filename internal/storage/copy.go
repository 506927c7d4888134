package storage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pgcast/pgcast/internal/job"
)

// Copy makes to a copy of from, replacing what was there. The server copies;
// no byte comes here, unless the server is one that does not let a copy
// replace an object: then the bytes are streamed through.
func (b *Bucket) Copy(ctx context.Context, from, to Key) error {
	if from == (Key{}) || to == (Key{}) {
		return errors.New("copy: the whole bucket is not an object")
	}
	err := b.control(ctx, call{method: http.MethodPost, path: "/object/copy", header: map[string]string{"x-upsert": "true"},
		body: map[string]any{"bucketId": b.name, "sourceKey": from.path, "destinationKey": to.path}})
	if errors.Is(err, ErrExists) {
		err = b.stream(ctx, from, to)
	}
	if err != nil {
		return fmt.Errorf("copy %s to %s: %w", from, to, err)
	}
	return nil
}

// stream copies through this process.
func (b *Bucket) stream(ctx context.Context, from, to Key) error {
	o, err := b.Download(ctx, from, "")
	if err != nil {
		return err
	}
	defer o.Body.Close()
	return b.Upload(ctx, to, o.Body, UploadOptions{ContentType: o.ContentType, Upsert: true})
}

// Publish copies the results of a run to the canonical paths of its job. The
// run's folder must be whole; the caller holds the row, so that no other run
// publishes at the same time, and checks the checksums.
func (b *Bucket) Publish(ctx context.Context, user job.UserID, id job.ID, run job.RunID, fence int64) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, name := range ResultNames {
		group.Go(func() error {
			return b.Copy(ctx, RunFolder(user, id, run, fence).child(name), Folder(user, id).child(name))
		})
	}
	return group.Wait()
}

// Unpublish removes what lies at the canonical paths of a job.
func (b *Bucket) Unpublish(ctx context.Context, user job.UserID, id job.ID) error {
	var keys []Key
	for _, name := range ResultNames {
		keys = append(keys, Folder(user, id).child(name))
	}
	return b.Delete(ctx, keys...)
}

// Info is what the bucket knows of an object.
type Info struct {
	Size        int64 // bytes
	ContentType string
	ETag        string // quoted, as in HTTP
	Modified    time.Time
}

// Stat asks about an object without reading it.
func (b *Bucket) Stat(ctx context.Context, key Key) (Info, error) {
	var found struct {
		Size        int64     `json:"size"`
		ContentType string    `json:"content_type"`
		ETag        string    `json:"etag"`
		Modified    time.Time `json:"last_modified"`
	}
	err := b.control(ctx, call{method: http.MethodGet, path: "/object/info/" + b.name + "/" + key.path, out: &found})
	if err != nil {
		return Info{}, fmt.Errorf("stat %s: %w", key, err)
	}
	return Info(found), nil
}
