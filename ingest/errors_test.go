package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/ingest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
)

func TestEveryErrorIsAProblemWithACode(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	id := p.uploaded()
	for _, c := range []struct {
		name, method, path, body, kind string
		status                         int
		code                           string
	}{
		{"an unknown address", "GET", "/v2/jobs", "", "", 404, "not_found"},
		{"a wrong method", "PUT", "/v1/jobs", "", "", 405, "method_not_allowed"},
		{"a method that is none", "BREW", "/v1/jobs", "", "", 405, "method_not_allowed"},
		{"an id that is none", "GET", "/v1/jobs/7", "", "", 404, "not_found"},
		{"an id in another spelling", "GET", "/v1/jobs/urn:uuid:" + id, "", "", 404, "not_found"},
		{"a job that is not there", "GET", "/v1/jobs/" + uuid.NewString(), "", "", 404, "not_found"},
		{"a forecast that is not there", "GET", "/v1/forecast/" + uuid.NewString(), "", "", 404, "not_found"},
		{"a file with another name", "GET", "/v1/jobs/" + id + "/files/passwd", "", "", 404, "not_found"},
		{"a file in another place", "GET", "/v1/jobs/" + id + "/files/..%2f..%2finput.csv", "", "", 404, "not_found"},
		{"no result yet", "GET", "/v1/jobs/" + id + "/files/output.json", "", "", 409, "not_ready"},
		{"a limit that is none", "GET", "/v1/jobs?limit=many", "", "", 400, "invalid_parameter"},
		{"a cursor that is none", "GET", "/v1/jobs?cursor=x", "", "", 422, "invalid_field"},
		{"events as a stream", "GET", "/v1/jobs/" + id + "/events", "", "", 406, "not_acceptable"},
		{"broken JSON", "POST", "/v1/forecast", `{"job_id": `, "application/json", 400, "invalid_json"},
		{"JSON and more", "POST", "/v1/forecast", `{} {}`, "application/json", 400, "invalid_json"},
		{"a JSON list", "POST", "/v1/forecast", `[]`, "application/json", 400, "invalid_json"},
		{"a form where JSON should be", "POST", "/v1/forecast", `job_id=1`, "application/x-www-form-urlencoded", 415, "unsupported_media_type"},
		{"too much JSON", "POST", "/v1/forecast", `{"a": "` + strings.Repeat("x", 1<<20) + `"}`, "application/json", 413, "payload_too_large"},
		{"no job", "POST", "/v1/forecast", `{"horizon": 3}`, "application/json", 422, "missing_field"},
		{"a job that is a number", "POST", "/v1/forecast", `{"job_id": 3}`, "application/json", 422, "invalid_field"},
		{"an unknown field", "POST", "/v1/forecast", `{"job_id": "` + id + `", "horizn": 3}`, "application/json", 422, "unknown_field"},
		{"a misspelt job_id", "POST", "/v1/forecast", `{"jobid": "` + id + `"}`, "application/json", 422, "unknown_field"},
		{"no horizon", "POST", "/v1/forecast", `{"job_id": "` + id + `", "horizon": 0}`, "application/json", 422, "horizon_invalid"},
		{"a level over 100", "POST", "/v1/forecast", `{"job_id": "` + id + `", "levels": [101]}`, "application/json", 422, "level_invalid"},
		{"a column that is not there", "POST", "/v1/forecast", `{"job_id": "` + id + `", "target": "Passenger"}`, "application/json", 422, "column_not_found"},
		{"half a flag", "POST", "/v1/forecast?dry_run=maybe", `{"job_id": "` + id + `"}`, "application/json", 400, "invalid_parameter"},
		{"a cancel with fields", "POST", "/v1/jobs/" + id + "/cancel", `{"why": 1}`, "application/json", 422, "unknown_field"},
		{"an upload as JSON", "POST", "/v1/upload", `{}`, "application/json", 415, "unsupported_media_type"},
		{"a form without boundary", "POST", "/v1/upload", `x`, "multipart/form-data", 400, "bad_multipart"},
		{"a form that is none", "POST", "/v1/upload", `x`, "multipart/form-data; boundary=b", 400, "bad_multipart"},
		{"an empty form", "POST", "/v1/upload", "--b--\r\n", "multipart/form-data; boundary=b", 422, "missing_field"},
		{"no body at all", "POST", "/v1/upload", "", "multipart/form-data; boundary=b", 400, "bad_multipart"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			headers := []string{"Content-Type", c.kind, "Accept", "*/*"}
			if c.code == "not_acceptable" {
				headers[3] = "text/event-stream"
			}
			r := p.do(c.method, c.path, strings.NewReader(c.body), headers...)
			if c.method == "BREW" { // stopped before the trace is made
				if r.StatusCode != c.status || r.text(t, "code") != c.code {
					t.Fatalf("status %d: %s", r.StatusCode, r.body)
				}
				return
			}
			r.wantProblem(t, c.status, c.code)
		})
	}
}

