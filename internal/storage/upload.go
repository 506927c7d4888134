package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/cenkalti/backoff/v5"
)

// UploadOptions say how an object is stored.
type UploadOptions struct {
	ContentType string // "" means application/octet-stream
	Upsert      bool   // replace what is there; without it, what is there is ErrExists
}

// Upload stores what r yields under key, streaming. A nil answer means that
// the whole of r is stored. After [ErrUnavailable] or the end of ctx the
// object may be there too, whole; a part of r is never stored.
//
// A failed attempt is repeated if r is an io.Seeker, or little of it was read,
// and if a second write does no harm: with Upsert, or when nothing was sent.
// So set Upsert for every key that only one writer has. Readers that are
// io.Seeker are sent from where they stand, with their length.
//
// r is not read any more when Upload returns, unless a Read of it was blocked
// when ctx ended and stayed so for half a second.
func (b *Bucket) Upload(ctx context.Context, key Key, r io.Reader, o UploadOptions) error {
	if b.err != nil || key == (Key{}) {
		return errors.Join(fmt.Errorf("upload %q", key), b.err)
	}
	src, err := newSource(r)
	if err != nil {
		return fmt.Errorf("upload %s: %w", key, err)
	}
	err = b.repeat(ctx, func() error {
		err := b.send(ctx, key, src, o)
		if err != nil && !repeatable(src, o) {
			return backoff.Permanent(err)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("upload %s: %w", key, err)
	}
	return nil
}

// repeatable reports whether a second attempt can be made and does no harm.
func repeatable(src *source, o UploadOptions) bool {
	return !src.stuck && src.err == nil && src.rewind() && (o.Upsert || !src.touched)
}

// send makes one attempt.
func (b *Bucket) send(ctx context.Context, key Key, src *source, o UploadOptions) error {
	watched, w, stop := newWatch(ctx, b.limits.silent)
	defer stop()
	contentType := o.ContentType
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	client := b.client(map[string]string{
		"Content-Type": contentType,
		"x-upsert":     fmt.Sprint(o.Upsert),
		"Connection":   "close", // see the package comment
	})
	req, err := client.NewRequest(http.MethodPost, b.object(key))
	if err != nil {
		return fmt.Errorf("build request: %w", err)
	}
	body := src.body(w)
	req.Body, req.ContentLength = body, src.size
	if src.size == 0 {
		req.Body = http.NoBody
	}
	err = body.during(ctx, func() error {
		_, err := send(ctx, client, req.WithContext(watched), new(any))
		return err
	})
	if !src.stuck && src.err != nil {
		return fmt.Errorf("read the source: %w", src.err)
	}
	return err
}

// object is the URL of an object for those who have the key.
func (b *Bucket) object(key Key) string { return b.base + "/object/" + b.name + "/" + key.path }
