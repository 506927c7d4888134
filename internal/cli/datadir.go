package cli

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/internal/job"
)

// dataDir is the private directory of `pgcast up`.
type dataDir struct {
	path string
	lock *os.File
	keys localKeys
}

// localKeys are made once and kept, so that tokens outlive a restart.
type localKeys struct {
	JWTSecret string     `json:"jwt_secret"`
	UserID    job.UserID `json:"user_id"`
}

// openDataDir makes the directory if need be and takes it for this process.
func openDataDir(path string) (*dataDir, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	d := &dataDir{path: path}
	if err := d.ours(); err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory private: %w", err)
	}
	if err := d.take(); err != nil {
		return nil, err
	}
	if err := d.loadKeys(); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

// ours refuses a directory that holds something else: nobody but its owner
// would get into it any more, be it /tmp or a home.
func (d *dataDir) ours() error {
	for _, name := range []string{"lock", "keys.json"} {
		if _, err := os.Lstat(d.file(name)); err == nil {
			return nil
		}
	}
	found, err := os.ReadDir(d.path)
	if err != nil {
		return fmt.Errorf("look into the data directory: %w", err)
	}
	if len(found) > 0 {
		return fmt.Errorf("%s holds other files; choose a --data-dir that is empty or not there yet", d.path)
	}
	return nil
}

// take locks the directory. The lock ends with the process, however it ends.
func (d *dataDir) take() error {
	lock, err := os.OpenFile(d.file("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("lock the data directory: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = lock.Close()
		return fmt.Errorf("another pgcast is running on %s; stop it, or choose another --data-dir", d.path)
	}
	d.lock = lock
	return nil
}

// close gives the directory back, also when a child that is just being started
// still has the file open.
func (d *dataDir) close() error {
	return errors.Join(syscall.Flock(int(d.lock.Fd()), syscall.LOCK_UN), d.lock.Close())
}

func (d *dataDir) file(name string) string { return filepath.Join(d.path, name) }

func (d *dataDir) loadKeys() error {
	text, err := os.ReadFile(d.file("keys.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return d.makeKeys()
	}
	if err != nil {
		return fmt.Errorf("read the local keys: %w", err)
	}
	if err := json.Unmarshal(text, &d.keys); err != nil || len(d.keys.JWTSecret) < 32 || d.keys.UserID == (job.UserID{}) {
		return fmt.Errorf("%s is damaged: remove it to make new keys", d.file("keys.json"))
	}
	return nil
}

func (d *dataDir) makeKeys() error {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails, see crypto/rand
	d.keys = localKeys{JWTSecret: hex.EncodeToString(secret), UserID: job.UserID{UUID: uuid.New()}}
	text, err := json.Marshal(d.keys)
	if err != nil {
		return err
	}
	return writePrivate(d.file("keys.json"), text)
}

// writeEnv writes DATA_DIR/env in shell syntax.
func (d *dataDir) writeEnv(values [][2]string) error {
	var text strings.Builder
	for _, v := range values {
		fmt.Fprintf(&text, "export %s='%s'\n", v[0], strings.ReplaceAll(v[1], "'", `'\''`))
	}
	return writePrivate(d.file("env"), []byte(text.String()))
}

// writePrivate replaces a file by one that only its owner can read, whole or
// not at all.
func writePrivate(path string, text []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = tmp.Write(text)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
