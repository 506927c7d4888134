package client

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"mime/multipart"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Request holds the fields of a forecast request, as /docs lists them. Empty:
// the suggested settings.
type Request map[string]any

// Status is where a job stands.
type Status string

// The statuses of a job.
const (
	Pending    Status = "pending"
	Processing Status = "processing"
	Completed  Status = "completed"
	Failed     Status = "failed"
	Canceled   Status = "canceled"
)

// Ended reports whether nothing more will happen by itself.
func (s Status) Ended() bool { return s == Completed || s == Failed || s == Canceled }

// Job is the job resource.
type Job struct {
	ID         string          `json:"job_id"`
	Status     Status          `json:"status"`
	Version    int64           `json:"version"`
	ForecastID string          `json:"forecast_id"` // the newest run asked for
	Params     json.RawMessage `json:"params"`
	Resolved   json.RawMessage `json:"resolved"` // in the answer to a request: with every open field filled in
	Progress   struct {
		Fraction float64 `json:"fraction"`
		Stage    string  `json:"stage"`
	} `json:"progress"`
	Attempts     int             `json:"attempts"`
	ModelUsed    string          `json:"model_used"`
	Metrics      json.RawMessage `json:"metrics"`
	ErrorCode    string          `json:"error_code"`
	ErrorMessage string          `json:"error_message"`
	FileName     string          `json:"file_name"`
	FileBytes    int64           `json:"file_bytes"`
	TraceID      string          `json:"trace_id"`
	CreatedAt    time.Time       `json:"created_at"`
	UpdatedAt    time.Time       `json:"updated_at"`
	StartedAt    *time.Time      `json:"started_at"`
	FinishedAt   *time.Time      `json:"finished_at"`
}

// Upload is the answer to an upload.
type Upload struct {
	JobID       string          `json:"job_id"`
	ForecastID  string          `json:"forecast_id"` // when a forecast was asked for at once
	Rows        int             `json:"rows"`
	Frequency   string          `json:"frequency"`
	Targets     []string        `json:"target_candidates"`
	Suggested   json.RawMessage `json:"suggested_request"`
	NeedsChoice []struct {
		Code    string   `json:"code"`
		Field   string   `json:"field"`
		Options []string `json:"options"`
		Detail  string   `json:"detail"`
	} `json:"needs_choice"`
	Warnings []struct {
		Code   string `json:"code"`
		Detail string `json:"detail"`
	} `json:"warnings"`
	Profile json.RawMessage `json:"-"` // the whole answer
}

// UploadOptions go with an upload.
type UploadOptions struct {
	Request Request // queue a forecast at once; nil: only store
	Key     string  // Idempotency-Key; "": a fresh one
}

// Upload stores a file under a name. It streams, so it is sent once.
func (c *Client) Upload(ctx context.Context, name string, file io.Reader, o UploadOptions) (*Upload, error) {
	body, w := io.Pipe()
	defer body.Close()
	form := multipart.NewWriter(w)
	written := make(chan struct{})
	go func() {
		defer close(written)
		_ = w.CloseWithError(writeForm(form, name, file, o.Request))
	}()
	header := http.Header{"Content-Type": {form.FormDataContentType()}, "Idempotency-Key": {keyOr(o.Key)}}
	var text json.RawMessage
	err := c.read(ctx, call{method: http.MethodPost, path: "/v1/upload", header: header, body: func() io.Reader { return body }}, &text)
	_ = body.Close()
	<-written // nobody reads the file any more
	if err != nil {
		return nil, err
	}
	up := &Upload{Profile: text}
	return up, json.Unmarshal(text, up)
}

func writeForm(form *multipart.Writer, name string, file io.Reader, request Request) error {
	if request != nil {
		text, err := json.Marshal(request)
		if err != nil {
			return err
		}
		if err := form.WriteField("forecast", string(text)); err != nil {
			return err
		}
	}
	part, err := form.CreateFormFile("file", filepath.Base(name))
	if err != nil {
		return err
	}
	if _, err := io.Copy(part, file); err != nil {
		return err
	}
	return form.Close()
}

func keyOr(key string) string {
	if key == "" {
		return NewKey()
	}
	return key
}

// Forecast asks for a forecast of an uploaded file.
func (c *Client) Forecast(ctx context.Context, jobID string, r Request) (*Job, error) {
	fields := map[string]any{"job_id": jobID}
	for name, value := range r {
		fields[name] = value
	}
	j := &Job{}
	return j, c.post(ctx, "/v1/forecast", fields, http.Header{"Idempotency-Key": {NewKey()}}, j)
}

