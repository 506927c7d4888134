package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/ingest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/storage"
)

// doorFiles gives ingest the bucket in its own words.
type doorFiles struct{ bucket *storage.Bucket }

var _ ingest.Files = doorFiles{}

func (f doorFiles) PutInput(ctx context.Context, user job.UserID, id job.ID, r io.Reader) (string, error) {
	key := storage.Input(user, id)
	err := f.bucket.Upload(ctx, key, r, storage.UploadOptions{ContentType: "text/csv", Upsert: true})
	return key.String(), err
}

func (f doorFiles) Open(ctx context.Context, file ingest.File, rangeHeader string) (*ingest.Object, error) {
	key, err := keyOf(file)
	if err != nil {
		return nil, err
	}
	object, err := f.bucket.Download(ctx, key, rangeHeader)
	if err != nil {
		return nil, missing(err)
	}
	return &ingest.Object{
		Body: object.Body, Size: object.Size, ETag: object.ETag,
		ContentRange: object.ContentRange, Status: object.Status,
	}, nil
}

func (f doorFiles) SignedURL(ctx context.Context, file ingest.File, ttl time.Duration) (string, error) {
	key, err := keyOf(file)
	if err != nil {
		return "", err
	}
	return f.bucket.SignedURL(ctx, key, ttl)
}

func (f doorFiles) RemoveJob(ctx context.Context, user job.UserID, id job.ID) error {
	return f.bucket.DeleteFolder(ctx, storage.Folder(user, id))
}

// missing tells the rooms, in their own word, of a file that is not there.
func missing(err error) error {
	if errors.Is(err, storage.ErrNotFound) {
		return fmt.Errorf("%w: %w", job.ErrNotFound, err)
	}
	return err
}

// keyOf builds the key from parsed ids. A path from the row is honoured only
// when it lies in the folder of the row's owner.
func keyOf(f ingest.File) (storage.Key, error) {
	switch {
	case f.Fence != 0:
		return storage.RunFile(f.User, f.Job, f.Run, f.Fence, f.Name)
	case f.Name != ingest.InputName:
		return storage.Canonical(f.User, f.Job, f.Name)
	}
	return inputKey(f.User, f.Job, f.Path)
}

func inputKey(user job.UserID, id job.ID, path string) (storage.Key, error) {
	key := storage.Input(user, id)
	if path != "" && path != key.String() {
		return storage.Key{}, fmt.Errorf("%w: the input of job %s lies outside its folder", job.ErrNotFound, id)
	}
	return key, nil
}

// codeOf names the errors of the bucket and the database in the words of
// internal/problem.
func codeOf(err error) string {
	switch {
	case errors.Is(err, storage.ErrTooLarge):
		return "payload_too_large"
	case errors.Is(err, storage.ErrRange):
		return "range_not_satisfiable"
	case errors.Is(err, storage.ErrDenied), errors.Is(err, storage.ErrPublic):
		return "storage_denied"
	case errors.Is(err, storage.ErrUnavailable):
		return "storage_unavailable"
	case errors.Is(err, auth.ErrKeysUnavailable):
		return "auth_unavailable"
	case errors.Is(err, db.ErrUnavailable):
		return "database_unavailable"
	}
	return ""
}

// profileText is the wide part of a row put together again.
func profileText(d job.Detail) (json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	if len(d.Profile) > 0 {
		if err := json.Unmarshal(d.Profile, &fields); err != nil {
			return nil, fmt.Errorf("read the profile of job %s: %w", d.ID, err)
		}
	}
	fields["columns"], fields["time_candidates"], fields["preview"] = orNull(d.Columns), orNull(d.TimeCandidates), orNull(d.Preview)
	return json.Marshal(fields)
}

func orNull(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("null")
	}
	return raw
}
