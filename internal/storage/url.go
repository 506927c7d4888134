package storage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// SignedURL returns a URL under which anybody can read the object for ttl,
// which is rounded up to whole seconds.
func (b *Bucket) SignedURL(ctx context.Context, key Key, ttl time.Duration) (string, error) {
	if ttl <= 0 {
		return "", fmt.Errorf("sign %s: a life of %v is none", key, ttl)
	}
	var signed struct {
		URL string `json:"signedURL"` // relative to the base
	}
	seconds := int64((ttl + time.Second - 1) / time.Second)
	err := b.control(ctx, call{method: http.MethodPost, path: "/object/sign/" + b.name + "/" + key.path,
		body: map[string]int64{"expiresIn": seconds}, out: &signed})
	if err == nil && signed.URL == "" {
		err = errors.New("storage: the answer has no signedURL")
	}
	if err != nil {
		return "", fmt.Errorf("sign %s: %w", key, err)
	}
	return b.base + signed.URL, nil
}

// PublicURL returns the URL of an object in a public bucket. pgcast's bucket
// is private, and answers it with 400 until somebody makes it public.
func (b *Bucket) PublicURL(key Key) string {
	return b.client(nil).GetPublicUrl(b.name, key.path).SignedURL
}
