package ingest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
)

// formOverhead is what a form may weigh beside its file: part headers,
// boundaries, the forecast field.
const formOverhead = 2 << 20

// cleanupTime bounds the removal of what a refused upload left.
const cleanupTime = 15 * time.Second

// uploadAnswer is the profile with the job that it belongs to.
type uploadAnswer struct {
	ID         job.ID          `json:"job_id"`
	Status     job.Status      `json:"status"`
	Version    int64           `json:"version"`
	ForecastID string          `json:"forecast_id,omitempty"` // when a forecast was asked for at once
	Params     json.RawMessage `json:"params"`
	Resolved   any             `json:"resolved,omitempty"`
	File       fileAnswer      `json:"file"`
	Links      links           `json:"links"`
	*dataset.Profile
}

type fileAnswer struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"` // of the CSV text
	SHA256 string `json:"sha256"`
	Rows   int    `json:"rows"`
}

// upload stores a file while it is profiled, and queues a forecast of it when
// the form asks for one.
func (s *Server) upload(c *fiber.Ctx, user job.UserID) (err error) {
	media, params, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || media != "multipart/form-data" {
		return problem.New("unsupported_media_type", "The body is not multipart/form-data.").WithHint("Send the file as a field of a form: curl -F file=@sales.csv")
	}
	if n := len(params["boundary"]); n == 0 || n > 70 { // RFC 2046, section 5.1.1
		return problem.New("bad_multipart", "The Content-Type names no usable boundary.")
	}
	key, err := keyOf(c)
	if err != nil {
		return err
	}
	if err := known(c); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(c.UserContext())
	defer cancel()
	b := s.body(c, s.MaxUploadBytes+formOverhead)
	in := &intake{s: s, user: user, id: job.NewID(), body: b, key: key}
	if err := in.admit(ctx); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			in.undo(ctx)
		}
	}()
	if err := in.read(ctx, bufio.NewReaderSize(b, 64<<10), params["boundary"]); err != nil {
		return err
	}
	ch := change{user: user, key: job.Key{Text: key, Fingerprint: in.fingerprint()}}
	made, text, err := commit(ctx, s, c, ch, fiber.StatusCreated, in.create)
	if err != nil {
		return err
	}
	if made.ID != in.id { // the answer to an earlier request with the key
		in.undo(ctx)
	}
	c.Set(fiber.HeaderLocation, made.Links.Self)
	return send(c, fiber.StatusCreated, text)
}

// create writes the row of a stored file and answers with its profile.
func (in *intake) create(ctx context.Context) (uploadAnswer, error) {
	if in.file.profile == nil { // the key was used when the upload began, and has expired since
		return uploadAnswer{}, job.ErrKeyInUse
	}
	u, err := in.file.upload(in.id)
	if err != nil {
		return uploadAnswer{}, err
	}
	var resolved any
	if in.params != nil {
		u.Params = in.params
		if resolved, err = in.s.Resolve(in.spec, detailOf(in.user, u)); err != nil {
			return uploadAnswer{}, err
		}
	}
	in.asked = true
	d, err := in.s.Jobs.Create(ctx, in.user, u)
	if err != nil {
		return uploadAnswer{}, fmt.Errorf("create job: %w", err)
	}
	return uploadAnswer{
		ID: d.ID, Status: d.Status, Version: d.Version, ForecastID: d.ForecastID, Params: d.Params, Resolved: resolved,
		File:  fileAnswer{Name: u.FileName, Bytes: u.FileBytes, SHA256: u.FileSHA256, Rows: in.file.profile.Rows},
		Links: linksOf(d.Job), Profile: in.file.profile,
	}, nil
}

// detailOf is the job that an upload will be.
func detailOf(user job.UserID, u job.Upload) job.Detail {
	return job.Detail{
		Job: job.Job{ID: u.ID, UserID: user, Status: job.Pending, Params: u.Params, InputPath: u.InputPath,
			FileName: u.FileName, FileBytes: u.FileBytes},
		Columns: u.Columns, TimeCandidates: u.TimeCandidates, Preview: u.Preview, Profile: u.Profile,
	}
}
