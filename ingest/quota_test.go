package ingest_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/ingest"
	"github.com/pgcast/pgcast/internal/job"
)

// withQuotas is a door whose database connection brings standard quotas.
func withQuotas(t *testing.T, q job.Quotas) *house {
	t.Helper()
	return setup(t, func(c *ingest.Config) {
		own, err := db.Open(t.Context(), c.Jobs.(*dbtest.DB).URL, db.Options{Quotas: q})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(own.Close)
		c.Jobs = own
	})
}

func TestQuotasAreCountedOverAllDoors(t *testing.T) {
	t.Parallel()
	p := withQuotas(t, job.Quotas{Jobs: 3}).person()
	doors := []person{p, p.another()}
	var all sync.WaitGroup
	var made, refused atomic.Int32
	for i := range 12 {
		all.Go(func() {
			switch r := doors[i%2].uploadForm(field{"file", "a.csv", monthly()}); r.StatusCode {
			case http.StatusCreated:
				made.Add(1)
			default:
				r.wantProblem(t, http.StatusTooManyRequests, "quota_exceeded")
				refused.Add(1)
			}
		})
	}
	all.Wait()
	if made.Load() != 3 || refused.Load() != 9 {
		t.Errorf("%d made, %d refused", made.Load(), refused.Load())
	}
}

func TestLimitsShowQuotasAndWhatIsUsed(t *testing.T) {
	t.Parallel()
	h := withQuotas(t, job.Quotas{Jobs: 10, Bytes: 5000, Runs: 2, Waiting: 1})
	p := h.person()
	id := p.uploaded(field{"forecast", "", `{}`})
	other := p.uploaded()
	r := p.post("/v1/forecast", `{"job_id": "`+other+`"}`)
	r.wantProblem(t, http.StatusTooManyRequests, "quota_exceeded")
	if r.text(t, "detail") != "The quota waiting_runs is 1." || r.Header.Get("Retry-After") != "5" {
		t.Errorf("Retry-After %q: %s", r.Header.Get("Retry-After"), r.body)
	}
	limits := p.do(http.MethodGet, "/v1/limits", nil).json(t)
	used, quotas := limits["used"].(map[string]any), limits["quotas"].(map[string]any)
	if used["jobs"] != 2.0 || used["bytes"] != float64(2*len(monthly())) || used["runs_per_day"] != 1.0 || used["waiting_runs"] != 1.0 || quotas["bytes"] != 5000.0 {
		t.Errorf("used %v of %v", used, quotas)
	}
	h.complete(`{"series": []}`)
	if r := p.post("/v1/forecast", `{"job_id": "`+other+`"}`); r.StatusCode != http.StatusAccepted {
		t.Fatalf("status %d: %s", r.StatusCode, r.body)
	}
	h.db.Exec(t, `insert into pgcast.quotas (user_id, waiting_runs) values ($1, 0)`, p.id.String())
	r = p.post("/v1/jobs/"+id+"/reprocess", ``)
	r.wantProblem(t, http.StatusTooManyRequests, "quota_exceeded")
	if r.text(t, "detail") != "The quota runs_per_day is 2." {
		t.Errorf("%s", r.body)
	}
	// a failed run does not count
	h.db.Exec(t, `update public.job_runs set status = 'failed', folder = null where job_id = $1`, id)
	if r := p.post("/v1/jobs/"+id+"/reprocess", ``); r.StatusCode != http.StatusAccepted {
		t.Errorf("status %d: %s", r.StatusCode, r.body)
	}
	// a file that is too large is refused before it is read
	h.db.Exec(t, `update pgcast.quotas set bytes = 1, runs_per_day = 0 where user_id = $1`, p.id.String())
	p.uploadForm(field{"file", "a.csv", monthly()}).wantProblem(t, http.StatusTooManyRequests, "quota_exceeded")
	h.wantFilesOf(p, 2)
}

func TestListFiltersByModelAndTime(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	for _, day := range []string{"2026-01-01", "2026-02-01", "2026-03-01"} {
		id := p.uploaded()
		h.db.Exec(t, `update public.jobs set created_at = $2::timestamptz, model_used = case when $2::timestamptz < '2026-03-01' then 'naive' else 'theta' end where id = $1`, id, day)
	}
	for query, want := range map[string]int{
		"": 3, "model=naive": 2, "model=theta&status=pending": 1, "model=none": 0, "created_after=2026-02-01": 2, "created_before=2026-02-01": 1,
		"created_after=2026-01-15T00:00:00Z&created_before=2026-02-15T00:00:00%2B01:00": 1, "model=naive&limit=1": 1,
	} {
		if r := p.do(http.MethodGet, "/v1/jobs?"+query, nil); len(r.json(t)["data"].([]any)) != want {
			t.Errorf("%s: want %d: %s", query, want, r.body)
		}
	}
	p.do(http.MethodGet, "/v1/jobs?created_after=yesterday", nil).wantProblem(t, http.StatusBadRequest, "invalid_parameter")
}
