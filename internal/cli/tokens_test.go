package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/config"
)

// A project that moves from its legacy secret to signing keys has tokens of
// both kinds for as long as the older ones live.
func TestTokensOfTheSecretAndOfThePublishedKeysAreGood(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := jwkset.NewJWKFromKey(key.Public(), jwkset.JWKOptions{Metadata: jwkset.JWKMetadataOptions{KID: "new", ALG: jwkset.AlgES256}})
	if err != nil {
		t.Fatal(err)
	}
	project := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/auth/v1/.well-known/jwks.json" {
			http.NotFound(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{jwk.Marshal()}})
	}))
	t.Cleanup(project.Close)

	user := uuid.NewString()
	claims := jwt.MapClaims{"sub": user, "role": "authenticated", "aud": "authenticated",
		"iss": project.URL + "/auth/v1", "exp": time.Now().Add(time.Hour).Unix()}
	renewed := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	renewed.Header["kid"] = "new"
	modern, err := renewed.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	legacy, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(testSecret))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		secret         string
		legacy, modern bool
	}{
		"secret and keys": {testSecret, true, true},
		"keys alone":      {"", false, true},
		"another secret":  {strings.Repeat("x", 40), false, true},
	} {
		v, err := auth.NewVerifier(tokens(config.Config{SupabaseURL: project.URL, JWTSecret: c.secret}))
		if err != nil {
			t.Fatal(err)
		}
		for kind, token := range map[string]string{"legacy": legacy, "modern": modern} {
			want := map[string]bool{"legacy": c.legacy, "modern": c.modern}[kind]
			if u, err := v.Verify(t.Context(), token); (err == nil) != want || want && u.ID.String() != user {
				t.Errorf("%s: a %s token: %v, %v; want good: %t", name, kind, u, err, want)
			}
		}
		v.Close()
	}
}

// Another hosted project's token is refused by name before its keys are asked for.
func TestTokensKnowTheHostedProject(t *testing.T) {
	t.Parallel()
	const ref = "https://abcdefghijklmnopqrst.supabase.co"
	if got := tokens(config.Config{SupabaseURL: ref}); got.Issuer != ref+"/auth/v1" || got.JWKSURL != ref+"/auth/v1/.well-known/jwks.json" {
		t.Errorf("hosted: %+v", got)
	}
	if got := tokens(config.Config{SupabaseURL: "https://supabase.example.com"}); got.Issuer != "" {
		t.Errorf("self-hosted: issuer %q", got.Issuer)
	}
}
