package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/pgcast/pgcast/internal/auth"
)

// tokenTimeout bounds the question for the published keys.
const tokenTimeout = 5 * time.Second

// tokens checks that access tokens can be verified, and that the keys are what
// they are taken for.
func (d *doctor) tokens(ctx context.Context) {
	d.apiKey(ctx, "SUPABASE_SERVICE_ROLE_KEY", d.config.ServiceKey, auth.RoleService)
	d.apiKey(ctx, "SUPABASE_ANON_KEY", d.config.AnonKey, auth.RoleAnon)
	if d.config.SupabaseURL == "" {
		return // said already
	}
	published, err := d.publishedKeys(ctx)
	switch secret := d.config.JWTSecret != ""; {
	case secret && published > 0:
		d.ok("tokens", "access tokens are verified with SUPABASE_JWT_SECRET and %d published keys", published)
	case secret:
		d.ok("tokens", "access tokens are verified with SUPABASE_JWT_SECRET")
	case err != nil:
		d.fail("tokens", "the project's signing keys cannot be fetched: "+err.Error(),
			"check SUPABASE_URL; or set SUPABASE_JWT_SECRET when the project signs with its legacy secret")
	case published == 0:
		d.fail("tokens", "no access token can be verified: the project publishes no signing key",
			"set SUPABASE_JWT_SECRET to the legacy JWT secret, or move the project to signing keys (JWT settings of the project)")
	default:
		d.ok("tokens", "access tokens are verified with %d published keys", published)
	}
}

// publishedKeys counts the keys that tokens can be verified with.
func (d *doctor) publishedKeys(ctx context.Context) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.config.SupabaseURL+"/auth/v1/.well-known/jwks.json", nil)
	if err != nil {
		return 0, err
	}
	res, err := d.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("the server answered %s", res.Status)
	}
	var set struct {
		Keys []struct {
			Kty string `json:"kty"`
		} `json:"keys"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&set); err != nil {
		return 0, errors.New("the answer is not a key set")
	}
	n := 0
	for _, key := range set.Keys {
		if key.Kty != "oct" { // never a secret's
			n++
		}
	}
	return n, nil
}

// apiKey checks that a key is of the role that its variable promises.
func (d *doctor) apiKey(ctx context.Context, name, key, want string) {
	if key == "" {
		return
	}
	k := readKey(key)
	check, advice := strings.ToLower(name), "set "+name+" to the "+want+" key of the project's API settings"
	switch {
	case k.Role == "":
		d.fail(check, name+" is neither a JWT nor an sb_secret_… or sb_publishable_… key", advice)
	case k.Role != want:
		d.fail(check, fmt.Sprintf("%s is a key of role %q, not of %s", name, k.Role, want), advice)
	case !k.Expires.IsZero() && k.Expires.Before(d.now()):
		d.fail(check, name+" expired on "+k.Expires.Format(time.DateOnly), advice)
	case k.JWT && d.config.JWTSecret != "":
		d.signature(ctx, check, name, key)
	default:
		d.ok(check, "%s is a key of role %s", name, want)
	}
}

// signature checks a legacy key against the secret. Both come from the same
// project, so that one that does not verify tells that the secret is wrong,
// or the key.
func (d *doctor) signature(ctx context.Context, check, name, key string) {
	v, err := auth.NewVerifier(auth.Config{Secret: []byte(d.config.JWTSecret), Now: d.now})
	if err == nil {
		defer v.Close()
		_, err = v.Verify(ctx, key)
	}
	if err != nil {
		d.fail(check, name+" and SUPABASE_JWT_SECRET do not belong together: "+err.Error(),
			"take both from the same project; after the secret was rotated, take both again")
		return
	}
	d.ok(check, "%s verifies with SUPABASE_JWT_SECRET", name)
}

// apiKey is what can be told of a key without verifying it.
type apiKey struct {
	Role    string // "": it is no key
	JWT     bool
	Project string    // reference of the project, where the key says so
	Expires time.Time // zero: never
}

func readKey(key string) apiKey {
	switch {
	case strings.HasPrefix(key, "sb_secret_"):
		return apiKey{Role: auth.RoleService}
	case strings.HasPrefix(key, "sb_publishable_"):
		return apiKey{Role: auth.RoleAnon}
	}
	var claims struct {
		Role    string `json:"role"`
		Project string `json:"ref"`
		jwt.RegisteredClaims
	}
	if _, _, err := jwt.NewParser().ParseUnverified(key, &claims); err != nil {
		return apiKey{}
	}
	k := apiKey{Role: claims.Role, JWT: true, Project: claims.Project}
	if claims.ExpiresAt != nil {
		k.Expires = claims.ExpiresAt.Time
	}
	return k
}
