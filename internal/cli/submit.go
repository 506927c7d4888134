package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// submit is `pgcast submit`: a client of the HTTP API like any other.
func submit(ctx context.Context, env Env, args []string) error {
	var request requestFlags
	fs := flags(env, "submit", "FILE [options]")
	request.define(fs)
	url := fs.String("url", or(env.Getenv("PGCAST_URL"), "http://127.0.0.1:8080"), "where pgcast runs (PGCAST_URL)")
	token := fs.String("token", "", "access token (default: PGCAST_ACCESS_TOKEN)") // not the flag's default: help shows that
	output := fs.String("o", "-", "output file, - for standard output")
	format := fs.String("format", "csv", "csv or json")
	quiet := fs.Bool("quiet", false, "say nothing on standard error")
	rest, err := parse(fs, args, 1)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return usageError{"which file? pgcast submit FILE"}
	}
	files := map[string]string{"csv": "forecast.csv", "json": "output.json"}
	if files[*format] == "" {
		return usageError{fmt.Sprintf("--format %q is neither csv nor json", *format)}
	}
	if *token = or(*token, env.Getenv("PGCAST_ACCESS_TOKEN")); *token == "" {
		return usageError{"no access token: set PGCAST_ACCESS_TOKEN, or source the env file that pgcast up writes"}
	}
	params, err := request.params()
	if err != nil {
		return err
	}
	s := submission{url: strings.TrimRight(*url, "/"), token: *token, say: env.Stderr}
	if *quiet {
		s.say = io.Discard
	}
	id, err := s.upload(ctx, rest[0], params)
	if err != nil {
		return err
	}
	if err := s.follow(ctx, id); err != nil {
		return err
	}
	return s.fetch(ctx, id, files[*format], *output, env.Stdout)
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// submission talks to a running pgcast.
type submission struct {
	url, token string
	say        io.Writer
}

// upload streams the file with its forecast request.
func (s *submission) upload(ctx context.Context, name string, params json.RawMessage) (job.ID, error) {
	file, err := os.Open(name)
	if err != nil {
		return job.ID{}, usageError{err.Error()}
	}
	defer file.Close()
	body, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() {
		err := form.WriteField("forecast", string(params))
		if err == nil {
			var part io.Writer
			if part, err = form.CreateFormFile("file", filepath.Base(name)); err == nil {
				_, err = io.Copy(part, file)
			}
		}
		_ = w.CloseWithError(errors.Join(err, form.Close()))
	}()
	defer body.Close()
	var created struct {
		JobID job.ID `json:"job_id"`
	}
	err = s.call(ctx, http.MethodPost, "/v1/upload", form.FormDataContentType(), body, &created)
	return created.JobID, err
}

// follow tells each change of status until the job has ended.
func (s *submission) follow(ctx context.Context, id job.ID) error {
	told, pause := "", 100*time.Millisecond
	for {
		var j job.Job
		if err := s.call(ctx, http.MethodGet, "/v1/jobs/"+id.String(), "", nil, &j); err != nil {
			return err
		}
		if line := fmt.Sprintf("%s %s", j.ID, j.Status); line != told {
			told = line
			fmt.Fprintln(s.say, line)
		}
		switch {
		case j.Status == job.Completed:
			return nil
		case j.Status.Terminal():
			return fmt.Errorf("the job %s: %s (%s)", j.Status, or(j.ErrorMessage, "no reason given"), or(j.ErrorCode, string(j.Status)))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
			pause = min(pause*5/4, 2*time.Second)
		}
	}
}

// fetch downloads a file of the job; on disk it appears whole or not at all.
func (s *submission) fetch(ctx context.Context, id job.ID, name, output string, stdout io.Writer) error {
	path := "/v1/jobs/" + id.String() + "/files/" + name
	if output == "-" {
		return s.call(ctx, http.MethodGet, path, "", nil, stdout)
	}
	part, err := os.CreateTemp(filepath.Dir(output), filepath.Base(output)+".*.part")
	if err != nil {
		return err
	}
	err = s.call(ctx, http.MethodGet, path, "", nil, part)
	if err = errors.Join(err, part.Chmod(0o644), part.Close()); err == nil {
		err = os.Rename(part.Name(), output)
	}
	if err != nil {
		_ = os.Remove(part.Name())
	}
	return err
}

// call sends a request. The answer goes to out: an io.Writer gets the bytes,
// anything else is decoded into.
func (s *submission) call(ctx context.Context, method, path, contentType string, body io.Reader, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("%w (is pgcast running at %s?)", err, s.url)
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return refused(res)
	}
	if w, ok := out.(io.Writer); ok {
		_, err = io.Copy(w, res.Body)
		return err
	}
	return json.NewDecoder(res.Body).Decode(out)
}

// refused turns a problem document into an error of the same words.
func refused(res *http.Response) error {
	var p struct {
		Code   string `json:"code"`
		Detail string `json:"detail"`
		Hint   string `json:"hint"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&p); err != nil || p.Code == "" {
		return fmt.Errorf("the server answered %s", res.Status)
	}
	if res.StatusCode == http.StatusUnprocessableEntity || res.StatusCode == http.StatusUnsupportedMediaType {
		return &job.SpecError{Code: p.Code, Detail: p.Detail, Hint: p.Hint}
	}
	return fmt.Errorf("%s (%s); %s", p.Detail, p.Code, p.Hint)
}
