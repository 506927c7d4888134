package storage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
	storage_go "github.com/supabase-community/storage-go"
)

// call is one request whose body and answer are small JSON.
type call struct {
	method string
	path   string            // after the base URL
	header map[string]string // beside the usual ones
	body   any               // nil: none
	out    any               // nil: the answer is not looked at
}

// control makes a call that may be repeated, as often as limits allow.
func (b *Bucket) control(ctx context.Context, c call) error {
	return b.repeat(ctx, func() error { return b.attempt(ctx, c) })
}

// attempt makes a call once, within limits.call.
func (b *Bucket) attempt(ctx context.Context, c call) error {
	if b.err != nil {
		return b.err
	}
	short, cancel := context.WithTimeout(ctx, b.limits.call)
	defer cancel()
	client := b.client(c.header)
	req, err := client.NewRequest(c.method, b.base+c.path, c.body)
	if err != nil {
		return fmt.Errorf("build request: %w", err)
	}
	out := c.out
	if out == nil {
		out = new(any)
	}
	_, err = send(ctx, client, req.WithContext(short), out)
	return err
}

// client returns a fresh storage-go client: its header map is for one call
// only. Both headers carry the same key, which is how a key that is no JWT
// may be sent.
func (b *Bucket) client(header map[string]string) *storage_go.Client {
	all := map[string]string{"apikey": b.key}
	for name, value := range header {
		all[name] = value
	}
	return storage_go.NewClient(b.base, b.key, all)
}

// send does the request and sorts out what went wrong. ctx is the caller's:
// when it has ended, that is the error, whatever the request says.
func send(ctx context.Context, client *storage_go.Client, req *http.Request, out any) (*http.Response, error) {
	resp, err := client.Do(req, out)
	if err == nil && resp.Request.Response != nil {
		resp.Body.Close()
		return nil, fmt.Errorf("storage: %s redirects to %s; set SUPABASE_URL to where it leads", req.URL.Host, resp.Request.URL.Host)
	}
	if err == nil {
		return resp, nil
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	var refused *storage_go.StorageError
	if resp != nil && errors.As(err, &refused) {
		resp.Body.Close()
		return nil, refusal(resp.StatusCode, refused.Message)
	}
	return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// repeat runs op until it succeeds, fails for good, or limits are used up.
// Only [ErrUnavailable] is worth another attempt.
func (b *Bucket) repeat(ctx context.Context, op func() error) error {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval = b.limits.first
	wait.MaxInterval = 20 * b.limits.first
	wait.Multiplier = 2
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := op()
		if err != nil && (ctx.Err() != nil || !errors.Is(err, ErrUnavailable)) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(wait), backoff.WithMaxTries(b.limits.tries), backoff.WithNotify(func(err error, d time.Duration) {
		b.log.WarnContext(ctx, "storage call failed, repeating", "error", err, "wait", d)
	}))
	return err
}
