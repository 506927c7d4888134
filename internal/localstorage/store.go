package localstorage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"syscall"

	"github.com/google/uuid"
)

const (
	lockFile   = "lock"
	tmpDir     = "tmp"
	bucketsDir = "buckets"
	bucketFile = "bucket.json"
	objectsDir = "objects"
)

// store is the directory. All access goes through an os.Root, which no name
// and no symbolic link leaves.
type store struct {
	root *os.Root
	lock *os.File
	sync bool // fsync before anything is promised

	mu      sync.RWMutex       // guards buckets; held while a bucket changes
	buckets map[string]*bucket // by id; the values are never changed, only replaced

	commit sync.Mutex // held while names change: the check, the folders, the rename
}

// openStore opens or makes the directory, takes its lock, and removes what a
// killed predecessor left unfinished.
func openStore(dir string, durable bool) (*store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make storage directory: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open storage directory: %w", err)
	}
	s := &store{root: root, sync: durable, buckets: map[string]*bucket{}}
	if err := s.begin(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *store) begin() (err error) {
	if s.lock, err = s.root.OpenFile(lockFile, os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return fmt.Errorf("open storage lock: %w", err)
	}
	if err := syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("storage directory is in use by another process: %w", err)
	}
	if err := s.root.RemoveAll(tmpDir); err != nil {
		return fmt.Errorf("sweep temporary files: %w", err)
	}
	for _, dir := range []string{tmpDir, bucketsDir, uploadsDir} {
		if err := s.root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("make storage directory: %w", err)
		}
	}
	if err := s.syncDir("."); err != nil {
		return err
	}
	return errors.Join(s.sweepUploads(), s.loadBuckets())
}

func (s *store) close() error {
	var err error
	if s.lock != nil {
		// Unlocked first: a child that is just being started may have a copy.
		err = errors.Join(syscall.Flock(int(s.lock.Fd()), syscall.LOCK_UN), s.lock.Close())
	}
	return errors.Join(err, s.root.Close())
}

func bucketPath(bucket string) string { return path.Join(bucketsDir, bucket) }

func folderPath(bucket, folder string) string {
	return path.Join(bucketsDir, bucket, objectsDir, folder)
}

func objectPath(bucket, key string) string { return folderPath(bucket, key) + objectSuffix }

// temp makes a file that nobody sees until it is renamed.
func (s *store) temp() (*os.File, string, error) {
	name := path.Join(tmpDir, uuid.NewString())
	f, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, "", fmt.Errorf("make temporary file: %w", err)
	}
	return f, name, nil
}

// seal makes a file durable and closes it.
func (s *store) seal(f *os.File) error {
	var err error
	if s.sync {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir makes the names in a folder durable. A folder that has gone has none.
func (s *store) syncDir(dir string) error {
	if !s.sync {
		return nil
	}
	f, err := s.root.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open folder: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}

// mkdir makes the folders down to dir and returns those whose names changed.
// The caller holds commit.
func (s *store) mkdir(dir string) (changed []string, err error) {
	made := ""
	for segment := range strings.SplitSeq(dir, "/") {
		parent := made
		made = path.Join(made, segment)
		err := s.root.Mkdir(made, 0o700)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return changed, fmt.Errorf("make folder: %w", err)
		}
		if err == nil {
			changed = append(changed, parent)
		}
	}
	return changed, nil
}

// prune removes folders that have become empty, from dir up to the bucket's.
// It returns the first that has not. The caller holds commit.
func (s *store) prune(bucket, dir string) string {
	for dir != folderPath(bucket, "") && s.root.Remove(dir) == nil {
		dir = path.Dir(dir)
	}
	return dir
}
