package cli

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/storage"
)

// readiness is the answer of /readyz on ADMIN_ADDR.
type readiness struct {
	Mode   string            `json:"mode"`
	Checks map[string]string `json:"checks"`
}

// admin is the page that a process with this processor has on ADMIN_ADDR.
func (l *listener) admin() (p *port, get func(t *testing.T, path string) (int, string)) {
	p = l.house.newPort()
	p.wakes = l.wakes
	page := p.adminPage()
	return p, func(t *testing.T, path string) (int, string) {
		t.Helper()
		answer := httptest.NewRecorder()
		page.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), "GET", path, nil))
		return answer.Code, answer.Body.String()
	}
}

func TestAProcessorTellsWhetherItIsOfUse(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	l := startWakes(t, d, "", "")
	p, get := l.admin()
	ready := func() (status int, r readiness) {
		status, body := get(t, "/readyz")
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		return status, r
	}

	if status, r := ready(); status != 503 || !strings.Contains(r.Checks["processor"], "not registered") {
		t.Errorf("before it registered: %d %+v", status, r)
	}
	l.work(t)
	dbtest.Eventually(t, "it listens", l.proven.Load)
	status, r := ready()
	if status != 200 || r.Mode != "listening" || len(r.Checks) != 3 {
		t.Errorf("in good order: %d %+v", status, r)
	}
	for _, check := range []string{"database", "storage", "processor"} {
		if r.Checks[check] != "ok" {
			t.Errorf("%s: %q", check, r.Checks[check])
		}
	}
	p.house.bucket = storage.New(storage.Config{URL: l.house.config.SupabaseURL + "/storage/v1", Key: "old", Bucket: "forecast-uploads"})
	if status, r := ready(); status != 503 || r.Checks["storage"] == "ok" || r.Checks["database"] != "ok" {
		t.Errorf("with a key that is refused: %d %+v", status, r)
	}
	for path, want := range map[string]string{
		"/healthz":      `"ok"`,
		"/metrics":      "# TYPE pgcast_processor_listen_healthy gauge\npgcast_processor_listen_healthy 1\n",
		"/debug/pprof/": "goroutine",
	} {
		if status, body := get(t, path); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d without %q", path, status, want)
		}
	}
}

func TestAProcessorThatPollsIsOfUse(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	l := startWakes(t, d, "", pooler(t, d.URL, transactions))
	l.work(t)
	dbtest.Eventually(t, "it knows that nothing arrives", func() bool { return l.log.Count(`"mode":"polling"`) == 1 })
	_, get := l.admin()
	if status, body := get(t, "/readyz"); status != 200 || !strings.Contains(body, `"mode":"polling"`) {
		t.Errorf("%d %s", status, body)
	}
	if _, body := get(t, "/metrics"); !strings.Contains(body, "pgcast_processor_listen_healthy 0\n") {
		t.Error("the metric says that it listens")
	}
}
