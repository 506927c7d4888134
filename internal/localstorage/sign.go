package localstorage

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// uploadLife is how long a signed upload URL can be used.
const uploadLife = 2 * time.Hour

// The scopes of tokens in signed URLs: one is no good for the other.
const (
	scopeDownload = "download"
	scopeUpload   = "upload"
)

// grant is what the token in a signed URL says. It has no role, so as a
// bearer token it is anon's.
type grant struct {
	URL    string `json:"url"` // bucket/key
	Scope  string `json:"scope"`
	Upsert bool   `json:"upsert,omitempty"`
	Owner  string `json:"owner,omitempty"`
	jwt.RegisteredClaims
}

// token signs a grant for a time.
func (s *Server) token(g grant, life time.Duration) (string, error) {
	now := time.Now()
	g.IssuedAt, g.ExpiresAt = jwt.NewNumericDate(now), jwt.NewNumericDate(now.Add(life))
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, g).SignedString(s.config.JWTSecret)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return signed, nil
}

// granted verifies the token of a signed URL.
func (s *Server) granted(r *request, scope string) (grant, error) {
	var g grant
	token := r.URL.Query().Get("token")
	if token == "" {
		return g, badRequest("querystring must have required property 'token'")
	}
	if err := s.parse(token, &g); err != nil {
		return g, tokenFault(err, "InvalidJWT", "400")
	}
	if g.Scope != scope || g.URL != r.bucket+"/"+r.key || g.ExpiresAt == nil {
		return g, &fault{Status: "400", Kind: "InvalidSignature", Message: "Invalid signature", Code: "InvalidSignature"}
	}
	return g, nil
}

// sign answers a signed URL for one object, or for a list of them when the
// path names none.
func (s *Server) sign(w http.ResponseWriter, r *request) error {
	var body struct {
		ExpiresIn int64    `json:"expiresIn"` // seconds
		Paths     []string `json:"paths"`
	}
	if err := readJSON(r.Request, &body); err != nil {
		return err
	}
	const maxSeconds = 10 * 365 * 24 * 3600
	if body.ExpiresIn < 1 || body.ExpiresIn > maxSeconds {
		return badRequest("body/expiresIn must be >= 1")
	}
	life := time.Duration(body.ExpiresIn) * time.Second
	if r.key == "" {
		return s.signList(w, r, body.Paths, life)
	}
	signed, err := s.signOne(r, r.key, life)
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]string{"signedURL": signed})
}

func (s *Server) signOne(r *request, key string, life time.Duration) (string, error) {
	if s.store.bucket(r.bucket) == nil {
		return "", noBucket
	}
	if err := checkKey(key); err != nil {
		return "", err
	}
	if !s.sees(r.caller, r.bucket, key) {
		return "", noObject
	}
	if _, err := s.store.stat(r.bucket, key); err != nil {
		return "", err
	}
	token, err := s.token(grant{URL: r.bucket + "/" + key, Scope: scopeDownload}, life)
	return "/object/sign/" + escape(r.bucket+"/"+key) + "?token=" + token, err
}

func (s *Server) signList(w http.ResponseWriter, r *request, keys []string, life time.Duration) error {
	if len(keys) < 1 || len(keys) > maxListed {
		return badRequest("body/paths must NOT have fewer than 1 items nor more than %d", maxListed)
	}
	type signed struct {
		Error *string `json:"error"`
		Path  string  `json:"path"`
		URL   *string `json:"signedURL"`
	}
	list := make([]signed, len(keys))
	for i, key := range keys {
		list[i].Path = key
		u, err := s.signOne(r, key, life)
		var f *fault
		switch {
		case err == nil:
			list[i].URL = &u
		case errors.As(err, &f):
			text := "Either the object does not exist or you do not have access to it"
			list[i].Error = &text
		default:
			return err
		}
	}
	return writeJSON(w, list)
}

// escape escapes each segment of a path.
func escape(p string) string {
	segments := strings.Split(p, "/")
	for i, segment := range segments {
		segments[i] = url.PathEscape(segment)
	}
	return strings.Join(segments, "/")
}

func (s *Server) downloadSigned(w http.ResponseWriter, r *request) error {
	if _, err := s.granted(r, scopeDownload); err != nil {
		return err
	}
	return s.answer(w, r)
}

func (s *Server) signUpload(w http.ResponseWriter, r *request) error {
	drain(w, r.Request)
	upsert := r.Header.Get("x-upsert") == "true"
	if err := s.admit(r.caller, r.bucket, r.key, upsert); err != nil {
		return err
	}
	token, err := s.token(grant{URL: r.bucket + "/" + r.key, Scope: scopeUpload,
		Upsert: upsert && r.caller.role == service, Owner: r.caller.sub}, uploadLife)
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]string{"token": token,
		"url": "/object/upload/sign/" + escape(r.bucket+"/"+r.key) + "?token=" + token})
}

// uploadSigned stores what a signed upload URL allows. Whether it may replace
// an object was fixed when the URL was signed.
func (s *Server) uploadSigned(w http.ResponseWriter, r *request) error {
	g, err := s.granted(r, scopeUpload)
	if err != nil {
		return err
	}
	r.caller = caller{role: service, sub: g.Owner} // whoever signed was allowed to
	if err := s.admit(r.caller, r.bucket, r.key, g.Upsert); err != nil {
		return err
	}
	m, err := s.receive(r, g.Upsert)
	if err != nil {
		return err
	}
	return writeJSON(w, map[string]string{"Key": r.bucket + "/" + r.key, "Id": m.ID})
}
