package localstorage

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// bucketBody is what clients send to make or change a bucket.
type bucketBody struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Public    *bool     `json:"public"`
	SizeLimit byteCount `json:"file_size_limit"`
	Types     *[]string `json:"allowed_mime_types"`
}

// byteCount is a number of bytes, also as text: "50MB" is 50,000,000.
type byteCount struct {
	given bool
	bytes *int64 // nil: no limit
}

var byteText = regexp.MustCompile(`^(?i)([0-9]+(?:\.[0-9]+)?)\s*(|b|kb|mb|gb)$`)

// UnmarshalJSON implements json.Unmarshaler.
func (c *byteCount) UnmarshalJSON(b []byte) error {
	c.given = true
	text := strings.Trim(string(b), `"`)
	if text == "null" || text == "" {
		return nil
	}
	m := byteText.FindStringSubmatch(text)
	if m == nil {
		return badRequest("file_size_limit is not a size: %s", text)
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return badRequest("file_size_limit is not a size: %s", text)
	}
	unit := map[string]float64{"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9}[strings.ToLower(m[2])]
	bytes := int64(min(n*unit, 1<<53))
	c.bytes = &bytes
	return nil
}

func (body *bucketBody) apply(b *bucket) {
	if body.Public != nil {
		b.Public = *body.Public
	}
	if body.SizeLimit.given {
		b.SizeLimit = body.SizeLimit.bytes
	}
	if body.Types != nil {
		b.Types = *body.Types
	}
}

func (s *Server) createBucket(w http.ResponseWriter, r *request) error {
	var body bucketBody
	if err := readJSON(r.Request, &body); err != nil {
		return err
	}
	if body.ID == "" {
		body.ID = body.Name
	}
	if body.Name == "" {
		body.Name = body.ID
	}
	if err := checkBucket(body.ID); err != nil {
		return err
	}
	if r.caller.role != service {
		return denied
	}
	b := bucket{ID: body.ID, Name: body.Name}
	body.apply(&b)
	if err := s.store.createBucket(b); err != nil {
		return err
	}
	return writeJSON(w, map[string]string{"name": body.Name})
}

func (s *Server) listBuckets(w http.ResponseWriter, r *request) error {
	list := []*bucket{}
	if r.caller.role == service {
		list = append(list, s.store.allBuckets()...)
	}
	return writeJSON(w, list)
}

// adminBucket returns the bucket, which only the service role can see.
func (s *Server) adminBucket(r *request) (*bucket, error) {
	b := s.store.bucket(r.bucket)
	if b == nil || r.caller.role != service {
		return nil, noBucket
	}
	return b, nil
}

func (s *Server) getBucket(w http.ResponseWriter, r *request) error {
	b, err := s.adminBucket(r)
	if err != nil {
		return err
	}
	return writeJSON(w, b)
}

func (s *Server) updateBucket(w http.ResponseWriter, r *request) error {
	var body bucketBody
	if err := readJSON(r.Request, &body); err != nil {
		return err
	}
	if _, err := s.adminBucket(r); err != nil {
		return err
	}
	if err := s.store.updateBucket(r.bucket, body.apply); err != nil {
		return err
	}
	return writeJSON(w, message("Successfully updated"))
}

func (s *Server) deleteBucket(w http.ResponseWriter, r *request) error {
	drain(w, r.Request) // storage-go sends "e30=" here
	if _, err := s.adminBucket(r); err != nil {
		return err
	}
	if err := s.store.deleteBucket(r.bucket); err != nil {
		return err
	}
	return writeJSON(w, message("Successfully deleted"))
}

func (s *Server) emptyBucket(w http.ResponseWriter, r *request) error {
	drain(w, r.Request) // storage-go sends "e30=" here
	if _, err := s.adminBucket(r); err != nil {
		return err
	}
	if err := s.store.emptyBucket(r.bucket); err != nil {
		return err
	}
	return writeJSON(w, message("Empty bucket has been queued. Completion may take up to an hour."))
}

func message(text string) map[string]string { return map[string]string{"message": text} }

// raw returns b, or null when it is empty, which json.RawMessage refuses.
func raw(b json.RawMessage) json.RawMessage {
	if len(b) == 0 {
		return json.RawMessage("null")
	}
	return b
}
