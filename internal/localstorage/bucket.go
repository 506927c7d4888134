package localstorage

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// bucket is a bucket as the API shows it and as bucket.json keeps it.
type bucket struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Owner     string    `json:"owner"`
	Public    bool      `json:"public"`
	SizeLimit *int64    `json:"file_size_limit"`    // bytes per object; null: none
	Types     []string  `json:"allowed_mime_types"` // null: all
	Created   time.Time `json:"created_at"`
	Updated   time.Time `json:"updated_at"`
}

// limit is the smaller of the bucket's size limit and another; 0 is none.
func (b *bucket) limit(other int64) int64 {
	if b.SizeLimit == nil || *b.SizeLimit <= 0 || other > 0 && other < *b.SizeLimit {
		return other
	}
	return *b.SizeLimit
}

// takes reports whether the bucket takes objects of a type. As in Supabase the
// whole header is compared, parameters included; image/* takes all images.
func (b *bucket) takes(contentType string) bool {
	if len(b.Types) == 0 {
		return true
	}
	family, _, _ := strings.Cut(contentType, "/")
	return has(b.Types, contentType) || has(b.Types, family+"/*") || has(b.Types, "*/*")
}

// loadBuckets reads all bucket.json.
func (s *store) loadBuckets() error {
	dir, err := s.root.Open(bucketsDir)
	if err != nil {
		return fmt.Errorf("open buckets: %w", err)
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	if err != nil {
		return fmt.Errorf("list buckets: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue // what desktops leave in folders, such as .DS_Store
		}
		raw, err := s.root.ReadFile(path.Join(bucketPath(e.Name()), bucketFile))
		if errors.Is(err, fs.ErrNotExist) {
			continue // its creation was cut short, so nobody was told that it exists
		}
		b := &bucket{}
		if err == nil {
			err = json.Unmarshal(raw, b)
		}
		if err != nil {
			return fmt.Errorf("read bucket %s: %w", e.Name(), err)
		}
		s.buckets[e.Name()] = b
	}
	return nil
}

// bucket returns a bucket, or nil.
func (s *store) bucket(id string) *bucket {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.buckets[id]
}

// allBuckets returns the buckets by name.
func (s *store) allBuckets() []*bucket {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.SortedFunc(maps.Values(s.buckets), func(a, b *bucket) int { return cmp.Compare(a.ID, b.ID) })
}

// createBucket makes a bucket; one that is there is bucketExists.
func (s *store) createBucket(b bucket) error {
	if err := checkBucket(b.ID); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.buckets[b.ID] != nil {
		return bucketExists
	}
	b.Created = time.Now().UTC()
	return s.saveBucket(b)
}

// updateBucket changes a bucket by change.
func (s *store) updateBucket(id string, change func(*bucket)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.buckets[id]
	if old == nil {
		return noBucket
	}
	b := *old
	change(&b)
	return s.saveBucket(b)
}

// saveBucket writes bucket.json, whole or not at all. The caller holds mu.
func (s *store) saveBucket(b bucket) error {
	b.Updated = time.Now().UTC()
	raw, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("encode bucket: %w", err)
	}
	f, name, err := s.temp()
	if err != nil {
		return err
	}
	if _, err := f.Write(raw); err != nil {
		return errors.Join(fmt.Errorf("write bucket: %w", err), f.Close())
	}
	if err := s.seal(f); err != nil {
		return fmt.Errorf("write bucket: %w", err)
	}
	s.commit.Lock()
	defer s.commit.Unlock()
	if _, err := s.mkdir(folderPath(b.ID, "")); err != nil {
		return err
	}
	if err := s.root.Rename(name, path.Join(bucketPath(b.ID), bucketFile)); err != nil {
		return fmt.Errorf("rename bucket: %w", err)
	}
	s.buckets[b.ID] = &b
	return errors.Join(s.syncDir(bucketPath(b.ID)), s.syncDir(bucketsDir))
}

// deleteBucket removes an empty bucket.
func (s *store) deleteBucket(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.buckets[id] == nil {
		return noBucket
	}
	if s.holds(folderPath(id, "")) {
		return notEmpty
	}
	return s.drop(bucketPath(id), bucketsDir, func() { delete(s.buckets, id) })
}

// emptyBucket removes all objects of a bucket.
func (s *store) emptyBucket(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.buckets[id] == nil {
		return noBucket
	}
	return s.drop(folderPath(id, ""), bucketPath(id), func() {})
}

// drop takes a folder out of sight at once, then removes what was in it.
func (s *store) drop(dir, parent string, done func()) error {
	gone := path.Join(tmpDir, uuid.NewString())
	s.commit.Lock()
	err := s.root.Rename(dir, gone)
	s.commit.Unlock()
	if err != nil {
		return fmt.Errorf("drop folder: %w", err)
	}
	done()
	return errors.Join(s.syncDir(parent), s.root.RemoveAll(gone))
}
