package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/pgcast/pgcast/ingest/client"
)

// submit is `pgcast submit`: a client of the HTTP API like any other.
func submit(ctx context.Context, env Env, args []string) error {
	var (
		request requestFlags
		out     outputFlags
	)
	fs := flags(env, "submit", "FILE|- [options]")
	request.define(fs)
	out.define(fs)
	url := fs.String("url", or(env.Getenv("PGCAST_URL"), "http://127.0.0.1:8080"), "where pgcast runs (PGCAST_URL)")
	token := fs.String("token", "", "access token (default: PGCAST_ACCESS_TOKEN)") // not the flag's default: help shows that
	wait := fs.Bool("wait", true, "follow the job to its end and fetch the result; with --wait=false, print the job's id")
	timeout := fs.Duration("timeout", 0, "give up after so long; the job goes on (default: never)")
	key := fs.String("key", "", "Idempotency-Key: the same upload again with the same key makes no second job (default: a new one)")
	rest, err := parse(fs, args, 1)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return usageError{"which file? pgcast submit FILE, or - for standard input"}
	}
	if *token = or(*token, env.Getenv("PGCAST_ACCESS_TOKEN")); *token == "" {
		return usageError{"no access token: set PGCAST_ACCESS_TOKEN, or source the env file that pgcast up writes"}
	}
	params, err := request.params()
	if err == nil {
		err = out.check()
	}
	if err != nil {
		return err
	}
	if *timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, *timeout)
		defer cancel()
	}
	s := submission{Client: client.New(*url, *token), say: env.Stderr, out: out}
	if out.quiet {
		s.say = io.Discard
	}
	return s.because(s.run(ctx, env, rest[0], *key, params, *wait))
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
	out outputFlags
}

// run uploads and, if asked to wait, prints the result, else the job's id.
func (s *submission) run(ctx context.Context, env Env, name, key string, params json.RawMessage, wait bool) error {
	id, err := s.upload(ctx, env.Stdin, name, key, params)
	if err != nil {
		return err
	}
	if !wait {
		_, err := fmt.Fprintln(env.Stdout, id)
		return err
	}
	if err := s.follow(ctx, id); err != nil {
		return err
	}
	return s.fetch(ctx, id, env.Stdout)
}

// upload streams the file with its forecast request.
func (s *submission) upload(ctx context.Context, stdin io.Reader, name, key string, params json.RawMessage) (string, error) {
	file, done, err := openFile(name, stdin)
	if err != nil {
		return "", err
	}
	defer done()
	if name == "-" {
		name = "stdin.csv"
	}
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

// fetch downloads the result of the job.
func (s *submission) fetch(ctx context.Context, id string, stdout io.Writer) error {
	body, err := s.File(ctx, id, map[string]string{"csv": "forecast.csv", "json": "output.json"}[s.out.format])
	if err != nil {
		return err
	}
	defer body.Close()
	return s.out.save(stdout, func(w io.Writer) error {
		_, err := io.Copy(w, body)
		return err
	})
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
