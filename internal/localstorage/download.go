package localstorage

import (
	"mime"
	"net/http"
)

// download answers an object to a caller with a token.
func (s *Server) download(w http.ResponseWriter, r *request) error {
	if s.store.bucket(r.bucket) == nil {
		return noBucket
	}
	if err := checkKey(r.key); err != nil {
		return err
	}
	if !s.sees(r.caller, r.bucket, r.key) {
		return noObject
	}
	return s.answer(w, r)
}

// downloadAny answers an object. Without a good token the bucket has to be
// public, and a private one is not there.
func (s *Server) downloadAny(w http.ResponseWriter, r *request) error {
	if b := s.store.bucket(r.bucket); b != nil && b.Public {
		return s.answer(w, r)
	}
	var err error
	if r.caller, err = s.caller(r.Request); err != nil {
		return noBucket
	}
	return s.download(w, r)
}

func (s *Server) downloadPublic(w http.ResponseWriter, r *request) error {
	if b := s.store.bucket(r.bucket); b == nil || !b.Public {
		return noBucket
	}
	return s.answer(w, r)
}

// answer serves an object: whole, a range of it, or 304.
func (s *Server) answer(w http.ResponseWriter, r *request) error {
	if err := checkKey(r.key); err != nil {
		return err
	}
	o, err := s.store.open(r.bucket, r.key)
	if err != nil {
		return err
	}
	defer o.close()
	h := w.Header()
	h.Set("Content-Type", o.ContentType)
	h.Set("Cache-Control", o.CacheControl)
	h.Set("ETag", o.ETag)
	// What users upload shares its origin with the page: it is never a page.
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if q := r.URL.Query(); q.Has("download") {
		h.Set("Content-Disposition", attachment(q.Get("download")))
	}
	rw := &rangeWriter{ResponseWriter: w, request: r.Request}
	http.ServeContent(rw, r.Request, "", o.Updated, o.bytes())
	return nil
}

// attachment is a Content-Disposition for a name, which may be none.
func attachment(name string) string {
	if name == "" || name == "true" {
		return "attachment"
	}
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}

// rangeWriter puts the JSON of Supabase in place of the text with which
// net/http refuses a range.
type rangeWriter struct {
	http.ResponseWriter
	request *http.Request
	refused bool
}

// WriteHeader implements http.ResponseWriter.
func (w *rangeWriter) WriteHeader(status int) {
	w.refused = status == http.StatusRequestedRangeNotSatisfiable
	if w.refused {
		writeFault(w.ResponseWriter, w.request, badRange)
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *rangeWriter) Write(b []byte) (int, error) {
	if w.refused {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// info answers what is known of an object.
func (s *Server) info(w http.ResponseWriter, r *request) error {
	if s.store.bucket(r.bucket) == nil {
		return noBucket
	}
	if err := checkKey(r.key); err != nil {
		return err
	}
	if !s.sees(r.caller, r.bucket, r.key) {
		return noObject
	}
	m, err := s.store.stat(r.bucket, r.key)
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]any{
		"id": m.ID, "name": r.key, "version": m.Version, "bucket_id": r.bucket,
		"size": m.Size, "content_type": m.ContentType, "cache_control": m.CacheControl, "etag": m.ETag,
		"metadata": raw(m.User), "last_modified": m.Updated, "created_at": m.Created,
	})
}
