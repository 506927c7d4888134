package localstorage

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
)

// content is an object as it arrives.
type content struct {
	body         io.Reader
	contentType  string
	cacheControl string
	metadata     json.RawMessage
}

func (s *Server) upload(w http.ResponseWriter, r *request) error {
	replace := r.Method == http.MethodPut || r.Header.Get("x-upsert") == "true"
	if err := s.admit(r.caller, r.bucket, r.key, replace); err != nil {
		return err
	}
	m, err := s.receive(r, replace)
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]string{"Key": r.bucket + "/" + r.key, "Id": m.ID})
}

// admit decides whether the caller may write a key, before a byte is read.
func (s *Server) admit(c caller, bucket, key string, replace bool) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if s.store.bucket(bucket) == nil {
		return noBucket
	}
	if !s.creates(c, bucket, key) {
		return denied
	}
	_, err := s.store.stat(bucket, key)
	switch {
	case errors.Is(err, noObject):
		return nil
	case err == nil && !replace:
		return objectExists
	case c.role != service:
		return denied // there is no policy for update
	case errors.Is(err, errTorn):
		return nil
	}
	return err
}

// receive stores the body of an admitted request.
func (s *Server) receive(r *request, replace bool) (meta, error) {
	b := s.store.bucket(r.bucket)
	if b == nil {
		return meta{}, noBucket
	}
	limit := b.limit(s.config.MaxObjectBytes)
	if limit > 0 && r.ContentLength > limit && !isForm(r.Request) {
		return meta{}, tooLarge
	}
	c, err := readContent(r.Request)
	if err != nil {
		return meta{}, err
	}
	if !b.takes(c.contentType) {
		return meta{}, badType(c.contentType)
	}
	d, err := s.store.stage(arriving{c.body}, limit)
	if err != nil {
		return meta{}, fmt.Errorf("receive object: %w", err)
	}
	defer d.discard()
	d.ContentType, d.CacheControl, d.User, d.Owner = c.contentType, c.cacheControl, c.metadata, r.caller.sub
	// A user never replaces, not even what was made since the request was admitted.
	err = s.store.publish(d, r.bucket, r.key, replace && r.caller.role == service)
	return d.meta, err
}

// arriving is a body on its way in: that it breaks off is not the server's
// fault.
type arriving struct{ io.Reader }

// Read implements io.Reader.
func (a arriving) Read(p []byte) (int, error) {
	n, err := a.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = badRequest("the body ended early")
	}
	return n, err
}

// readContent finds the object in a request: its body, or a part of a form,
// which is how browsers send it.
func readContent(r *http.Request) (content, error) {
	if isForm(r) {
		return readForm(r)
	}
	c := content{body: r.Body, contentType: r.Header.Get("Content-Type"), cacheControl: r.Header.Get("Cache-Control")}
	if c.contentType == "" {
		c.contentType = defaultType
	}
	if c.cacheControl == "" {
		c.cacheControl = noCacheHeader
	}
	if encoded := r.Header.Get("x-metadata"); encoded != "" {
		decoded, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || !json.Valid(decoded) {
			return content{}, badRequest("x-metadata is not JSON in base64")
		}
		c.metadata = decoded
	}
	return c, nil
}

func isForm(r *http.Request) bool {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && t == "multipart/form-data"
}

// readForm reads the fields cacheControl and metadata, and stops at the file,
// which supabase-js sends last and without a name.
func readForm(r *http.Request) (content, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return content{}, badRequest("the form cannot be read")
	}
	c := content{cacheControl: noCacheHeader}
	for {
		part, err := form.NextPart()
		if err != nil {
			return content{}, badRequest("the form has no file")
		}
		if name := part.FormName(); part.FileName() == "" && name != "" {
			if err := c.field(name, part); err != nil {
				return content{}, err
			}
			continue
		}
		c.body, c.contentType = part, part.Header.Get("Content-Type")
		if c.contentType == "" {
			c.contentType = defaultType
		}
		return c, nil
	}
}

// field reads a field of a form; unknown ones are passed over.
func (c *content) field(name string, r io.Reader) error {
	value, err := io.ReadAll(io.LimitReader(r, maxMetaBytes))
	if err != nil {
		return badRequest("the form cannot be read")
	}
	switch {
	case name == "cacheControl" && len(value) > 0:
		c.cacheControl = "max-age=" + string(value)
	case name == "metadata" && !json.Valid(value):
		return badRequest("metadata is not JSON")
	case name == "metadata":
		c.metadata = value
	}
	return nil
}
