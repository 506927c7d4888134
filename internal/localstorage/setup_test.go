package localstorage

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var testSecret = []byte("a secret of at least thirty-two bytes")

const (
	serviceKey = "sb_secret_for_these_tests"
	anonKey    = "sb_publishable_for_these_tests"
	uploads    = "forecast-uploads"
	alice      = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
	bob        = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c"
)

// bundle is a server over real HTTP, with a private bucket for users and a
// public one.
type bundle struct {
	*testing.T
	local *Server
	http  *httptest.Server
	dir   string
}

func setup(t *testing.T) bundle {
	t.Helper()
	return setupIn(t, t.TempDir())
}

func setupIn(t *testing.T, dir string) bundle {
	t.Helper()
	local, err := New(Config{Dir: dir, JWTSecret: testSecret, AnonKey: anonKey, ServiceKey: serviceKey, MaxObjectBytes: 1 << 20, Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	b := bundle{T: t, local: local, http: httptest.NewServer(http.StripPrefix("/storage/v1", local)), dir: dir}
	t.Cleanup(b.stop)
	b.ask("POST", "/bucket", serviceKey, `{"id":"forecast-uploads","name":"forecast-uploads"}`)
	b.ask("POST", "/bucket", serviceKey, `{"id":"open","name":"open","public":true}`)
	return b
}

// stop ends the server; the directory can be opened again.
func (b bundle) stop() {
	b.http.Close()
	if err := b.local.Close(); err != nil && !b.Failed() {
		b.Logf("close: %v", err) // a test may have stopped it before
	}
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
}

// ask sends a request; headers follow as names and values.
func (b bundle) ask(method, path, token, body string, header ...string) reply {
	b.Helper()
	return b.send(method, path, token, bytes.NewReader([]byte(body)), header...)
}

func (b bundle) send(method, path, token string, body io.Reader, header ...string) reply {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), method, b.http.URL+"/storage/v1"+path, body)
	if err != nil {
		b.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := b.http.Client().Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(got)}
}

// want fails the test unless the answer is 200.
func (r reply) want(t *testing.T) reply {
	t.Helper()
	if r.status != http.StatusOK {
		t.Fatalf("got %d %s", r.status, r.body)
	}
	return r
}

// fields reads a JSON object.
func (r reply) fields(t *testing.T) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(r.body), &m); err != nil {
		t.Fatalf("%s: %v", r.body, err)
	}
	return m
}

// token signs claims; sub "" leaves it out.
func token(t *testing.T, role, sub string) string {
	t.Helper()
	c := jwt.MapClaims{"exp": time.Now().Add(time.Hour).Unix()}
	if role != "" {
		c["role"] = role
	}
	if sub != "" {
		c["sub"] = sub
	}
	return sign(t, jwt.SigningMethodHS256, testSecret, c)
}

func sign(t *testing.T, m jwt.SigningMethod, key any, c jwt.Claims) string {
	t.Helper()
	s, err := jwt.NewWithClaims(m, c).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func user(t *testing.T, id string) string { t.Helper(); return token(t, authenticated, id) }

// aliceKey is the key of an input of alice's.
func aliceKey() string { return alice + "/" + uuid.NewString() + "/input.csv" }
