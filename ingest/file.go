package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"path"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/problem"
)

// signedTTL is how long the address of ?redirect=1 works: long enough to
// follow it at once, too short to be passed around.
const signedTTL = time.Minute

// contentTypes are the files of a job, by name.
var contentTypes = map[string]string{
	InputName:      "text/csv; charset=utf-8",
	OutputName:     fiber.MIMEApplicationJSON,
	"forecast.csv": "text/csv; charset=utf-8",
	"forecast.png": "image/png",
}

// file downloads one file of a job: its input, or the results of its newest
// completed run.
func (s *Server) file(c *fiber.Ctx, user job.UserID) error {
	id, err := jobID(c)
	if err != nil {
		return err
	}
	name := c.Params("name")
	if contentTypes[name] == "" {
		return problem.New("not_found", "A job has no file of this name.").WithHint("The files are input.csv, output.json, forecast.csv and forecast.png.")
	}
	redirect, err := flag(c, "redirect")
	if err != nil {
		return err
	}
	if err := known(c, "redirect"); err != nil {
		return err
	}
	d, err := s.Jobs.Get(c.UserContext(), user, id)
	if err != nil {
		return fmt.Errorf("get job: %w", err)
	}
	f, etag, err := s.locate(c.UserContext(), d.Job, name)
	if err != nil {
		return err
	}
	if redirect {
		address, err := s.Files.SignedURL(c.UserContext(), f, signedTTL)
		if err != nil {
			return s.missing(fmt.Errorf("sign address: %w", err))
		}
		c.Set(fiber.HeaderCacheControl, "no-store")
		return c.Redirect(address, fiber.StatusFound)
	}
	return s.send(c, f, etag, downloadName(d.FileName, name))
}

// locate finds where a file of a job is, and the ETag of what is there if it
// is known without looking.
func (s *Server) locate(ctx context.Context, j job.Job, name string) (File, string, error) {
	f := File{User: j.UserID, Job: j.ID, Name: name, Path: j.InputPath}
	if name == InputName {
		return f, "", nil
	}
	run, err := s.Jobs.LatestRun(ctx, j.UserID, j.ID)
	switch {
	case err == nil && run.Fence > 0:
		return fileOf(run, name), checksum(run, name), nil
	case err != nil && !errors.Is(err, job.ErrNotFound):
		return f, "", fmt.Errorf("find newest run: %w", err)
	case j.OutputPath == "":
		return f, "", problem.New("not_ready", "No run of this job has completed yet.")
	}
	return f, "", nil // older than run folders
}

func fileOf(run job.Run, name string) File {
	return File{User: run.UserID, Job: run.JobID, Name: name, Run: run.ID, Fence: run.Fence}
}

// checksum is the ETag of a result, "" when the run does not tell.
func checksum(run job.Run, name string) string {
	if sum := run.Checksums[name]; sum != "" {
		return `"sha256:` + sum + `"`
	}
	return ""
}

// send streams a file of the bucket to the client. as is the name to save it
// under, "" to show it in place.
func (s *Server) send(c *fiber.Ctx, f File, etag, as string) error {
	if etag != "" && unchanged(c, etag) {
		return nil
	}
	ctx, cancel := context.WithCancel(s.base) // the body is read after the handler has returned
	o, err := s.Files.Open(ctx, f, rangeOf(c, etag))
	if err != nil {
		cancel()
		return s.missing(fmt.Errorf("open %s: %w", f.Name, err))
	}
	body := &download{ReadCloser: o.Body, cancel: cancel}
	if etag == "" && o.ETag != "" && unchanged(c, o.ETag) {
		return body.Close()
	}
	c.Status(o.Status)
	c.Set(fiber.HeaderContentType, contentTypes[f.Name])
	c.Set(fiber.HeaderAcceptRanges, "bytes")
	if o.ContentRange != "" {
		c.Set(fiber.HeaderContentRange, o.ContentRange)
	}
	if as != "" {
		c.Set(fiber.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": as}))
	}
	c.Context().SetBodyStream(body, int(o.Size))
	return nil
}

// missing turns "not there" of the bucket into a problem about the file.
func (s *Server) missing(err error) error {
	if s.problemOf(err).Code == "not_found" {
		return problem.New("file_missing", "")
	}
	return err
}

// download is a body on its way out; closing it ends the transfer.
type download struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (d *download) Close() error {
	defer d.cancel()
	return d.ReadCloser.Close()
}

// downloadName names a downloaded file after the upload it came from.
func downloadName(uploaded, name string) string {
	if uploaded == "" {
		return name
	}
	if name == InputName {
		text := strings.TrimSuffix(uploaded, ".gz")
		if stem, ok := strings.CutSuffix(text, ".xlsx"); ok {
			return stem + ".csv"
		}
		return text
	}
	stem := strings.TrimSuffix(strings.TrimSuffix(uploaded, ".gz"), path.Ext(strings.TrimSuffix(uploaded, ".gz")))
	return stem + "-" + name
}