func TestHintsNameTheNearest(t *testing.T) {
	t.Parallel()
	p := setup(t).person()
	id := p.uploaded()
	for body, hint := range map[string]string{
		`{"job_id": "` + id + `", "horizn": 3}`:            `did you mean "horizon"?`,
		`{"jobid": "` + id + `"}`:                          `did you mean "job_id"?`,
		`{"job_id": "` + id + `", "target": "Pasengers"}`:  `did you mean "Passengers"?`,
		`{"job_id": "` + id + `", "time_column": "month"}`: `did you mean "Month"?`,
	} {
		if r := p.post("/v1/forecast", body); r.text(t, "hint") != hint {
			t.Errorf("%s: hint %q, want %q", body, r.text(t, "hint"), hint)
		}
	}
}

func TestRefusedUploadsLeaveNothing(t *testing.T) {
	t.Parallel()
	h := setup(t)
	var bomb strings.Builder
	w, _ := gzip.NewWriterLevel(&bomb, gzip.BestCompression)
	_, _ = io.WriteString(w, "day,y\n"+strings.Repeat("2020-01-01,1\n", 4<<20))
	_ = w.Close()
	for _, c := range []struct {
		name   string
		fields []field
		status int
		code   string
	}{
		{"an empty file", []field{{"file", "a.csv", ""}}, 400, "empty_file"},
		{"a picture", []field{{"file", "a.png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00"}}, 415, "not_text"},
		{"an open quote", []field{{"file", "a.csv", monthly() + "\"2023-01," + strings.Repeat("x,1\n", 1000)}}, 422, "unterminated_quote"},
		{"too long a file", []field{{"file", "a.csv", "a,b\n" + strings.Repeat("2020-01-01,1\n", 400_000)}}, 413, "payload_too_large"},
		{"a zip bomb", []field{{"file", "a.csv.gz", bomb.String()}}, 413, "payload_too_large"},
		{"damaged gzip", []field{{"file", "a.csv.gz", "\x1f\x8b\x08\x00 no more"}}, 400, "bad_gzip"},
		{"an archive", []field{{"file", "a.zip", "PK\x03\x04 no workbook"}}, 422, "bad_workbook"},
		{"two files", []field{{"file", "a.csv", monthly()}, {"file", "b.csv", monthly()}}, 422, "invalid_field"},
		{"an unknown part", []field{{"file", "a.csv", monthly()}, {"forcast", "", "{}"}}, 422, "unknown_field"},
		{"a request that does not fit", []field{{"file", "a.csv", monthly()}, {"forecast", "", `{"target": "Price"}`}}, 422, "column_not_found"},
		{"a request that is no JSON", []field{{"file", "a.csv", monthly()}, {"forecast", "", `horizon=3`}}, 400, "invalid_json"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := h.person()
			p.uploadForm(c.fields...).wantProblem(t, c.status, c.code)
			p.wantNoFiles(p)
			if n := len(p.do("GET", "/v1/jobs", nil).json(t)["data"].([]any)); n != 0 {
				t.Errorf("%d jobs were made", n)
			}
		})
	}
}

