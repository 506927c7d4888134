package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/ingest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/problem"
)

func TestThePageIsServedStrictly(t *testing.T) {
	t.Parallel()
	h := setup(t)
	root := h.do(http.MethodGet, "/", nil)
	if root.StatusCode != http.StatusOK || !strings.Contains(string(root.body), "<title>pgcast") || root.Header.Get("Cache-Control") != "no-cache" {
		t.Fatalf("status %d, %v: %s", root.StatusCode, root.Header, root.body)
	}
	policy := root.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	if again := h.do(http.MethodGet, "/", nil, "If-None-Match", root.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("with the ETag: status %d", again.StatusCode)
	}
	script := h.do(http.MethodGet, "/js/main.js", nil)
	if !strings.HasPrefix(script.Header.Get("Content-Type"), "text/javascript") || script.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("script: %v", script.Header)
	}
	h.do(http.MethodGet, "/js", nil).wantProblem(t, 404, "not_found")
	h.do(http.MethodPost, "/", nil).wantProblem(t, 405, "method_not_allowed")
}

func TestThePageIsPackedForThoseWhoTakeIt(t *testing.T) {
	t.Parallel()
	h := setup(t)
	plain := h.do(http.MethodGet, "/", nil, "Accept-Encoding", "identity")
	packed := h.do(http.MethodGet, "/", nil, "Accept-Encoding", "br, gzip")
	if plain.Header.Get("Content-Encoding") != "" || packed.Header.Get("Content-Encoding") != "gzip" || plain.Header.Get("ETag") == packed.Header.Get("ETag") {
		t.Fatalf("plain %v, packed %v", plain.Header, packed.Header)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed.body))
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, err := io.ReadAll(r); err != nil || string(unpacked) != string(plain.body) || len(packed.body) >= len(plain.body) {
		t.Errorf("%d bytes unpack to %q: %v", len(packed.body), unpacked, err)
	}
	if small := h.do(http.MethodGet, "/js/main.js", nil, "Accept-Encoding", "gzip"); small.Header.Get("Content-Encoding") != "" {
		t.Errorf("a file that packing makes larger: %v", small.Header)
	}
	if never := h.do(http.MethodGet, "/", nil, "Accept-Encoding", "gzip;q=0"); never.Header.Get("Content-Encoding") != "" {
		t.Errorf("refused: %v", never.Header)
	}
}

func TestEveryProblemHasAPage(t *testing.T) {
	t.Parallel()
	h := setup(t)
	for _, k := range problem.Catalogue() {
		if r := h.do(http.MethodGet, "/problems/"+k.Code, nil); r.StatusCode != http.StatusOK || !strings.Contains(string(r.body), k.Code) {
			t.Errorf("%s: status %d", k.Code, r.StatusCode)
		}
	}
	h.do(http.MethodGet, "/problems/nonsense", nil).wantProblem(t, 404, "not_found")
}

func TestReadinessNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	var down error
	h := setup(t, func(c *ingest.Config) {
		c.Ready = func(context.Context) ingest.Readiness {
			return ingest.Readiness{Mode: "polling", Source: "none", Checks: map[string]error{"database": nil, "storage": down}}
		}
	})
	if r := h.do(http.MethodGet, "/readyz", nil); r.StatusCode != http.StatusOK || r.text(t, "mode") != "polling" || r.text(t, "source") != "none" {
		t.Errorf("ready: status %d: %s", r.StatusCode, r.body)
	}
	down = errors.New("dial 10.0.0.7: refused")
	r := h.do(http.MethodGet, "/readyz", nil)
	r.wantProblem(t, 503, "unavailable")
	if !strings.Contains(string(r.body), "storage is not ready") || strings.Contains(string(r.body), "10.0.0.7") {
		t.Errorf("not ready: %s", r.body)
	}
	h.do(http.MethodGet, "/readyz", nil).wantProblem(t, 503, "unavailable")
	if said := h.log.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "storage: dial 10.0.0.7: refused") {
		t.Errorf("asked twice while one thing is missing, the log says:\n%s", said)
	}
	if r := h.do(http.MethodGet, "/healthz", nil); r.StatusCode != http.StatusOK {
		t.Errorf("healthz: status %d", r.StatusCode)
	}
}

func TestTheLocalTokenStaysOnThisMachine(t *testing.T) {
	t.Parallel()
	h := setup(t, func(c *ingest.Config) {
		c.Local = func(r *http.Request) (ingest.Session, bool) {
			err := auth.MayHaveLocalToken(auth.LocalRequest{Loopback: true, Host: r.Host, Header: r.Header.Values})
			return ingest.Session{AccessToken: "local"}, err == nil
		}
	})
	const path = "/v1/local/session"
	if r := h.do(http.MethodGet, path, nil); r.StatusCode != http.StatusOK || r.text(t, "access_token") != "local" || r.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("on this machine: status %d, %v: %s", r.StatusCode, r.Header, r.body)
	}
	for _, header := range [][]string{
		{"Host", "evil.example"}, {"Origin", "http://evil.example"}, {"X-Forwarded-For", "192.0.2.1"}, {"Forwarded", "for=192.0.2.1"}, {"Via", "1.1 proxy"},
	} {
		h.do(http.MethodGet, path, nil, header...).wantProblem(t, 403, "forbidden")
	}
	setup(t).do(http.MethodGet, path, nil).wantProblem(t, 404, "not_found")
}

func TestOtherSitesMayCallOnlyIfAllowed(t *testing.T) {
	t.Parallel()
	h := setup(t, func(c *ingest.Config) { c.Origins = []string{"https://app.example"} })
	ask := func(origin string) http.Header {
		return h.do(http.MethodOptions, "/v1/jobs", nil, "Origin", origin, "Access-Control-Request-Method", "POST").Header
	}
	if got := ask("https://app.example"); got.Get("Access-Control-Allow-Origin") != "https://app.example" || got.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("an allowed site: %v", got)
	}
	if got := ask("https://evil.example"); got.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another site: %v", got)
	}
}

func TestTracesAreTakenUp(t *testing.T) {
	t.Parallel()
	h := setup(t)
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	r := h.do(http.MethodGet, "/v1/jobs", nil, "traceparent", "00-"+id+"-00f067aa0ba902b7-01", "X-Request-Id", "mine-7")
	if r.text(t, "trace_id") != id || !strings.HasPrefix(r.Header.Get("Traceparent"), "00-"+id+"-") || r.Header.Get("X-Request-Id") != "mine-7" {
		t.Errorf("%v: %s", r.Header, r.body)
	}
	if r := h.do(http.MethodGet, "/healthz", nil, "traceparent", "nonsense"); len(r.Header.Get("Traceparent")) != 55 {
		t.Errorf("without a usable one: %v", r.Header)
	}
}

func TestTicketsAndLimits(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	ticket := p.do(http.MethodPost, "/v1/ws/ticket", nil)
	user, role, err := h.db.Redeem(t.Context(), ticket.text(t, "ticket"))
	if err != nil || user != p.id || role != "authenticated" {
		t.Errorf("the ticket is for %v, %s, %v: %s", user, role, err, ticket.body)
	}
	limits := p.do(http.MethodGet, "/v1/limits", nil).json(t)
	if max := limits["upload"].(map[string]any)["max_bytes"]; max != float64(4<<20) {
		t.Errorf("limits: %v", limits)
	}
}
