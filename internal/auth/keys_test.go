package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
)

// rsaKey makes one key for all tests, because making it takes long.
var rsaOnce = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func rsaKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsaOnce()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// project is a project that publishes keys.
type project struct {
	server  *httptest.Server
	keys    jwkset.Storage
	fetches atomic.Int32
	down    atomic.Bool
}

func newProject(t *testing.T) *project {
	t.Helper()
	p := &project{keys: jwkset.NewMemoryStorage()}
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.fetches.Add(1)
		if p.down.Load() {
			http.Error(w, "<html>bad gateway</html>", http.StatusBadGateway)
			return
		}
		set, err := p.keys.JSONPublic(r.Context())
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(set)
	}))
	t.Cleanup(p.server.Close)
	return p
}

// publish adds the public half of a key.
func (p *project) publish(t *testing.T, kid, alg string, key crypto.Signer) {
	t.Helper()
	jwk, err := jwkset.NewJWKFromKey(key.Public(), jwkset.JWKOptions{Metadata: jwkset.JWKMetadataOptions{KID: kid, ALG: jwkset.ALG(alg)}})
	if err == nil {
		err = p.keys.KeyWrite(t.Context(), jwk)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (p *project) verifier(t *testing.T) *Verifier {
	t.Helper()
	v, err := NewVerifier(Config{Secret: secret, JWKSURL: p.server.URL, Issuer: issuer, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

func ecKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func kid(id string) map[string]any { return map[string]any{"kid": id} }

func TestPublishedKeysVerifyTheirAlgorithmAndNoOther(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	ec := ecKey(t)
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.publish(t, "rsa", "RS256", rsaKey(t))
	p.publish(t, "ec", "ES256", ec)
	p.publish(t, "ed", "EdDSA", ed)
	v := p.verifier(t)
	for name, token := range map[string]string{
		"RS256":      signed(t, jwt.SigningMethodRS256, rsaKey(t), good(), kid("rsa")),
		"ES256":      signed(t, jwt.SigningMethodES256, ec, good(), kid("ec")),
		"EdDSA":      signed(t, jwt.SigningMethodEdDSA, ed, good(), kid("ed")),
		"the secret": hs256(t, good()),
	} {
		if u, err := v.Verify(t.Context(), token); err != nil || u.ID != alice {
			t.Errorf("%s: got %+v, %v", name, u, err)
		}
	}
	for name, token := range map[string]string{
		"PS256":             signed(t, jwt.SigningMethodPS256, rsaKey(t), good(), kid("rsa")),
		"RS512":             signed(t, jwt.SigningMethodRS512, rsaKey(t), good(), kid("rsa")),
		"key of other kind": signed(t, jwt.SigningMethodRS256, rsaKey(t), good(), kid("ec")),
		"not the key":       signed(t, jwt.SigningMethodES256, ecKey(t), good(), kid("ec")),
		"no kid":            signed(t, jwt.SigningMethodES256, ec, good(), nil),
		"empty kid":         signed(t, jwt.SigningMethodES256, ec, good(), kid("")),
		"kid of a number":   signed(t, jwt.SigningMethodES256, ec, good(), map[string]any{"kid": 1}),
	} {
		if _, err := v.Verify(t.Context(), token); !errors.Is(err, ErrUnauthenticated) {
			t.Errorf("%s: got %v, want ErrUnauthenticated", name, err)
		}
	}
}

// The classic: sign with HMAC, and take for the secret the key that everybody
// can read.
func TestAPublicKeyIsNoSecret(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	p.publish(t, "rsa", "", rsaKey(t)) // without "alg": nothing but our rule protects it
	der, err := x509.MarshalPKIXPublicKey(rsaKey(t).Public())
	if err != nil {
		t.Fatal(err)
	}
	set, err := p.keys.JSONPublic(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	v := p.verifier(t)
	v2, err := NewVerifier(Config{JWKSURL: p.server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v2.Close)
	for name, guess := range map[string][]byte{
		"DER": der, "PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "JWKS": json.RawMessage(set),
		"modulus": rsaKey(t).N.Bytes(),
	} {
		token := signed(t, jwt.SigningMethodHS256, guess, good(), kid("rsa"))
		for _, v := range []*Verifier{v, v2} {
			if _, err := v.Verify(t.Context(), token); !errors.Is(err, ErrUnauthenticated) {
				t.Errorf("%s: got %v, want ErrUnauthenticated", name, err)
			}
		}
	}
}

func TestARotatedKeyIsFetchedOnceAndOldOnesSurviveAnOutage(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	first, second := ecKey(t), ecKey(t)
	p.publish(t, "first", "ES256", first)
	v := p.verifier(t)
	old := signed(t, jwt.SigningMethodES256, first, good(), kid("first"))
	if _, err := v.Verify(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	p.publish(t, "second", "ES256", second)
	if _, err := v.Verify(t.Context(), signed(t, jwt.SigningMethodES256, second, good(), kid("second"))); err != nil {
		t.Errorf("the new key: %v", err)
	}
	if got := p.fetches.Load(); got != 2 {
		t.Errorf("%d fetches, want the first and one for the new key", got)
	}
	p.down.Store(true)
	for range 50 {
		token := signed(t, jwt.SigningMethodES256, second, good(), kid("nobody's"))
		if _, err := v.Verify(t.Context(), token); !errors.Is(err, ErrUnauthenticated) {
			t.Errorf("unknown kid: got %v, want ErrUnauthenticated", err)
		}
	}
	if got := p.fetches.Load(); got > 3 {
		t.Errorf("50 unknown kids made %d fetches", got)
	}
	if _, err := v.Verify(t.Context(), old); err != nil {
		t.Errorf("the old key during the outage: %v", err)
	}
}

func TestKeysThatWereNeverThereAreAnOutageNotABadToken(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	p.down.Store(true)
	v := p.verifier(t)
	key := ecKey(t)
	token := signed(t, jwt.SigningMethodES256, key, good(), kid("k"))
	if _, err := v.Verify(t.Context(), token); !errors.Is(err, ErrKeysUnavailable) || errors.Is(err, ErrUnauthenticated) {
		t.Errorf("got %v, want ErrKeysUnavailable", err)
	}
	if _, err := v.Verify(t.Context(), hs256(t, good())); err != nil {
		t.Errorf("the secret needs no keys: %v", err)
	}
}
