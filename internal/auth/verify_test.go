package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/pgcast/pgcast/internal/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	secret = []byte("a secret of at least thirty-two bytes")
	now    = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	alice  = job.UserID{UUID: uuid.MustParse("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b")}
)

const issuer = "https://project.supabase.co/auth/v1"

// good returns the claims of a good user token.
func good() jwt.MapClaims {
	return jwt.MapClaims{"sub": alice.String(), "role": "authenticated", "aud": "authenticated", "iss": issuer,
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
}

// with returns good claims with one changed, or removed by nil.
func with(name string, value any) jwt.MapClaims {
	c := good()
	if c[name] = value; value == nil {
		delete(c, name)
	}
	return c
}

func hs256(t testing.TB, c jwt.Claims) string {
	t.Helper()
	return signed(t, jwt.SigningMethodHS256, secret, c, nil)
}

func signed(t testing.TB, m jwt.SigningMethod, key any, c jwt.Claims, header map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(m, c)
	for name, value := range header {
		token.Header[name] = value
	}
	s, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func withSecret(t testing.TB) *Verifier {
	t.Helper()
	v, err := NewVerifier(Config{Secret: secret, Issuer: issuer, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

func TestGoodTokensSayWhoAsks(t *testing.T) {
	t.Parallel()
	v := withSecret(t)
	for name, c := range map[string]struct {
		claims jwt.MapClaims
		want   User
	}{
		"user":                  {good(), User{ID: alice, Role: RoleAuthenticated}},
		"user without audience": {with("aud", nil), User{ID: alice, Role: RoleAuthenticated}},
		"user, several":         {with("aud", []string{"other", "authenticated"}), User{ID: alice, Role: RoleAuthenticated}},
		"a domain of its own":   {with("iss", "https://auth.example.com/auth/v1"), User{ID: alice, Role: RoleAuthenticated}},
		"no issuer":             {with("iss", nil), User{ID: alice, Role: RoleAuthenticated}},
		"user, upper case":      {with("sub", strings.ToUpper(alice.String())), User{ID: alice, Role: RoleAuthenticated}},
		"just expired":          {with("exp", now.Add(-20*time.Second).Unix()), User{ID: alice, Role: RoleAuthenticated}},
		"clock ahead":           {with("nbf", now.Add(20*time.Second).Unix()), User{ID: alice, Role: RoleAuthenticated}},
		"anon key":              {jwt.MapClaims{"role": "anon", "iss": "supabase", "ref": "project", "exp": now.Add(time.Hour).Unix()}, User{Role: RoleAnon}},
		"service key":           {jwt.MapClaims{"role": "service_role", "iss": "supabase", "exp": now.Add(time.Hour).Unix()}, User{Role: RoleService}},
	} {
		got, err := v.Verify(t.Context(), hs256(t, c.claims))
		if got.Expires.IsZero() {
			t.Errorf("%s: Expires is not set", name)
		}
		got.Expires = time.Time{}
		if err != nil || got != c.want {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, c.want)
		}
	}
}

func TestBadTokensAreRefused(t *testing.T) {
	t.Parallel()
	v := withSecret(t)
	token := hs256(t, good())
	parts := strings.Split(token, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
	for name, bad := range map[string]string{
		"empty":                 "",
		"words":                 "not a token",
		"opaque key":            "sb_secret_0123456789",
		"two parts":             parts[0] + "." + parts[1],
		"four parts":            token + ".x",
		"none":                  none + "." + parts[1] + ".",
		"none with signature":   none + "." + parts[1] + "." + parts[2],
		"no signature":          parts[0] + "." + parts[1] + ".",
		"other payload":         parts[0] + "." + parts[1][:len(parts[1])-2] + "." + parts[2],
		"other secret":          signed(t, jwt.SigningMethodHS256, []byte("another secret"), good(), nil),
		"HS384":                 signed(t, jwt.SigningMethodHS384, secret, good(), nil),
		"HS512":                 signed(t, jwt.SigningMethodHS512, secret, good(), nil),
		"critical extension":    signed(t, jwt.SigningMethodHS256, secret, good(), map[string]any{"crit": []string{"b64"}, "b64": false}),
		"expired":               hs256(t, with("exp", now.Add(-time.Minute).Unix())),
		"no exp":                hs256(t, with("exp", nil)),
		"not yet":               hs256(t, with("nbf", now.Add(time.Minute).Unix())),
		"other audience":        hs256(t, with("aud", "service")),
		"other project":         hs256(t, with("iss", "https://other.supabase.co/auth/v1")),
		"no role":               hs256(t, with("role", nil)),
		"role of the database":  hs256(t, with("role", "postgres")),
		"role in another case":  hs256(t, with("role", "Service_Role")),
		"role of another type":  hs256(t, with("role", []string{"service_role"})),
		"no sub":                hs256(t, with("sub", nil)),
		"sub not a uuid":        hs256(t, with("sub", "alice")),
		"sub as urn":            hs256(t, with("sub", "urn:uuid:"+alice.String())),
		"sub with braces":       hs256(t, with("sub", "{"+alice.String()+"}")),
		"sub leads elsewhere":   hs256(t, with("sub", "../"+alice.String())),
		"published key, no URL": signed(t, jwt.SigningMethodRS256, rsaKey(t), good(), map[string]any{"kid": "k"}),
		"too long":              hs256(t, with("x", strings.Repeat("x", maxTokenBytes))),
	} {
		if got, err := v.Verify(t.Context(), bad); !errors.Is(err, ErrUnauthenticated) || got != (User{}) {
			t.Errorf("%s: got %+v, %v, want ErrUnauthenticated", name, got, err)
		}
	}
}

func TestMintedTokensAreGood(t *testing.T) {
	t.Parallel()
	v := withSecret(t)
	for _, want := range []User{{ID: alice, Role: RoleAuthenticated}, {Role: RoleAnon}, {Role: RoleService}} {
		want.Expires = now.Add(time.Hour)
		token, err := Mint(secret, Claims{Role: want.Role, User: want.ID, Issuer: issuer, Issued: now, Expires: want.Expires})
		if err != nil {
			t.Fatal(err)
		}
		got, err := v.Verify(t.Context(), token)
		if err != nil || got.ID != want.ID || got.Role != want.Role || !got.Expires.Equal(want.Expires) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
	if _, err := Mint(nil, Claims{Role: RoleAnon}); err == nil {
		t.Error("a token was minted without a secret")
	}
}

func TestAVerifierNeedsKeys(t *testing.T) {
	t.Parallel()
	if _, err := NewVerifier(Config{}); err == nil || !strings.Contains(err.Error(), "SUPABASE_JWT_SECRET") {
		t.Errorf("got %v, want what to set", err)
	}
	if _, err := NewVerifier(Config{JWKSURL: "no url"}); err == nil {
		t.Error("a JWKSURL that is none was taken")
	}
}

func FuzzVerify(f *testing.F) {
	v := withSecret(f)
	token := hs256(f, good())
	f.Add(token)
	f.Add(strings.Replace(token, ".", "..", 1))
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := v.Verify(context.Background(), s)
		if err != nil && (!errors.Is(err, ErrUnauthenticated) || got != (User{})) {
			t.Fatalf("got %+v, %v", got, err)
		}
		// base64 leaves room in the last character of each part; the claims
		// of a token that is taken are nevertheless the signed ones.
		if err == nil && got.ID != alice {
			t.Fatalf("%q was taken for %+v", s, got)
		}
	})
}
