package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/pgcast/pgcast/ingest/client"
)

// submit is `pgcast submit`: a client of the HTTP API like any other.
func submit(ctx context.Context, env Env, args []string) error {
	var request requestFlags
	fs := flags(env, "submit", "FILE [options]")
	request.define(fs)
	url := fs.String("url", or(env.Getenv("PGCAST_URL"), "http://127.0.0.1:8080"), "where pgcast runs (PGCAST_URL)")
	token := fs.String("token", "", "access token (default: PGCAST_ACCESS_TOKEN)") // not the flag's default: help shows that
	output := fs.String("o", "-", "output `FILE`, - for standard output")
	format := fs.String("format", "csv", "csv or json")
	wait := fs.Bool("wait", true, "follow the job to its end and fetch the result; with --wait=false, print the job's id")
	timeout := fs.Duration("timeout", 0, "give up after so long; the job goes on (default: never)")
	key := fs.String("key", "", "Idempotency-Key: the same upload again with the same key makes no second job (default: a new one)")
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
	if err == nil {
		err = writable(*output)
	}
	if err != nil {
		return err
	}
	if *timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, *timeout)
		defer cancel()
	}
	s := submission{Client: client.New(*url, *token), say: env.Stderr}
	if *quiet {
		s.say = io.Discard
	}
	id, err := s.upload(ctx, rest[0], *key, params)
	if err != nil {
		return s.because(err)
	}
	if !*wait {
		_, err := fmt.Fprintln(env.Stdout, id)
		return err
	}
	if err := s.follow(ctx, id); err != nil {
		return s.because(err)
	}
	return s.because(s.fetch(ctx, id, files[*format], *output, env.Stdout))
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// submission talks to a running pgcast.
type submission struct {
	*client.Client
	say io.Writer
}

// upload streams the file with its forecast request.
func (s *submission) upload(ctx context.Context, name, key string, params json.RawMessage) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", usageError{err.Error()}
	}
	defer file.Close()
	var request client.Request
	fields := json.NewDecoder(bytes.NewReader(params))
	fields.UseNumber() // a seed may have more digits than a float
	if err := fields.Decode(&request); err != nil {
		return "", err
	}
	up, err := s.Upload(ctx, name, file, client.UploadOptions{Request: request, Key: key})
	if err != nil {
		return "", err
	}
	return up.JobID, nil
}

// follow tells each change of status, and progress in steps of a tenth, until
// the job has ended.
func (s *submission) follow(ctx context.Context, id string) error {
	told := ""
	j, err := s.Wait(ctx, id, func(j client.Job) {
		line := fmt.Sprintf("%s %s", j.ID, j.Status)
		if tenths := int(j.Progress.Fraction * 10); j.Status == client.Processing && tenths > 0 {
			line += fmt.Sprintf(" %d%% %s", tenths*10, j.Progress.Stage)
		}
		if line != told {
			told = line
			fmt.Fprintln(s.say, line)
		}
	})
	switch {
	case err != nil:
		return err
	case j.Status == client.Completed:
		return nil
	}
	return &exitError{
		code: map[client.Status]int{client.Canceled: exitCanceled}[j.Status],
		err:  fmt.Errorf("the job %s: %s (%s)", j.Status, or(j.ErrorMessage, "no reason given"), or(j.ErrorCode, string(j.Status))),
	}
}

// fetch downloads a file of the job; on disk it appears whole or not at all.
func (s *submission) fetch(ctx context.Context, id, name, output string, stdout io.Writer) error {
	body, err := s.File(ctx, id, name)
	if err != nil {
		return err
	}
	defer body.Close()
	if output == "-" {
		_, err := io.Copy(stdout, body)
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(output), filepath.Base(output)+".*.part")
	if err != nil {
		return err
	}
	_, err = io.Copy(part, body)
	if err = errors.Join(err, part.Chmod(0o644), part.Close()); err == nil {
		err = os.Rename(part.Name(), output)
	}
	if err != nil {
		_ = os.Remove(part.Name())
	}
	return err
}

// because turns an error into the exit code that a script can act on.
func (s *submission) because(err error) error {
	var (
		refused *client.Error
		use     usageError
		ended   *exitError
	)
	switch {
	case err == nil, errors.As(err, &use), errors.As(err, &ended):
		return err
	case errors.As(err, &refused):
		return &exitError{code: exitOf(refused), err: err, hint: refused.Hint}
	case errors.Is(err, context.DeadlineExceeded):
		return &exitError{code: exitTimeout, err: errors.New("the time is up; the job goes on"), hint: "GET " + s.URL + "/v1/jobs lists it"}
	case errors.Is(err, context.Canceled):
		return err
	}
	return &exitError{code: exitNetwork, err: fmt.Errorf("%w (is pgcast running at %s?)", err, s.URL)}
}

func exitOf(e *client.Error) int {
	switch e.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		if e.Code == "unknown_model" || e.Code == "invalid_field" || e.Code == "unknown_field" {
			return exitUsage
		}
		return exitData
	case http.StatusUnauthorized, http.StatusForbidden:
		return exitAuth
	case http.StatusNotFound, http.StatusGone:
		return exitMissing
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return exitNetwork
	}
	return exitFailed
}

// exitError is an error with an exit code of its own; 0: exitFailed.
type exitError struct {
	code int
	err  error
	hint string
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }
