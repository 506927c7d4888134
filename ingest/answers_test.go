package ingest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"

	"github.com/pgcast/pgcast/ingest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
)

// forUsers calls do with every documented request that wants a token.
func forUsers(t *testing.T, do func(method, path string, op *openapi3.Operation)) {
	t.Helper()
	k, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("{job_id}", uuid.NewString(), "{forecast_id}", uuid.NewString(), "{name}", "input.csv")
	for path, item := range k.doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.Security == nil && !servedElsewhere(op) {
				do(method, fill.Replace(path), op)
			}
		}
	}
}

func TestEveryAddressOfUsersWantsTheTokenOfOne(t *testing.T) {
	t.Parallel()
	h := setup(t)
	service := mint(t, auth.RoleService, job.UserID{UUID: uuid.New()}, time.Hour)
	n := 0
	forUsers(t, func(method, path string, _ *openapi3.Operation) {
		n++
		h.do(method, path, nil).wantProblem(t, http.StatusUnauthorized, "unauthenticated")
		h.do(method, path, nil, "Authorization", "Bearer "+service).wantProblem(t, http.StatusForbidden, "forbidden")
	})
	if n < 10 {
		t.Errorf("only %d addresses were tried", n)
	}
}

func TestEveryAddressOfUsersIsRateLimited(t *testing.T) {
	t.Parallel()
	h := setup(t, func(c *ingest.Config) { c.RequestsPerMinute = 1 })
	forUsers(t, func(method, path string, _ *openapi3.Operation) {
		p := h.person()
		first := p.do(http.MethodGet, "/v1/jobs", nil)
		if first.StatusCode != http.StatusOK || first.Header.Get("RateLimit-Policy") != `"requests";q=1;w=60` || first.Header.Get("RateLimit") != `"requests";r=0;t=60` {
			t.Errorf("status %d, %q, %q", first.StatusCode, first.Header.Get("RateLimit-Policy"), first.Header.Get("RateLimit"))
		}
		r := p.do(method, path, nil)
		r.wantProblem(t, http.StatusTooManyRequests, "rate_limited")
		if r.Header.Get("Retry-After") == "" {
			t.Errorf("%s %s: 429 without Retry-After", method, path)
		}
	})
	h.person().do(http.MethodGet, "/v1/jobs", nil) // another user is not touched
}

func TestEveryJSONBodyIsHeldToItsForm(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	id := p.uploaded()
	for _, path := range []string{"/v1/forecast", "/v1/jobs/" + id + "/reprocess", "/v1/jobs/" + id + "/cancel"} {
		p.post(path, `{"horizon": `).wantProblem(t, http.StatusBadRequest, "invalid_json")
		p.post(path, `{"a": "`+strings.Repeat("x", 1<<20)+`"}`).wantProblem(t, http.StatusRequestEntityTooLarge, "payload_too_large")
		p.post(path, `a=1`, "Content-Type", "text/plain").wantProblem(t, http.StatusUnsupportedMediaType, "unsupported_media_type")
		p.post(path, `{"job_id": "`+id+`", "horizn": 3}`).wantProblem(t, http.StatusUnprocessableEntity, "unknown_field")
	}
}

func TestUnknownParametersAreRefused(t *testing.T) {
	t.Parallel()
	p := setup(t).person()
	id := p.uploaded()
	for _, c := range []struct{ method, path, hint string }{
		{"GET", "/v1/jobs?stauts=failed", `did you mean "status"?`},
		{"GET", "/v1/jobs?create_after=2026-01-01", `did you mean "created_after"?`},
		{"GET", "/v1/jobs/" + id + "/files/input.csv?rediret=1", `did you mean "redirect"?`},
		{"GET", "/v1/forecast/" + uuid.NewString() + "?serie=a", `did you mean "series"?`},
		{"POST", "/v1/forecast?dryrun=1", `did you mean "dry_run"?`},
	} {
		r := p.do(c.method, c.path, strings.NewReader(`{"job_id": "`+id+`"}`), "Content-Type", "application/json")
		r.wantProblem(t, http.StatusBadRequest, "unknown_parameter")
		if r.text(t, "hint") != c.hint {
			t.Errorf("%s: hint %q", c.path, r.text(t, "hint"))
		}
	}
}

func TestStaticAnswersAreNotSentTwice(t *testing.T) {
	t.Parallel()
	h := setup(t)
	for _, path := range []string{"/docs", "/docs/docs.js", "/docs/docs.css", "/openapi.json"} {
		etag := h.do(http.MethodGet, path, nil).Header.Get("ETag")
		if r := h.do(http.MethodGet, path, nil, "If-None-Match", etag); r.StatusCode != http.StatusNotModified || etag == "" {
			t.Errorf("%s with %q: status %d", path, etag, r.StatusCode)
		}
	}
}

func TestAResultHasRangesAndAnETag(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	id := p.uploaded(field{"forecast", "", `{}`})
	run := "/v1/forecast/" + h.complete(`{"series": []}`).RunID.String()
	if r := p.do(http.MethodGet, run, nil, "Range", "bytes=0-8"); r.StatusCode != http.StatusPartialContent || string(r.body) != `{"series"` {
		t.Errorf("range: status %d, %q", r.StatusCode, r.body)
	}
	p.do(http.MethodGet, run, nil, "Range", "bytes=99-").wantProblem(t, http.StatusRequestedRangeNotSatisfiable, "range_not_satisfiable")
	if r := p.do(http.MethodGet, run, nil, "If-None-Match", `"sha256:aa"`); r.StatusCode != http.StatusNotModified {
		t.Errorf("If-None-Match: status %d", r.StatusCode)
	}
	h.db.Exec(t, `update public.job_runs set expired_at = now() where job_id = $1`, id)
	p.do(http.MethodGet, run, nil).wantProblem(t, http.StatusGone, "expired")
}
