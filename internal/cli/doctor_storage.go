package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/storage"
)

// storage checks the bucket by using it.
func (d *doctor) storage(ctx context.Context) {
	c := d.config
	bucket := storage.New(storage.Config{URL: c.SupabaseURL + "/storage/v1", Key: c.ServiceKey, Bucket: c.Bucket})
	if err := bucket.Ping(ctx); err != nil {
		d.fail("bucket", "storage: "+err.Error(), d.adviseStorage(err))
		return
	}
	if err := bucket.Ensure(ctx); err != nil { // it is there, so nothing is made
		d.fail("bucket", "storage: "+err.Error(), d.adviseStorage(err))
		return
	}
	d.ok("bucket", "bucket %s is there and private", c.Bucket)
	if err := tryFile(ctx, bucket); err != nil {
		d.fail("files", "storage: "+err.Error(), d.adviseStorage(err))
		return
	}
	d.ok("files", "files can be written, read and removed")
}

// tryFile writes a small file into the folder of a user who does not exist,
// reads it and removes it.
func tryFile(ctx context.Context, bucket *storage.Bucket) (err error) {
	user := job.UserID{UUID: uuid.New()}
	key := storage.Input(user, job.NewID())
	const text = "pgcast,doctor\n"
	err = bucket.Upload(ctx, key, strings.NewReader(text), storage.UploadOptions{ContentType: "text/csv"})
	if err != nil {
		return fmt.Errorf("write a file: %w", err)
	}
	defer func() {
		if gone := bucket.Delete(context.WithoutCancel(ctx), key); gone != nil {
			err = errors.Join(err, fmt.Errorf("remove %s: %w", key, gone))
		}
	}()
	object, err := bucket.Download(ctx, key, "")
	if err != nil {
		return fmt.Errorf("read a file: %w", err)
	}
	defer object.Body.Close()
	got, err := io.ReadAll(object.Body)
	if err == nil && string(got) != text {
		err = errors.New("it came back changed")
	}
	if err != nil {
		return fmt.Errorf("read a file: %w", err)
	}
	return nil
}

func (d *doctor) adviseStorage(err error) string {
	const key = "set SUPABASE_SERVICE_ROLE_KEY to the service_role key, or to an sb_secret_… key, of this project"
	switch {
	case errors.Is(err, storage.ErrPublic):
		return "make bucket " + d.config.Bucket + " private in the dashboard: anybody can read everybody's files"
	case errors.Is(err, storage.ErrDenied):
		return key
	case errors.Is(err, storage.ErrNotFound) && readKey(d.config.ServiceKey).Role == auth.RoleAnon:
		return key + "; this one is the anon key, which sees no private bucket"
	case errors.Is(err, storage.ErrNotFound):
		return "run pgcast migrate, which makes bucket " + d.config.Bucket + "; or set STORAGE_BUCKET to the one there is"
	case errors.Is(err, storage.ErrTooLarge):
		return "raise the bucket's file size limit in the dashboard"
	}
	return "check SUPABASE_URL, and that the project is not paused"
}