// Reprocess runs a job again, with overrides laid over its request.
func (c *Client) Reprocess(ctx context.Context, jobID string, overrides Request) (*Job, error) {
	j := &Job{}
	if overrides == nil {
		overrides = Request{}
	}
	return j, c.post(ctx, "/v1/jobs/"+url.PathEscape(jobID)+"/reprocess", overrides, http.Header{"Idempotency-Key": {NewKey()}}, j)
}

// Cancel stops a job, also while it runs.
func (c *Client) Cancel(ctx context.Context, jobID string) (*Job, error) {
	j := &Job{}
	return j, c.post(ctx, "/v1/jobs/"+url.PathEscape(jobID)+"/cancel", Request{}, nil, j)
}

// Delete removes a job and its files.
func (c *Client) Delete(ctx context.Context, jobID string) error {
	return c.read(ctx, call{method: http.MethodDelete, path: "/v1/jobs/" + url.PathEscape(jobID)}, nil)
}

// Job reads one job.
func (c *Client) Job(ctx context.Context, jobID string) (*Job, error) {
	j := &Job{}
	return j, c.get(ctx, "/v1/jobs/"+url.PathEscape(jobID), j)
}

// Filter narrows a list; zero values do not.
type Filter struct {
	Statuses []Status
	Model    string
	After    time.Time // created at or after
	Before   time.Time // created before
}

// Jobs reads the user's jobs, newest first, page by page as they are asked for.
func (c *Client) Jobs(ctx context.Context, f Filter) iter.Seq2[Job, error] {
	query := url.Values{"limit": {"200"}}
	for name, value := range map[string]string{"status": join(f.Statuses), "model": f.Model, "created_after": stamp(f.After), "created_before": stamp(f.Before)} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return func(yield func(Job, error) bool) {
		for {
			var page struct {
				Data []Job  `json:"data"`
				Next string `json:"next_cursor"`
			}
			if err := c.get(ctx, "/v1/jobs?"+query.Encode(), &page); err != nil {
				yield(Job{}, err)
				return
			}
			for _, j := range page.Data {
				if !yield(j, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			query.Set("cursor", page.Next)
		}
	}
}

func join(statuses []Status) string {
	words := make([]string, len(statuses))
	for i, s := range statuses {
		words[i] = string(s)
	}
	return strings.Join(words, ",")
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// The pause between two looks at a job grows from the first to the last.
const (
	firstLook = 100 * time.Millisecond
	lastLook  = 2 * time.Second
)

// Wait follows a job until it has ended, and calls told, unless it is nil, with
// each version that it sees. Work that failed is no error: see the status.
func (c *Client) Wait(ctx context.Context, jobID string, told func(Job)) (*Job, error) {
	var seen Job
	for pause := firstLook; ; pause = min(pause*5/4, lastLook) {
		header := http.Header{}
		if seen.Version > 0 {
			header.Set("If-None-Match", strconv.Quote(strconv.FormatInt(seen.Version, 10)))
		}
		res, err := c.send(ctx, call{method: http.MethodGet, path: "/v1/jobs/" + url.PathEscape(jobID), header: header, again: true})
		if err != nil {
			return nil, err
		}
		if res.StatusCode != http.StatusNotModified {
			seen = Job{}
			err = json.NewDecoder(res.Body).Decode(&seen)
		}
		_ = res.Body.Close()
		if err != nil {
			return nil, err
		}
		if told != nil && res.StatusCode != http.StatusNotModified {
			told(seen)
		}
		if seen.Status.Ended() {
			return &seen, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// Event is one committed change of status.
type Event struct {
	ID         int64     `json:"id"`
	ForecastID string    `json:"forecast_id"`
	OldStatus  Status    `json:"old_status"`
	Status     Status    `json:"status"` // "deleted" in the last event of a removed job
	Version    int64     `json:"version"`
	Attempt    int       `json:"attempt"`
	Actor      string    `json:"actor"`
	Code       string    `json:"code"`
	Message    string    `json:"message"`
	TraceID    string    `json:"trace_id"`
	At         time.Time `json:"at"`
}

// Events reads the audit trail of a job, oldest first.
func (c *Client) Events(ctx context.Context, jobID string) ([]Event, error) {
	var trail struct{ Data []Event }
	err := c.get(ctx, "/v1/jobs/"+url.PathEscape(jobID)+"/events", &trail)
	return trail.Data, err
}
