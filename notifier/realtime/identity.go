package realtime

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/notifier/hub"
)

// Verifier checks access tokens.
type Verifier interface {
	Verify(ctx context.Context, token string) (auth.User, error)
}

// Keys are those of the project, in the form of tokens or of sb_ keys. An empty
// one lets nobody in.
type Keys struct {
	Anon    string
	Service string
}

var (
	errNoKey   = errors.New("no apikey")
	errExpired = fmt.Errorf("%w: %w", auth.ErrUnauthenticated, jwt.ErrTokenExpired)
)

// keyOf is the key of a request. A header counts more than the query, which
// browsers have to use.
func keyOf(r *http.Request) string {
	for _, name := range []string{"X-Api-Key", "Apikey"} {
		if k := r.Header.Get(name); k != "" {
			return k
		}
	}
	return r.URL.Query().Get("apikey")
}

// identify says for whom a key or an access token speaks.
func (d *Door) identify(ctx context.Context, token string) (auth.User, error) {
	switch {
	case token == "":
		return auth.User{}, errNoKey
	case same(token, d.config.Keys.Service):
		return auth.User{Role: auth.RoleService}, nil
	case same(token, d.config.Keys.Anon):
		return auth.User{Role: auth.RoleAnon}, nil
	}
	who, err := d.config.Tokens.Verify(ctx, token)
	if err == nil && !who.Expires.IsZero() && !time.Now().Before(who.Expires) {
		// within what clocks may differ by; but a channel would end at once, and
		// its client come back at once
		err = errExpired
	}
	return who, err
}

func same(a, b string) bool {
	return b != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// isKey reports whether a token is one of the newer keys, which clients send in
// place of a token of their own: the socket's key is meant.
func isKey(token string) bool { return strings.HasPrefix(token, "sb_") }

// reason says why a token is refused, with the codes of hosted projects.
func reason(err error) string {
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return "InvalidJWTToken: Token has expired"
	case errors.Is(err, jwt.ErrTokenMalformed):
		return "MalformedJWT: The token provided is not a valid JWT"
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return "JwtSignatureError: Failed to validate JWT signature"
	case errors.Is(err, auth.ErrUnauthenticated):
		return "InvalidJWTToken: " + err.Error()
	}
	return "JwtSignerError: The token cannot be checked now"
}

func viewer(u auth.User) hub.Viewer { return hub.Viewer{User: u.ID, Role: u.Role} }

// sees reports whether an identity is shown anything at all. Who is not signed
// in is not: a channel of theirs is silent until they are.
func sees(u auth.User) bool {
	return u.Role == auth.RoleService || u.Role == auth.RoleAuthenticated
}
