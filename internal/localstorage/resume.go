package localstorage

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/google/uuid"
)

// uploadsDir holds resumable uploads that are not whole yet: their bytes, and
// beside them what is known of them. They survive a restart, as they are meant to.
const (
	uploadsDir   = "uploads"
	ticketSuffix = ".json"
)

// resumableLife is how long a resumable upload may take, as on the platform.
const resumableLife = 24 * time.Hour

// ticket is what is known of a resumable upload.
type ticket struct {
	Version      string          `json:"version"` // its name in uploadsDir
	Bucket       string          `json:"bucket"`
	Key          string          `json:"key"`
	Length       int64           `json:"length"`
	Metadata     string          `json:"upload_metadata"` // as it came
	ContentType  string          `json:"content_type"`
	CacheControl string          `json:"cache_control"`
	User         json.RawMessage `json:"user_metadata,omitempty"`
	Expires      time.Time       `json:"expires_at"`
}

// id names the upload in its URL, as Supabase does: bucket, key and version.
func (t ticket) id() string {
	return base64.RawURLEncoding.EncodeToString([]byte(t.Bucket + "/" + t.Key + "/" + t.Version))
}

// versionOf reads the version back, "" when the id is none.
func versionOf(id string) string {
	text, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil {
		return ""
	}
	version := string(text[strings.LastIndexByte(string(text), '/')+1:])
	if u, err := uuid.Parse(version); err != nil || u.String() != version {
		return ""
	}
	return version
}

func bytesPath(version string) string  { return path.Join(uploadsDir, version) }
func ticketPath(version string) string { return bytesPath(version) + ticketSuffix }

// begin makes an upload without bytes.
func (s *store) beginUpload(t ticket) error {
	raw, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("encode upload: %w", err)
	}
	f, err := s.root.OpenFile(bytesPath(t.Version), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		err = s.seal(f)
	}
	if err != nil {
		return fmt.Errorf("make upload: %w", err)
	}
	f, name, err := s.temp()
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	if err = errors.Join(err, s.seal(f)); err != nil {
		return fmt.Errorf("write upload: %w", err)
	}
	if err := s.root.Rename(name, ticketPath(t.Version)); err != nil {
		return fmt.Errorf("write upload: %w", err)
	}
	return s.syncDir(uploadsDir)
}

// upload returns a resumable upload and how many of its bytes are here; one that
// is not there, or no longer, is noUpload.
func (s *store) upload(id string) (ticket, int64, error) {
	var t ticket
	version := versionOf(id)
	if version == "" {
		return t, 0, noUpload
	}
	raw, err := s.root.ReadFile(ticketPath(version))
	if errors.Is(err, fs.ErrNotExist) {
		return t, 0, noUpload
	}
	if err == nil {
		err = json.Unmarshal(raw, &t)
	}
	if err != nil {
		return t, 0, fmt.Errorf("read upload: %w", err)
	}
	info, err := s.root.Stat(bytesPath(version))
	if err != nil || t.id() != id || time.Now().After(t.Expires) {
		return t, 0, noUpload
	}
	return t, info.Size(), nil
}

// extend appends what r yields, at most up to the length of the upload, and
// returns how many bytes it has then. Those that came stay, also when r breaks.
func (s *store) extend(t ticket, offset int64, r io.Reader) (int64, error) {
	f, err := s.root.OpenFile(bytesPath(t.Version), os.O_WRONLY, 0o600)
	if err != nil {
		return offset, fmt.Errorf("open upload: %w", err)
	}
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return offset, errors.Join(err, f.Close())
	}
	n, err := io.Copy(f, io.LimitReader(r, t.Length-offset))
	if sealed := s.seal(f); sealed != nil {
		return offset, fmt.Errorf("write upload: %w", sealed)
	}
	return offset + n, err
}

// finish makes a whole upload the object of its key.
func (s *store) finishUpload(t ticket, owner string, limit int64, replace bool) error {
	f, err := s.root.Open(bytesPath(t.Version))
	if err != nil {
		return fmt.Errorf("open upload: %w", err)
	}
	d, err := s.stage(f, limit)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	defer d.discard()
	d.ContentType, d.CacheControl, d.User, d.Owner = t.ContentType, t.CacheControl, t.User, owner
	if err := s.publish(d, t.Bucket, t.Key, replace); err != nil {
		return err
	}
	return s.endUpload(t.Version)
}

// end removes an upload. What is known of it goes last, so that a crash leaves
// something by which the rest is found.
func (s *store) endUpload(version string) error {
	for _, name := range []string{bytesPath(version), ticketPath(version)} {
		if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove upload: %w", err)
		}
	}
	return nil
}

// sweepUploads removes uploads that have expired or were never whole.
func (s *store) sweepUploads() error {
	dir, err := s.root.Open(uploadsDir)
	if err != nil {
		return fmt.Errorf("open uploads: %w", err)
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	if err != nil {
		return fmt.Errorf("list uploads: %w", err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || time.Since(info.ModTime()) < resumableLife {
			continue
		}
		if err := s.endUpload(strings.TrimSuffix(e.Name(), ticketSuffix)); err != nil {
			return err
		}
	}
	return nil
}
