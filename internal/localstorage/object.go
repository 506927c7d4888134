package localstorage

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// objectSuffix ends the name of every object file; see the package comment.
const objectSuffix = "~o"

// The footer of an object file: eight bytes of length, big endian, and magic.
const (
	magic         = "pgcast 1"
	footerBytes   = 8 + len(magic)
	maxMetaBytes  = 64 << 10
	defaultType   = "application/octet-stream"
	noCacheHeader = "no-cache" // what Supabase stores when nothing is said
)

// meta is what is known of an object beside its bytes.
type meta struct {
	ID           string          `json:"id"` // kept when the object is replaced
	Version      string          `json:"version"`
	Size         int64           `json:"size"`
	ETag         string          `json:"etag"` // the quoted MD5
	ContentType  string          `json:"content_type"`
	CacheControl string          `json:"cache_control"`
	Owner        string          `json:"owner,omitempty"` // sub of the user who made it
	User         json.RawMessage `json:"user_metadata,omitempty"`
	Created      time.Time       `json:"created_at"`
	Updated      time.Time       `json:"updated_at"`
}

// object is an object being read. It keeps its bytes while it is open, also
// when it is replaced or removed meanwhile.
type object struct {
	meta
	file *os.File
}

// bytes returns the object's bytes without what follows them in the file.
func (o *object) bytes() io.ReadSeeker { return io.NewSectionReader(o.file, 0, o.Size) }

func (o *object) close() { o.file.Close() }

// appendFooter ends an object file.
func appendFooter(w io.Writer, m meta) error {
	b, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode metadata: %w", err)
	}
	if len(b) > maxMetaBytes {
		return badRequest("the metadata is too long")
	}
	b = binary.BigEndian.AppendUint64(b, uint64(len(b)))
	_, err = w.Write(append(b, magic...))
	return err
}

// errTorn is the error for a file that is not a whole object.
var errTorn = errors.New("not a whole object file")

// readFooter reads the metadata of an object file.
func readFooter(f *os.File) (meta, error) {
	info, err := f.Stat()
	if err != nil {
		return meta{}, err
	}
	var footer [footerBytes]byte
	end := info.Size() - int64(footerBytes)
	if !info.Mode().IsRegular() || end < 0 {
		return meta{}, errTorn
	}
	if _, err := f.ReadAt(footer[:], end); err != nil {
		return meta{}, err
	}
	length := binary.BigEndian.Uint64(footer[:8])
	if string(footer[8:]) != magic || length > maxMetaBytes || int64(length) > end {
		return meta{}, errTorn
	}
	b := make([]byte, length)
	if _, err := f.ReadAt(b, end-int64(length)); err != nil {
		return meta{}, err
	}
	var m meta
	if err := json.Unmarshal(b, &m); err != nil || m.Size != end-int64(length) {
		return meta{}, errTorn
	}
	return m, nil
}

// open opens an object for reading; its absence is noObject.
func (s *store) open(bucket, key string) (*object, error) {
	if checkKey(key) != nil {
		return nil, noObject
	}
	f, err := s.root.Open(objectPath(bucket, key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noObject
	}
	if err != nil {
		return nil, fmt.Errorf("open object: %w", err)
	}
	m, err := readFooter(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("read object %s/%s: %w", bucket, key, err)
	}
	return &object{meta: m, file: f}, nil
}

// stat returns what is known of an object.
func (s *store) stat(bucket, key string) (meta, error) {
	o, err := s.open(bucket, key)
	if err != nil {
		return meta{}, err
	}
	o.close()
	return o.meta, nil
}
