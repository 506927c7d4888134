package notifier_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier"
	"github.com/pgcast/pgcast/notifier/feed"
)

// signing is a project that signs with keys it publishes.
type signing struct {
	published jwkset.Storage
	server    *httptest.Server
}

func newSigning(t *testing.T) *signing {
	t.Helper()
	s := &signing{published: jwkset.NewMemoryStorage()}
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		set, err := s.published.JSONPublic(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(set)
	}))
	t.Cleanup(s.server.Close)
	return s
}

// rotate publishes a new key and returns what signs with it.
func (s *signing) rotate(t *testing.T, kid string) func(user job.UserID) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := jwkset.NewJWKFromKey(crypto.PublicKey(key.Public()), jwkset.JWKOptions{Metadata: jwkset.JWKMetadataOptions{KID: kid, ALG: jwkset.AlgES256}})
	if err == nil {
		err = s.published.KeyWrite(t.Context(), jwk)
	}
	if err != nil {
		t.Fatal(err)
	}
	return func(user job.UserID) string {
		token := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{"sub": user.String(), "role": auth.RoleAuthenticated, "aud": "authenticated",
			"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()})
		token.Header["kid"] = kid
		signed, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
}

// A project that changes the key it signs with cuts nobody off: who came with the
// old one goes on and renews with the new one, at every door.
func TestKeysRotateUnderOpenConnections(t *testing.T) {
	t.Parallel()
	project := newSigning(t)
	old := project.rotate(t, "first")
	tokens, err := auth.NewVerifier(auth.Config{JWKSURL: project.server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tokens.Close)
	b := setup(t, feed.Replication, withKeys, func(c *notifier.Config) { c.Tokens = tokens })
	user := newUser()
	bearer := func(token string) http.Header {
		return http.Header{"Authorization": {"Bearer " + token}, "Accept": {"text/event-stream"}}
	}
	ws, _, err := b.dial(bearer(old(user)))
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() { _ = ws.ws.Close() })
	ws.next(t)
	ws.follow(t)
	room := b.phoenix(t, keys.Anon) // a key that is no token
	room.join(t, old(user), everything)

	fresh := project.rotate(t, "second")
	ws.send(t, `{"type":"renew","id":2,"token":"`+fresh(user)+`"}`)
	if f := ws.next(t); f.Type != "renewed" {
		t.Errorf("a token of the new key got %s", f.raw)
	}
	room.send(t, 1, 2, "access_token", `{"access_token":"`+fresh(user)+`"}`)
	answer, end := b.get(t, "/v1/events", bearer(fresh(user)))
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("a stream with the new key got %d", answer.StatusCode)
	}
	s := newStream(answer.Body, end, "")
	s.next(t)
	id := b.Job(t, user, "").ID
	if f := ws.next(t); f.Job.ID != id {
		t.Errorf("/v1/ws got %s", f.raw)
	}
	if e := s.next(t); e.Job.ID != id {
		t.Errorf("the stream got %s", e.raw)
	}
	room.wants(t, "postgres_changes", id.String())
	b.phoenix(t, old(user)).join(t, "", everything) // a token as the key, of the key that signed before
	if late, _ := b.get(t, "/v1/events", bearer(newSigning(t).rotate(t, "second")(user))); late.StatusCode != http.StatusUnauthorized {
		t.Errorf("a key that nobody published opened a stream: %d", late.StatusCode)
	}
}
