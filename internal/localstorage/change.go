package localstorage

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"
)

// row is an object as lists and removals show it.
type row struct {
	Name     string     `json:"name"`
	BucketID string     `json:"bucket_id,omitempty"`
	Owner    *string    `json:"owner,omitempty"`
	ID       *string    `json:"id"` // null for a folder, like all that follows
	Version  string     `json:"version,omitempty"`
	Updated  *time.Time `json:"updated_at"`
	Created  *time.Time `json:"created_at"`
	Accessed *time.Time `json:"last_accessed_at"`
	Metadata *stored    `json:"metadata"`
}

// stored is the metadata that Supabase keeps of an object.
type stored struct {
	ETag          string    `json:"eTag"`
	Size          int64     `json:"size"`
	MimeType      string    `json:"mimetype"`
	CacheControl  string    `json:"cacheControl"`
	LastModified  time.Time `json:"lastModified"`
	ContentLength int64     `json:"contentLength"`
	Status        int       `json:"httpStatusCode"`
}

func rowOf(name string, m meta) row {
	return row{Name: name, ID: &m.ID, Updated: &m.Updated, Created: &m.Created, Accessed: &m.Updated,
		Metadata: &stored{ETag: m.ETag, Size: m.Size, MimeType: m.ContentType, CacheControl: m.CacheControl,
			LastModified: m.Updated, ContentLength: m.Size, Status: http.StatusOK}}
}

func (s *Server) list(w http.ResponseWriter, r *request) error {
	var q query
	if err := readJSON(r.Request, &q); err != nil {
		return err
	}
	if err := q.check(); err != nil {
		return err
	}
	rows := []row{}
	if s.store.bucket(r.bucket) == nil {
		return writeJSON(w, rows)
	}
	folder := strings.TrimSuffix(q.Prefix, "/")
	entries, err := s.store.list(r.bucket, q, func(name string) bool {
		// A folder is seen by who sees what is in it.
		return s.sees(r.caller, r.bucket, path.Join(folder, name)) || s.sees(r.caller, r.bucket, path.Join(folder, name, "any"))
	})
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.folder {
			rows = append(rows, row{Name: e.name})
		} else {
			rows = append(rows, rowOf(e.name, e.meta))
		}
	}
	return writeJSON(w, rows)
}

// delete removes one object, or a list of them when the path names none.
func (s *Server) delete(w http.ResponseWriter, r *request) error {
	if r.key == "" {
		return s.removeList(w, r)
	}
	if s.store.bucket(r.bucket) == nil {
		return noBucket
	}
	if err := checkKey(r.key); err != nil {
		return err
	}
	if _, err := s.store.stat(r.bucket, r.key); err != nil && !errors.Is(err, errTorn) {
		return err
	}
	if r.caller.role != service {
		return noAccess
	}
	if _, err := s.store.remove(r.bucket, r.key); err != nil {
		return err
	}
	return writeJSON(w, message("Successfully deleted"))
}

// removeList removes objects by their keys. What is not there, or is not the
// caller's to remove, is left out of the answer.
func (s *Server) removeList(w http.ResponseWriter, r *request) error {
	var body struct {
		Prefixes []string `json:"prefixes"`
	}
	if err := readJSON(r.Request, &body); err != nil {
		return err
	}
	if n := len(body.Prefixes); n < 1 || n > maxListed {
		return badRequest("body/prefixes must NOT have fewer than 1 items nor more than %d", maxListed)
	}
	rows := []row{}
	for _, key := range body.Prefixes {
		if r.caller.role != service || s.store.bucket(r.bucket) == nil {
			break
		}
		m, err := s.store.remove(r.bucket, key)
		if errors.Is(err, noObject) {
			continue
		}
		if err != nil {
			return err
		}
		removed := rowOf(key, m)
		removed.BucketID, removed.Owner, removed.Version = r.bucket, &m.Owner, m.Version
		rows = append(rows, removed)
	}
	return writeJSON(w, rows)
}

// transfer is the body of a move or a copy.
type transfer struct {
	Bucket   string `json:"bucketId"`
	Source   string `json:"sourceKey"`
	ToBucket string `json:"destinationBucket"` // "" means the same
	Target   string `json:"destinationKey"`
}

// readTransfer reads the body and looks for the source, which the caller has
// to see.
func (s *Server) readTransfer(r *request) (transfer, error) {
	var t transfer
	if err := readJSON(r.Request, &t); err != nil {
		return t, err
	}
	if t.ToBucket == "" {
		t.ToBucket = t.Bucket
	}
	if err := errors.Join(checkKey(t.Source), checkKey(t.Target)); err != nil {
		return t, err
	}
	if s.store.bucket(t.Bucket) == nil || s.store.bucket(t.ToBucket) == nil {
		return t, noBucket
	}
	if !s.sees(r.caller, t.Bucket, t.Source) {
		return t, noObject
	}
	_, err := s.store.stat(t.Bucket, t.Source)
	return t, err
}

func (s *Server) move(w http.ResponseWriter, r *request) error {
	t, err := s.readTransfer(r)
	if err != nil {
		return err
	}
	if !s.creates(r.caller, t.ToBucket, t.Target) {
		return denied
	}
	if r.caller.role != service {
		return noObject // without a policy for update there is nothing to move
	}
	if err := s.store.move(t.Bucket, t.Source, t.ToBucket, t.Target); err != nil {
		return err
	}
	return writeJSON(w, message("Successfully moved"))
}

func (s *Server) copy(w http.ResponseWriter, r *request) error {
	t, err := s.readTransfer(r)
	if err != nil {
		return err
	}
	replace := r.Header.Get("x-upsert") == "true"
	if err := s.admit(r.caller, t.ToBucket, t.Target, replace); err != nil {
		return err
	}
	m, err := s.duplicate(r.caller, t, replace)
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]string{"Key": t.ToBucket + "/" + t.Target, "Id": m.ID,
		"name": t.Target, "bucket_id": t.ToBucket})
}

// duplicate makes the copy: an object of its own, with the same bytes.
func (s *Server) duplicate(c caller, t transfer, replace bool) (meta, error) {
	from, err := s.store.open(t.Bucket, t.Source)
	if err != nil {
		return meta{}, err
	}
	defer from.close()
	d, err := s.store.stage(from.bytes(), 0)
	if err != nil {
		return meta{}, fmt.Errorf("copy object: %w", err)
	}
	defer d.discard()
	d.ContentType, d.CacheControl, d.User, d.Owner = from.ContentType, from.CacheControl, from.User, c.sub
	err = s.store.publish(d, t.ToBucket, t.Target, replace && c.role == service)
	return d.meta, err
}
