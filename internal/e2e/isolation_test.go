package e2e

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
)

// strangers is a deployment with two users who have nothing to do with each
// other. Everything of a's has a name that b knows.
type strangers struct {
	world
	a, b *member
	job  job.Job // a's, completed
	keys []string
	sums map[string]string // of a's objects, by key
}

func meet(t *testing.T) *strangers {
	t.Helper()
	w := startUp(t, dataDir(t)).world()
	s := &strangers{world: w, a: w.join(t), b: w.join(t)}
	s.job = s.a.forecast(t, s.a.upload(t, sample(), ""))
	folder := s.a.id.String() + "/" + s.job.ID.String() + "/"
	run := value[string](t, w, `select folder from job_runs where job_id = $1`, s.job.ID.String())
	s.keys = []string{folder + "input.csv", folder + "output.json", folder + "forecast.csv", folder + "forecast.png", run + "/output.json"}
	s.sums = s.fingerprint(t)
	return s
}

func sample() string {
	return filepath.Join("..", "..", "web", "static", "samples", "air_passengers.csv")
}

func (s *strangers) fingerprint(t *testing.T) map[string]string {
	t.Helper()
	sums := map[string]string{}
	for _, key := range s.keys {
		sums[key] = sha(s.object(t, key))
	}
	return sums
}

// betrays reports whether a text tells something of a's.
func (s *strangers) betrays(text []byte) bool {
	for _, secret := range []string{s.a.id.String(), s.job.ID.String(), s.job.ForecastID, "passengers", "1949-01", "PNG"} {
		if strings.Contains(string(text), secret) {
			return true
		}
	}
	return false
}

// checkUntouched holds that nothing of a's has changed.
func (s *strangers) checkUntouched(t *testing.T) {
	t.Helper()
	for key, sum := range s.fingerprint(t) {
		if sum != s.sums[key] {
			t.Errorf("object %s has changed", key)
		}
	}
	var now job.Job
	if s.a.json(t, http.MethodGet, "/v1/jobs/"+s.job.ID.String(), nil, &now); now.Version != s.job.Version || now.Status != job.Completed {
		t.Errorf("the job is %s, version %d; it was version %d", now.Status, now.Version, s.job.Version)
	}
}

// request is one way to ask for something of a's over HTTP.
type request struct{ method, path, body string }

// requests are every operation of the API's own description that names a job
// or a run, with a's names filled in, and those that name them in the body.
func (s *strangers) requests(t *testing.T) []request {
	t.Helper()
	var description struct {
		Paths map[string]map[string]json.RawMessage
	}
	s.a.json(t, http.MethodGet, "/openapi.json", nil, &description)
	fill := strings.NewReplacer("{job_id}", s.job.ID.String(), "{forecast_id}", s.job.ForecastID)
	var all []request
	for path, operations := range description.Paths {
		if !strings.Contains(path, "{job_id}") && !strings.Contains(path, "{forecast_id}") {
			continue
		}
		for method := range operations {
			if method == "parameters" {
				continue
			}
			body := ""
			if method == "post" {
				body = "{}"
			}
			for _, name := range []string{"input.csv", "output.json", "forecast.csv", "forecast.png"} {
				filled := fill.Replace(strings.ReplaceAll(path, "{name}", name))
				if r := (request{strings.ToUpper(method), filled, body}); !slices.Contains(all, r) {
					all = append(all, r)
				}
			}
		}
	}
	if len(all) < 10 {
		t.Fatalf("the description tells of only %d operations on jobs and runs", len(all))
	}
	named := `{"job_id": "` + s.job.ID.String() + `"}`
	job := "/v1/jobs/" + s.job.ID.String()
	return append(all,
		request{"POST", "/v1/forecast", named}, request{"POST", "/v1/forecast?dry_run=1", named},
		request{"GET", job + "/files/forecast.csv?redirect=1", ""}, request{"GET", "/v1/forecast/" + s.job.ForecastID + "?series=passengers", ""},
		request{"HEAD", job + "/files/input.csv", ""})
}

func TestStrangersGetNothingOverHTTP(t *testing.T) {
	t.Parallel()
	s := meet(t)
	for _, who := range []struct {
		name   string
		as     *member
		status int
	}{
		{"another user", s.b, http.StatusNotFound},
		{"the anon key", &member{token: s.env["SUPABASE_ANON_KEY"], url: s.url}, http.StatusForbidden},
		{"the service key", &member{token: s.env["SUPABASE_SERVICE_ROLE_KEY"], url: s.url}, http.StatusForbidden},
		{"nobody", &member{url: s.url}, http.StatusUnauthorized},
		{"a token of another project", &member{token: forged(t, s.a.id), url: s.url}, http.StatusUnauthorized},
	} {
		for _, r := range s.requests(t) {
			res, text := who.as.call(t, r.method, r.path, strings.NewReader(r.body))
			if res.StatusCode != who.status || s.betrays(withoutEcho(text)) {
				t.Errorf("%s: %s %s: %s, want %d: %s", who.name, r.method, r.path, res.Status, who.status, text)
			}
		}
	}
	for _, path := range []string{"/v1/jobs", "/v1/jobs?status=completed,pending&limit=200", "/v1/limits"} {
		if res, text := s.b.call(t, http.MethodGet, path, nil); res.StatusCode != http.StatusOK || s.betrays(text) {
			t.Errorf("another user: GET %s: %s: %s", path, res.Status, text)
		}
	}
	s.checkUntouched(t)
}

// withoutEcho takes the path of the request out of a problem: whoever asked
// knows it.
func withoutEcho(text []byte) []byte {
	var problem map[string]any
	if json.Unmarshal(text, &problem) != nil {
		return text
	}
	delete(problem, "instance")
	text, _ = json.Marshal(problem) // what was JSON is JSON
	return text
}

// forged is a token of the user, signed with another secret.
func forged(t *testing.T, id job.UserID) string {
	t.Helper()
	return world{env: map[string]string{"SUPABASE_JWT_SECRET": "of somebody else's project altogether"}}.mint(t, auth.RoleAuthenticated, id)
}
