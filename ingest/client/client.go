// Package client speaks to a running pgcast from Go.
//
//	c := client.New("https://pgcast.example.com", token)
//	up, err := c.Upload(ctx, "sales.csv", file, client.UploadOptions{Request: client.Request{"horizon": 12}})
//	…
//	job, err := c.Wait(ctx, up.JobID, nil)
//	…
//	rows, err := c.File(ctx, job.ID, "forecast.csv")
//
// It knows the HTTP interface alone, and no other package of pgcast. What the
// service refuses is an [*Error] with the code and the hint of the problem. What
// may be repeated is repeated when the service is busy or away for a moment:
// reading, and asking under an Idempotency-Key.
package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Client calls one pgcast for one user. The zero value is no use; see [New].
type Client struct {
	URL   string       // of the service, without a slash at the end
	Token string       // Supabase access token of the user
	HTTP  *http.Client // nil: http.DefaultClient

	Tries int           // of what may be repeated; 0: 4
	Pause time.Duration // before the second try, when the service names none; doubles. 0: 250 ms
}

// New returns a client of the service at url.
func New(url, token string) *Client {
	return &Client{URL: strings.TrimRight(url, "/"), Token: token}
}

// Error is a problem document (RFC 9457) that the service answered.
type Error struct {
	Status  int    `json:"status"`
	Code    string `json:"code"` // stable, snake_case; /problems lists them. "": the answer was no problem document
	Title   string `json:"title"`
	Detail  string `json:"detail"`
	Hint    string `json:"hint"` // what to do
	Line    int    `json:"line"` // of the file
	Column  string `json:"column"`
	TraceID string `json:"trace_id"`
	Fields  []struct {
		Pointer string `json:"pointer"`
		Detail  string `json:"detail"`
		Code    string `json:"code"`
	} `json:"errors"`

	RetryAfter time.Duration `json:"-"` // 0: the service names none
}

func (e *Error) Error() string {
	if e.Code == "" {
		return e.Detail
	}
	return fmt.Sprintf("%s (%s)", e.Detail, e.Code)
}

// call is one request, and how to send it again.
type call struct {
	method, path string
	header       http.Header
	body         func() io.Reader // nil: none
	again        bool             // may be sent more than once
}

// send sends a request, again while that may help, and returns an answer that is
// a success or 304.
func (c *Client) send(ctx context.Context, k call) (*http.Response, error) {
	tries, pause := max(c.Tries, 0), c.Pause
	if tries == 0 {
		tries = 4
	}
	if pause <= 0 {
		pause = 250 * time.Millisecond
	}
	for try := 1; ; try++ {
		res, err := c.once(ctx, k)
		if err == nil || !k.again || try >= tries || ctx.Err() != nil {
			return res, err
		}
		wait := pause
		var refused *Error
		if errors.As(err, &refused) {
			if refused.Status != http.StatusTooManyRequests && refused.Status != http.StatusServiceUnavailable && refused.Code != "idempotency_in_progress" {
				return nil, err
			}
			wait = max(wait, refused.RetryAfter)
		}
		pause *= 2
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(wait):
		}
	}
}

func (c *Client) once(ctx context.Context, k call) (*http.Response, error) {
	var body io.Reader
	if k.body != nil {
		body = k.body()
	}
	req, err := http.NewRequestWithContext(ctx, k.method, c.URL+k.path, body)
	if err != nil {
		return nil, err
	}
	for name, values := range k.header {
		req.Header[name] = values
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	h := c.HTTP
	if h == nil {
		h = http.DefaultClient
	}
	res, err := h.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode/100 == 2 || res.StatusCode == http.StatusNotModified {
		return res, nil
	}
	defer res.Body.Close()
	return nil, refusal(res)
}

// refusal reads a problem document; an answer that is none is one all the same.
func refusal(res *http.Response) *Error {
	e := &Error{}
	text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err := json.Unmarshal(text, e); err != nil || e.Code == "" {
		*e = Error{Detail: "the server answered " + res.Status}
	}
	e.Status = res.StatusCode
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	return e
}

// get reads JSON.
func (c *Client) get(ctx context.Context, path string, into any) error {
	return c.read(ctx, call{method: http.MethodGet, path: path, again: true}, into)
}

// post sends JSON. With a key it may be sent again.
func (c *Client) post(ctx context.Context, path string, fields any, header http.Header, into any) error {
	text, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Type", "application/json")
	return c.read(ctx, call{
		method: http.MethodPost, path: path, header: header, again: header.Get("Idempotency-Key") != "",
		body: func() io.Reader { return bytes.NewReader(text) },
	}, into)
}

func (c *Client) read(ctx context.Context, k call, into any) error {
	res, err := c.send(ctx, k)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if into == nil || res.StatusCode == http.StatusNoContent {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		return fmt.Errorf("read answer of %s: %w", k.path, err)
	}
	return nil
}

// NewKey returns a fresh Idempotency-Key.
func NewKey() string { return rand.Text() }
