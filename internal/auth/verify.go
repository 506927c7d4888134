package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/pgcast/pgcast/internal/job"
)

// The roles a token can have: those of Supabase's database.
const (
	RoleAnon          = "anon"
	RoleAuthenticated = "authenticated"
	RoleService       = "service_role"
)

// audience is that of every user's token.
const audience = "authenticated"

const (
	skew          = 30 * time.Second // clocks of the project and of this machine may differ by so much
	maxTokenBytes = 16 << 10
)

// What Verify answers, for errors.Is.
var (
	// ErrUnauthenticated: the token is not good; what wraps it says why.
	ErrUnauthenticated = errors.New("auth: token not valid")
	// ErrKeysUnavailable: the token may be good, but the keys to tell could
	// not be had; it may pass.
	ErrKeysUnavailable = errors.New("auth: signing keys not available")
)

// User is who a token speaks for.
type User struct {
	ID      job.UserID // zero unless Role is authenticated
	Role    string     // authenticated, service_role or anon
	Expires time.Time  // when the token does, not counting clock skew
}

// Config says which tokens are good. At least one of Secret and JWKSURL is set.
type Config struct {
	Secret  []byte           // for HS256: SUPABASE_JWT_SECRET; nil: no such token is good
	JWKSURL string           // for RS256, ES256, EdDSA: SUPABASE_URL + /auth/v1/.well-known/jwks.json; "": none is good
	Issuer  string           // of users' tokens: SUPABASE_URL + /auth/v1; "": not looked at. Another host of the same domain is another project
	Now     func() time.Time // nil means time.Now
	Log     *slog.Logger     // told when keys cannot be fetched; nil: nobody is
}

// Verifier verifies access tokens. It is safe for concurrent use.
type Verifier struct {
	secret []byte
	issuer string
	keys   *keys // nil without a JWKSURL
	parser *jwt.Parser
}

// NewVerifier returns a Verifier. With a JWKSURL it fetches the keys, which may
// take five seconds; that they cannot be had is not an error, they are asked
// for again. Close ends that.
func NewVerifier(c Config) (*Verifier, error) {
	if len(c.Secret) == 0 && c.JWKSURL == "" {
		return nil, errors.New("auth: no keys; set SUPABASE_JWT_SECRET or SUPABASE_URL")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	v := &Verifier{secret: c.Secret, issuer: c.Issuer}
	var methods []string
	if len(c.Secret) > 0 {
		methods = append(methods, jwt.SigningMethodHS256.Alg())
	}
	if c.JWKSURL != "" {
		missed := slog.LevelWarn
		if len(c.Secret) > 0 {
			missed = slog.LevelInfo // what signs with a secret may publish no keys at all
		}
		keys, err := fetchKeys(c.JWKSURL, c.Log, missed)
		if err != nil {
			return nil, err
		}
		v.keys = keys
		methods = append(methods, publicMethods...)
	}
	v.parser = jwt.NewParser(jwt.WithValidMethods(methods), jwt.WithExpirationRequired(),
		jwt.WithLeeway(skew), jwt.WithTimeFunc(c.Now))
	return v, nil
}

// Close stops the refreshing of keys.
func (v *Verifier) Close() {
	if v.keys != nil {
		v.keys.stop()
	}
}

// tokenClaims are what pgcast reads of a token.
type tokenClaims struct {
	Role string `json:"role"`
	jwt.RegisteredClaims
}

// Verify says who a token speaks for. The error is [ErrUnauthenticated] or
// [ErrKeysUnavailable], or that of ctx.
func (v *Verifier) Verify(ctx context.Context, token string) (User, error) {
	if len(token) > maxTokenBytes {
		return User{}, unauthenticated("it is longer than %d bytes", maxTokenBytes)
	}
	var c tokenClaims
	_, err := v.parser.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) { return v.key(ctx, t) })
	switch {
	case err != nil && ctx.Err() != nil:
		return User{}, fmt.Errorf("verify token: %w", context.Cause(ctx))
	case errors.Is(err, ErrKeysUnavailable):
		return User{}, fmt.Errorf("verify token: %w", err)
	case err != nil:
		return User{}, fmt.Errorf("%w: %w", ErrUnauthenticated, err)
	}
	return v.user(c)
}

// key returns the key that a token's algorithm is checked with.
func (v *Verifier) key(ctx context.Context, t *jwt.Token) (any, error) {
	if _, critical := t.Header["crit"]; critical {
		return nil, errors.New("it has critical extensions") // RFC 7515 section 4.1.11: none is understood here
	}
	if t.Method == jwt.SigningMethodHS256 {
		return v.secret, nil
	}
	return v.keys.public(ctx, t)
}

// user reads the claims of a token whose signature and times are good.
func (v *Verifier) user(c tokenClaims) (User, error) {
	u := User{Role: c.Role, Expires: c.ExpiresAt.Time}
	switch c.Role {
	case RoleAnon, RoleService:
		return u, nil
	case RoleAuthenticated:
	default:
		return User{}, unauthenticated("role %q is unknown", c.Role)
	}
	if len(c.Audience) > 0 && !slices.Contains(c.Audience, audience) {
		return User{}, unauthenticated("it is for the audience %q", []string(c.Audience))
	}
	if anotherProject(c.Issuer, v.issuer) {
		return User{}, unauthenticated("it is from %q, another project", c.Issuer)
	}
	id, err := job.ParseUserID(c.Subject)
	if err != nil || len(c.Subject) != canonicalLength {
		return User{}, unauthenticated("sub is not a UUID")
	}
	u.ID = id
	return u, nil
}

// anotherProject reports whether an issuer is another host of the domain that
// ours belongs to, as the projects of supabase.co are. A project with a domain of
// its own may issue under either name; its signature tells.
func anotherProject(issuer, ours string) bool {
	if ours == "" || issuer == ours {
		return false
	}
	theirs, err := url.Parse(issuer)
	if err != nil {
		return true
	}
	own, err := url.Parse(ours)
	_, domain, found := strings.Cut(theirs.Host, ".")
	_, same, _ := strings.Cut(own.Host, ".")
	return err != nil || found && domain == same && theirs.Host != own.Host
}

// canonicalLength is the length of a UUID in the form that Postgres writes.
const canonicalLength = 36

func unauthenticated(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnauthenticated, fmt.Sprintf(format, args...))
}