func TestTheRoomsBehindTheDoorMayFail(t *testing.T) {
	t.Parallel()
	h := setup(t, func(c *ingest.Config) {
		c.Scan = func(_ context.Context, r io.Reader) (*dataset.Profile, error) {
			text, err := io.ReadAll(r)
			if bytes.HasPrefix(text, []byte("panic")) {
				panic("the scan met something odd")
			}
			return nil, errors.Join(err, errors.New("password of the database: hunter2"))
		}
	})
	for _, text := range []string{"panic", "error"} {
		p := h.person()
		r := p.uploadForm(field{"file", "a.csv", text})
		r.wantProblem(t, 500, "internal")
		if strings.Contains(string(r.body), "hunter2") || strings.Contains(string(r.body), "odd") {
			t.Errorf("the answer tells what went wrong inside: %s", r.body)
		}
		p.wantNoFiles(p)
	}
}

func TestOnlySignedInUsersAreLetIn(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	for _, path := range []string{"GET /v1/jobs", "POST /v1/upload", "POST /v1/forecast", "GET /v1/limits", "POST /v1/ws/ticket",
		"GET /v1/jobs/" + uuid.NewString(), "DELETE /v1/jobs/" + uuid.NewString(), "GET /v1/forecast/" + uuid.NewString(),
		"POST /v1/jobs/" + uuid.NewString() + "/cancel", "GET /v1/jobs/" + uuid.NewString() + "/files/input.csv"} {
		method, path, _ := strings.Cut(path, " ")
		h.do(method, path, nil).wantProblem(t, 401, "unauthenticated")
		for token, want := range map[string]string{
			"not a token": "unauthenticated",
			p.token + "x": "unauthenticated",
			mint(t, auth.RoleAuthenticated, p.id, -time.Hour):                  "unauthenticated",
			mint(t, "anon", job.UserID{}, time.Hour):                           "forbidden",
			mint(t, auth.RoleService, job.UserID{UUID: uuid.New()}, time.Hour): "forbidden",
		} {
			status := map[string]int{"unauthenticated": 401, "forbidden": 403}[want]
			r := h.do(method, path, nil, "Authorization", "Bearer "+token)
			r.wantProblem(t, status, want)
			if status == 401 && r.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s: 401 without WWW-Authenticate", path)
			}
		}
	}
}

func TestNobodyMeetsWhatBelongsToAnother(t *testing.T) {
	t.Parallel()
	h := setup(t)
	alice, bob := h.person(), h.person()
	id := alice.uploaded(field{"forecast", "", `{}`})
	c := h.complete(`{"series": []}`)
	self := "/v1/jobs/" + id
	for _, path := range []string{"GET " + self, "GET " + self + "/events", "GET " + self + "/files/input.csv", "GET " + self + "/files/output.json",
		"GET " + self + "/files/forecast.png?redirect=1", "GET /v1/forecast/" + c.RunID.String(), "GET /v1/forecast/" + c.RunID.String() + "?series=a",
		"POST " + self + "/cancel", "POST " + self + "/reprocess", "DELETE " + self} {
		method, path, _ := strings.Cut(path, " ")
		bob.do(method, path, nil).wantProblem(t, 404, "not_found")
	}
	bob.post("/v1/forecast", `{"job_id": "`+id+`"}`).wantProblem(t, 404, "not_found")
	bob.post("/v1/forecast?dry_run=1", `{"job_id": "`+id+`"}`).wantProblem(t, 404, "not_found")
	if r := bob.do("GET", "/v1/jobs", nil); len(r.json(t)["data"].([]any)) != 0 {
		t.Errorf("the list shows another's: %s", r.body)
	}
	if r := alice.do("GET", self, nil); r.text(t, "status") != "completed" || r.text(t, "version") == "" {
		t.Errorf("something changed: %s", r.body)
	}
	if r := alice.do("GET", self+"/files/input.csv", nil); string(r.body) != monthly() {
		t.Errorf("the file is gone: %s", r.body)
	}
}
