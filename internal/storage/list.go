package storage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// pageSize is how many names one call lists or removes; Storage takes no more.
const pageSize = 1000

// Entry is a direct child of a folder.
type Entry struct {
	Name     string    // without the folder's path
	Folder   bool      // a folder has no other fields
	Size     int64     // bytes
	ETag     string    // quoted, as in HTTP
	Modified time.Time // of the last write
}

// listed is an entry as Storage writes it; folders have neither id nor metadata.
type listed struct {
	Name     string     `json:"name"`
	ID       *string    `json:"id"`
	Updated  *time.Time `json:"updated_at"`
	Metadata struct {
		Size int64  `json:"size"`
		ETag string `json:"eTag"`
	} `json:"metadata"`
}

// List returns the direct children of a folder, by name; the zero Key lists
// the whole bucket. A folder that is not there has no children.
func (b *Bucket) List(ctx context.Context, folder Key) ([]Entry, error) {
	var entries []Entry
	for {
		page, err := b.page(ctx, folder.path, len(entries))
		if err != nil {
			return nil, fmt.Errorf("list %q: %w", folder, err)
		}
		for _, l := range page {
			e := Entry{Name: l.Name, Folder: l.ID == nil, Size: l.Metadata.Size, ETag: l.Metadata.ETag}
			if l.Updated != nil {
				e.Modified = *l.Updated
			}
			entries = append(entries, e)
		}
		if len(page) < pageSize {
			return entries, nil
		}
	}
}

func (b *Bucket) page(ctx context.Context, prefix string, offset int) ([]listed, error) {
	var page []listed
	err := b.control(ctx, call{method: http.MethodPost, path: "/object/list/" + b.name, out: &page,
		body: map[string]any{"prefix": prefix, "limit": pageSize, "offset": offset,
			"sortBy": map[string]string{"column": "name", "order": "asc"}}})
	return page, err
}

// Delete removes objects. Those that are not there are no error.
func (b *Bucket) Delete(ctx context.Context, keys ...Key) error {
	paths := make([]string, len(keys))
	for i, k := range keys {
		if k == (Key{}) {
			return errors.New("delete: the whole bucket is not an object")
		}
		paths[i] = k.path
	}
	return b.remove(ctx, paths)
}

func (b *Bucket) remove(ctx context.Context, paths []string) error {
	for len(paths) > 0 {
		batch := paths[:min(len(paths), pageSize)]
		paths = paths[len(batch):]
		err := b.control(ctx, call{method: http.MethodDelete, path: "/object/" + b.name,
			body: map[string]any{"prefixes": batch}})
		if err != nil {
			return fmt.Errorf("delete %s and %d more: %w", batch[0], len(batch)-1, err)
		}
	}
	return nil
}

// DeleteFolder removes everything in a folder, at any depth. Objects written
// while it runs may survive it; run again, it finds them. A folder that is not
// there is no error.
func (b *Bucket) DeleteFolder(ctx context.Context, folder Key) error {
	if folder == (Key{}) {
		return errors.New("delete folder: the whole bucket is not to be deleted")
	}
	paths, err := b.walk(ctx, folder, nil)
	if err != nil {
		return fmt.Errorf("delete folder %s: %w", folder, err)
	}
	return b.remove(ctx, paths)
}

// walk appends the paths of all objects under a folder. The names come from
// the bucket itself; they go back as JSON, never into a URL.
func (b *Bucket) walk(ctx context.Context, folder Key, paths []string) ([]string, error) {
	entries, err := b.List(ctx, folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		child := folder.child(e.Name)
		if !e.Folder {
			paths = append(paths, child.path)
			continue
		}
		if paths, err = b.walk(ctx, child, paths); err != nil {
			return nil, err
		}
	}
	return paths, nil
}
