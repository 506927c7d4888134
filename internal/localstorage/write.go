package localstorage

import (
	"crypto/md5" // the ETag of Supabase's file backend; not a protection
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"time"

	"github.com/google/uuid"
)

// draft is an object that nobody sees yet.
type draft struct {
	meta
	store *store
	file  *os.File
	name  string
}

// stage writes bytes into a draft. More than limit of them, 0 meaning none, is
// tooLarge. A draft is ended by discard, also after it was published.
func (s *store) stage(r io.Reader, limit int64) (*draft, error) {
	file, name, err := s.temp()
	if err != nil {
		return nil, err
	}
	d := &draft{store: s, file: file, name: name}
	if limit > 0 {
		r = io.LimitReader(r, limit+1)
	}
	sum := md5.New()
	d.Size, err = io.Copy(io.MultiWriter(file, sum), r)
	if err == nil && limit > 0 && d.Size > limit {
		err = tooLarge
	}
	if err != nil {
		d.discard()
		return nil, err
	}
	d.ETag = `"` + hex.EncodeToString(sum.Sum(nil)) + `"`
	return d, nil
}

// discard removes what is left of a draft.
func (d *draft) discard() {
	d.file.Close()
	_ = d.store.root.Remove(d.name) // it is swept at the next start otherwise
}

// publish makes the draft the object of a key, at once for everybody, and
// durable. Without replace, an object that is there is objectExists.
func (s *store) publish(d *draft, bucket, key string, replace bool) error {
	if err := checkKey(key); err != nil {
		return err
	}
	d.Updated = time.Now().UTC()
	d.ID, d.Version, d.Created = uuid.NewString(), uuid.NewString(), d.Updated
	if old, err := s.stat(bucket, key); err == nil {
		d.ID, d.Created = old.ID, old.Created
	}
	if err := appendFooter(d.file, d.meta); err != nil {
		return err
	}
	if err := s.seal(d.file); err != nil {
		return fmt.Errorf("write object: %w", err)
	}
	return s.rename(d.name, bucket, key, replace)
}

// rename gives a file of the store the name of an object.
func (s *store) rename(from, bucket, key string, replace bool) error {
	to := objectPath(bucket, key)
	changed, err := s.renameLocked(from, bucket, to, replace)
	if err != nil {
		return err
	}
	for _, dir := range append(changed, path.Dir(to)) {
		if err := s.syncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

func (s *store) renameLocked(from, bucket, to string, replace bool) ([]string, error) {
	s.mu.RLock() // so that the bucket stays
	defer s.mu.RUnlock()
	s.commit.Lock()
	defer s.commit.Unlock()
	if s.buckets[bucket] == nil {
		return nil, noBucket
	}
	if _, err := s.root.Lstat(to); err == nil && !replace {
		return nil, objectExists
	}
	changed, err := s.mkdir(path.Dir(to))
	if err != nil {
		return nil, err
	}
	if err := s.root.Rename(from, to); errors.Is(err, fs.ErrNotExist) {
		s.prune(bucket, path.Dir(to))
		return nil, noObject
	} else if err != nil {
		return nil, fmt.Errorf("rename object: %w", err)
	}
	return changed, nil
}

// remove removes an object and the folders that it leaves empty.
func (s *store) remove(bucket, key string) (meta, error) {
	m, err := s.stat(bucket, key)
	if err != nil && !errors.Is(err, errTorn) {
		return meta{}, err
	}
	s.commit.Lock()
	err = s.root.Remove(objectPath(bucket, key))
	dir := s.prune(bucket, path.Dir(objectPath(bucket, key)))
	s.commit.Unlock()
	if errors.Is(err, fs.ErrNotExist) {
		return meta{}, noObject
	}
	if err != nil {
		return meta{}, fmt.Errorf("remove object: %w", err)
	}
	return m, s.syncDir(dir)
}

// move renames an object within its bucket or into another.
func (s *store) move(bucket, key, toBucket, toKey string) error {
	if _, err := s.stat(bucket, key); err != nil {
		return err
	}
	err := s.rename(objectPath(bucket, key), toBucket, toKey, false)
	if errors.Is(err, objectExists) {
		return targetExists
	}
	if err != nil {
		return err
	}
	s.commit.Lock()
	dir := s.prune(bucket, path.Dir(objectPath(bucket, key)))
	s.commit.Unlock()
	return s.syncDir(dir)
}
