package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Object is an object being read. Whoever asked for it closes Body.
type Object struct {
	Body         io.ReadCloser // a transfer that is cut short ends in an error, never in io.EOF
	Size         int64         // bytes in Body; -1: not known
	ContentType  string
	ETag         string // quoted, as in HTTP
	ContentRange string // "" unless Status is 206
	Status       int    // 200, or 206 for a part
}

// Download opens an object for reading. rangeHeader is the value of an HTTP
// Range header, "" for the whole object; a range past the end is [ErrRange].
// Body is read under ctx: it fails when ctx ends.
func (b *Bucket) Download(ctx context.Context, key Key, rangeHeader string) (*Object, error) {
	if b.err != nil || key == (Key{}) {
		return nil, errors.Join(fmt.Errorf("download %q", key), b.err)
	}
	var o *Object
	err := b.repeat(ctx, func() (err error) {
		o, err = b.open(ctx, key, rangeHeader)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("download %s: %w", key, err)
	}
	return o, nil
}

// open makes one attempt, up to the first byte of the body.
func (b *Bucket) open(ctx context.Context, key Key, rangeHeader string) (*Object, error) {
	watched, w, stop := newWatch(ctx, b.limits.silent)
	client := b.client(nil)
	req, err := client.NewRequest(http.MethodGet, b.object(key))
	if err != nil {
		stop()
		return nil, fmt.Errorf("build request: %w", err)
	}
	req.Header.Set("Accept-Encoding", "identity") // so that the size is known
	if rangeHeader != "" {
		req.Header.Set("Range", rangeHeader)
	}
	resp, err := send(ctx, client, req.WithContext(watched), nil)
	if err != nil {
		stop()
		return nil, err
	}
	w.pause()
	return &Object{
		Body:         &reader{body: resp.Body, watch: w, stop: stop},
		Size:         resp.ContentLength,
		ContentType:  resp.Header.Get("Content-Type"),
		ETag:         resp.Header.Get("ETag"),
		ContentRange: resp.Header.Get("Content-Range"),
		Status:       resp.StatusCode,
	}, nil
}

// reader is the body of a download under watch.
type reader struct {
	body  io.ReadCloser
	watch *watch
	stop  func()
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	r.watch.resume()
	defer r.watch.pause()
	n, err := r.body.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: read the body: %w", ErrUnavailable, err)
	}
	return n, err
}

// Close implements io.Closer.
func (r *reader) Close() error {
	r.stop()
	return r.body.Close()
}
