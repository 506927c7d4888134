package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"mime/multipart"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
)

// intake reads the form of one upload, part by part, in the order in which
// the client sends them.
type intake struct {
	s    *Server
	user job.UserID
	id   job.ID
	body *body

	key    string          // the Idempotency-Key, "" when none was sent
	used   bool            // the key was used before: the file is not stored again
	raw    hash.Hash       // of the file as it was sent; nil without a key
	file   *stored         // nil until the file part has been stored
	spec   job.Spec        // of the forecast field
	params json.RawMessage // nil: no forecast asked for
	begun  bool            // something may lie in the bucket
	asked  bool            // the database was asked for a row
}

func (in *intake) read(ctx context.Context, r io.Reader, boundary string) error {
	form := multipart.NewReader(r, boundary)
	for {
		part, err := form.NextPart()
		if err == io.EOF { // after the last part; a form that ends too early wraps it
			break
		}
		if err != nil {
			return in.broken()
		}
		if err := in.part(ctx, part); err != nil {
			return err
		}
	}
	if in.file == nil {
		return problem.New("missing_field", "The form has no file.").At("/file").
			WithHint("Send the file in a field named file, as in curl -F file=@data.csv.")
	}
	return nil
}

// broken is why the form cannot be read on: the body's reason when it has one.
func (in *intake) broken() error {
	if in.body.problem != nil {
		return in.body.problem
	}
	return problem.New("bad_multipart", "The form ends before its last part, or a part has no readable header.")
}

func (in *intake) part(ctx context.Context, part *multipart.Part) error {
	name := part.FormName()
	switch {
	case name == "file" && in.file != nil, name == "forecast" && in.params != nil:
		return problem.New("invalid_field", "The form has the field "+name+" twice.").At("/" + name)
	case name == "file":
		return in.take(ctx, part)
	case name == "forecast":
		return in.forecast(part)
	}
	return job.UnknownField("/"+name, name, []string{"file", "forecast"})
}

// admit looks, before the body is read, whether the user may have another job,
// and whether the key was used before.
func (in *intake) admit(ctx context.Context) (err error) {
	if in.key != "" {
		in.raw = sha256.New()
		if in.used, err = in.s.Jobs.Used(ctx, in.user, in.key); err != nil || in.used {
			return err
		}
	}
	return in.s.Jobs.Spend(ctx, in.user, job.Spending{Jobs: 1, Bytes: max(int64(in.body.size)-formOverhead, 0)})
}

// take stores the file; with a key that was used before it is only read.
func (in *intake) take(ctx context.Context, part *multipart.Part) (err error) {
	var r io.Reader = part
	if in.raw != nil {
		r = io.TeeReader(part, in.raw)
	}
	if in.used {
		in.file = &stored{name: fileName(part.FileName())}
	} else {
		in.begun = true
		if in.file, err = in.store(ctx, r, part.FileName()); err != nil {
			return err
		}
	}
	if in.raw != nil {
		if _, err := io.Copy(io.Discard, r); err != nil {
			return in.broken()
		}
	}
	return nil
}

// fingerprint tells this upload from another one with the same key.
func (in *intake) fingerprint() []byte {
	if in.raw == nil {
		return nil
	}
	return fingerprintOf("upload", in.file.name, string(in.raw.Sum(nil)), string(in.params))
}

// forecast reads the request for a forecast at once.
func (in *intake) forecast(part io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(part, maxJSONBytes+1))
	if err != nil {
		return in.broken()
	}
	if len(text) > maxJSONBytes {
		return tooLarge(maxJSONBytes)
	}
	fields, err := parseObject(text)
	if err != nil {
		return err
	}
	in.spec, in.params, err = specOf(fields)
	return err
}

// undo removes what a refused upload left in the bucket, unless it may have a row:
// a connection can break behind the commit. The client may be gone by now, so it
// does not wait for the request's end.
func (in *intake) undo(ctx context.Context) {
	if !in.begun {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	if in.asked {
		if _, err := in.s.Jobs.Get(ctx, in.user, in.id); !errors.Is(err, job.ErrNotFound) {
			in.s.Log.Warn("the files of an upload are left: its row may be there", "job_id", in.id, "error", err)
			return
		}
	}
	if err := in.s.Files.RemoveJob(ctx, in.user, in.id); err != nil {
		in.s.Log.Warn("remove a refused upload", "job_id", in.id, "error", err)
	}
}
