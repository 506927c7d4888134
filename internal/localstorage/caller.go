package localstorage

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// The roles a token can have.
const (
	anon          = "anon"
	authenticated = "authenticated"
	service       = "service_role"
)

// caller is who asks.
type caller struct {
	role string
	sub  string // the user's id, in canonical form; "" for the other roles
}

// claims are what a token says.
type claims struct {
	Role string `json:"role"`
	jwt.RegisteredClaims
}

// caller reads the Authorization header, with or without the word Bearer. The
// apikey header is the gateway's business, and is not looked at.
func (s *Server) caller(r *http.Request) (caller, error) {
	token := strings.TrimSpace(r.Header.Get("Authorization"))
	if len(token) >= 7 && strings.EqualFold(token[:7], "bearer ") {
		token = strings.TrimSpace(token[7:])
	}
	switch {
	case token == "":
		return caller{}, noToken
	case same(token, s.config.ServiceKey):
		return caller{role: service}, nil
	case same(token, s.config.AnonKey):
		return caller{role: anon}, nil
	}
	var c claims
	if err := s.parse(token, &c); err != nil {
		return caller{}, tokenFault(err, "Unauthorized", "403")
	}
	return c.caller()
}

func (c *claims) caller() (caller, error) {
	switch c.Role {
	case "", anon:
		return caller{role: anon}, nil
	case service:
		return caller{role: service}, nil
	case authenticated:
		id, err := uuid.Parse(c.Subject)
		if err != nil {
			return caller{}, &fault{Status: "400", Kind: "InvalidParameter", Message: "invalid input syntax for type uuid", Code: "InvalidParameter"}
		}
		return caller{role: authenticated, sub: id.String()}, nil
	}
	return caller{}, &fault{http: http.StatusInternalServerError, Status: "500", Kind: "DatabaseError", Message: "database error, code: 22023", Code: "DatabaseError"}
}

// same compares without telling by its time how much is equal.
func same(token, key string) bool {
	return key != "" && subtle.ConstantTimeCompare([]byte(token), []byte(key)) == 1
}

// parse verifies a token signed with the JWT secret: HS256 and nothing else.
func (s *Server) parse(token string, into jwt.Claims) error {
	_, err := jwt.ParseWithClaims(token, into, func(*jwt.Token) (any, error) { return s.config.JWTSecret, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithLeeway(time.Second))
	return err
}

// tokenFault says what is wrong with a token in the words of Supabase.
func tokenFault(err error, kind, status string) *fault {
	f := &fault{Status: status, Kind: kind, Code: "InvalidJWT"}
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		f.Message = `"exp" claim timestamp check failed`
	case errors.Is(err, jwt.ErrTokenNotValidYet), errors.Is(err, jwt.ErrTokenUsedBeforeIssued):
		f.Message = `"nbf" claim timestamp check failed`
	case errors.Is(err, jwt.ErrTokenSignatureInvalid) && strings.Contains(err.Error(), "signing method"):
		f.Message = `"alg" (Algorithm) Header Parameter value not allowed`
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		f.Message = "signature verification failed"
	default:
		f.Message = "Invalid Compact JWS"
	}
	return f
}

// results are the names that only a processor writes.
var results = []string{"output.json", "forecast.csv", "forecast.png"}

// sees reports whether the caller may read a key: the policy for select.
func (s *Server) sees(c caller, bucket, key string) bool {
	return c.role == service || s.owns(c, bucket, key)
}

// creates reports whether the caller may make an object: the policy for
// insert. Users have none for update and delete.
func (s *Server) creates(c caller, bucket, key string) bool {
	if c.role == service {
		return true
	}
	if !s.owns(c, bucket, key) {
		return false
	}
	segments := strings.Split(key, "/")
	for _, segment := range segments {
		if strings.EqualFold(segment, "runs") {
			return false
		}
	}
	for _, name := range results {
		if strings.EqualFold(segments[len(segments)-1], name) {
			return false
		}
	}
	return true
}

// owns reports whether a key lies in the folder of the user.
func (s *Server) owns(c caller, bucket, key string) bool {
	first, rest, _ := strings.Cut(key, "/")
	return c.role == authenticated && bucket == s.config.UserBucket && first == c.sub && rest != ""
}
