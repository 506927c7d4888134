package localstorage

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Resumable uploads: the tus protocol 1.0.0 with the extensions creation,
// creation-with-upload, expiration and termination. Unlike the rest of the API
// they answer with true statuses and plain text.
const (
	tusPath    = "/upload/resumable"
	tusSigned  = tusPath + "/sign"
	tusVersion = "1.0.0"
	tusBody    = "application/offset+octet-stream"
)

// tus answers every request below its path.
func (s *Server) tus(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Tus-Resumable", tusVersion)
	w.Header().Set("Cache-Control", "no-store")
	err := s.serveTus(w, r)
	if err == nil {
		return
	}
	var f *fault
	if !errors.As(err, &f) {
		f = broken
		if r.Context().Err() == nil {
			s.log.ErrorContext(r.Context(), "resumable upload failed", "method", r.Method, "path", r.URL.Path, "error", err)
		}
	}
	drain(w, r)
	status, err := strconv.Atoi(f.Status)
	if err != nil {
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = io.WriteString(w, f.Message) // whoever asked may have gone
	}
}

func (s *Server) serveTus(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodOptions {
		w.Header().Set("Tus-Version", tusVersion)
		w.Header().Set("Tus-Extension", "creation,creation-with-upload,expiration,termination")
		if s.config.MaxObjectBytes > 0 {
			w.Header().Set("Tus-Max-Size", strconv.FormatInt(s.config.MaxObjectBytes, 10))
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	method := r.Method
	if over := r.Header.Get("X-HTTP-Method-Override"); over != "" && method == http.MethodPost {
		method = over // for those who cannot send PATCH
	}
	if r.Header.Get("Tus-Resumable") != tusVersion {
		w.Header().Set("Tus-Version", tusVersion)
		return &fault{Status: "412", Message: "Tus-Resumable Required"}
	}
	id, signed := strings.TrimPrefix(r.URL.Path, tusPath), false
	if rest, found := strings.CutPrefix(r.URL.Path, tusSigned); found {
		id, signed = rest, true
	}
	id = strings.TrimRight(strings.Trim(id, "/"), "=") // padding would make it another id of the same upload
	switch {
	case method == http.MethodPost && id == "":
		return s.createUpload(w, r, signed)
	case method == http.MethodHead && id != "":
		return s.headUpload(w, id)
	case method == http.MethodPatch && id != "":
		return s.patchUpload(w, r, id, signed)
	case method == http.MethodDelete && id != "":
		return s.dropUpload(w, r, id, signed)
	}
	return &fault{Status: "404", Message: "Not found"}
}

// mayUpload decides who asks, and whether they may write the key: by their token,
// or by that of a signed upload URL. It returns whether an object may be replaced.
func (s *Server) mayUpload(r *http.Request, bucket, key string, signed bool) (c caller, replace bool, err error) {
	if signed {
		var g grant
		if err := s.parse(r.Header.Get("X-Signature"), &g); err != nil {
			return c, false, tokenFault(err, "InvalidJWT", "400")
		}
		if g.Scope != scopeUpload || g.URL != bucket+"/"+key || g.ExpiresAt == nil {
			return c, false, &fault{Status: "400", Kind: "InvalidSignature", Message: "Invalid signature"}
		}
		c, replace = caller{role: service, sub: g.Owner}, g.Upsert
	} else {
		if c, err = s.caller(r); err != nil {
			return c, false, err
		}
		replace = r.Header.Get("x-upsert") == "true"
	}
	return c, replace && c.role == service, s.admit(c, bucket, key, replace)
}

func (s *Server) createUpload(w http.ResponseWriter, r *http.Request, signed bool) error {
	t, err := readTicket(r.Header)
	if err != nil {
		return err
	}
	c, replace, err := s.mayUpload(r, t.Bucket, t.Key, signed)
	if err != nil {
		return err
	}
	b := s.store.bucket(t.Bucket)
	if b == nil {
		return noBucket
	}
	if limit := b.limit(s.config.MaxObjectBytes); limit > 0 && t.Length > limit {
		return &fault{Status: "413", Message: "Maximum size exceeded"}
	}
	if !b.takes(t.ContentType) {
		return badType(t.ContentType)
	}
	if err := errors.Join(s.store.sweepUploads(), s.store.beginUpload(t)); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Location", s.uploadURL(r, t, signed))
	h.Set("Upload-Expires", t.Expires.UTC().Format(http.TimeFormat))
	if r.Header.Get("Content-Type") == tusBody || t.Length == 0 {
		offset, err := s.receiveChunk(r, t, 0, c, replace)
		if err != nil {
			return err
		}
		h.Set("Upload-Offset", strconv.FormatInt(offset, 10))
	}
	w.WriteHeader(http.StatusCreated)
	return nil
}

// uploadURL is absolute, and goes by the path that the request came by, whatever
// the server is mounted under.
func (s *Server) uploadURL(r *http.Request, t ticket, signed bool) string {
	before, _, _ := strings.Cut(r.RequestURI, tusPath)
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	at := tusPath
	if signed {
		at = tusSigned
	}
	if strings.Contains(before, "://") {
		return before + at + "/" + t.id()
	}
	return scheme + "://" + r.Host + before + at + "/" + t.id()
}

// headUpload tells how far an upload has come. It asks for no token, as the hosted
// product asks for none: whoever names an upload knows its address, of which a part
// cannot be guessed, and learns no content.
func (s *Server) headUpload(w http.ResponseWriter, id string) error {
	t, offset, err := s.store.upload(id)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Upload-Offset", strconv.FormatInt(offset, 10))
	h.Set("Upload-Length", strconv.FormatInt(t.Length, 10))
	h.Set("Upload-Metadata", t.Metadata)
	h.Set("Upload-Expires", t.Expires.UTC().Format(http.TimeFormat))
	w.WriteHeader(http.StatusOK)
	return nil
}

func (s *Server) patchUpload(w http.ResponseWriter, r *http.Request, id string, signed bool) error {
	if r.Header.Get("Content-Type") != tusBody {
		return &fault{Status: "415", Message: "Invalid Content-Type"}
	}
	asked, err := strconv.ParseInt(r.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || asked < 0 {
		return &fault{Status: "400", Message: "Upload-Offset header required"}
	}
	if _, busy := s.uploading.LoadOrStore(id, true); busy {
		return &fault{Status: "423", Message: "the upload is being written by another request"}
	}
	defer s.uploading.Delete(id)
	t, offset, err := s.store.upload(id)
	if err != nil {
		return err
	}
	c, replace, err := s.mayUpload(r, t.Bucket, t.Key, signed)
	if err != nil {
		return err
	}
	if asked != offset {
		w.Header().Set("Connection", "close") // nobody reads what it sent
		return &fault{Status: "409", Message: "Upload-Offset conflict"}
	}
	if r.ContentLength > t.Length-offset {
		return &fault{Status: "413", Message: "the chunk goes beyond Upload-Length"}
	}
	if offset, err = s.receiveChunk(r, t, offset, c, replace); err != nil {
		return err
	}
	w.Header().Set("Upload-Offset", strconv.FormatInt(offset, 10))
	w.Header().Set("Upload-Expires", t.Expires.UTC().Format(http.TimeFormat))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// receiveChunk adds the body of a request, and finishes an upload that is whole by it.
func (s *Server) receiveChunk(r *http.Request, t ticket, offset int64, c caller, replace bool) (int64, error) {
	offset, err := s.store.extend(t, offset, arriving{r.Body})
	if err != nil || offset < t.Length {
		return offset, err
	}
	b := s.store.bucket(t.Bucket)
	if b == nil {
		return offset, noBucket
	}
	return offset, s.store.finishUpload(t, c.sub, b.limit(s.config.MaxObjectBytes), replace)
}

func (s *Server) dropUpload(w http.ResponseWriter, r *http.Request, id string, signed bool) error {
	if _, busy := s.uploading.LoadOrStore(id, true); busy {
		return &fault{Status: "423", Message: "the upload is being written by another request"}
	}
	defer s.uploading.Delete(id)
	t, _, err := s.store.upload(id)
	if err != nil {
		return err
	}
	if _, _, err := s.mayUpload(r, t.Bucket, t.Key, signed); err != nil {
		return err
	}
	if err := s.store.endUpload(t.Version); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// readTicket reads the headers that begin an upload.
func readTicket(h http.Header) (ticket, error) {
	t := ticket{Version: uuid.NewString(), Metadata: h.Get("Upload-Metadata"), Expires: time.Now().Add(resumableLife),
		ContentType: defaultType, CacheControl: noCacheHeader}
	var err error
	if t.Length, err = strconv.ParseInt(h.Get("Upload-Length"), 10, 64); err != nil || t.Length < 0 {
		return t, &fault{Status: "400", Message: "Upload-Length header required"}
	}
	for pair := range strings.SplitSeq(t.Metadata, ",") {
		name, encoded, _ := strings.Cut(strings.TrimSpace(pair), " ")
		value, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || len(t.Metadata) > maxMetaBytes {
			return t, &fault{Status: "400", Message: "Upload-Metadata is invalid"}
		}
		t.describe(name, string(value))
	}
	if t.Bucket == "" || t.Key == "" {
		return t, &fault{Status: "400", Message: "Metadata header is required: bucketName and objectName"}
	}
	return t, checkBucket(t.Bucket)
}

// describe takes one of the values of Upload-Metadata; unknown ones are passed over.
func (t *ticket) describe(name, value string) {
	switch name {
	case "bucketName":
		t.Bucket = value
	case "objectName":
		t.Key = value
	case "contentType":
		t.ContentType = value
	case "cacheControl":
		if _, err := strconv.Atoi(value); err == nil {
			t.CacheControl = "max-age=" + value
		}
	case "metadata":
		if json.Valid([]byte(value)) {
			t.User = json.RawMessage(value)
		}
	}
}
