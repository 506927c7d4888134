package ingest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/ingest"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/storage"
)

func TestAJobGoesItsWay(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	id := p.uploaded()

	dry := p.post("/v1/forecast?dry_run=1", `{"job_id": "`+id+`", "horizon": 6}`)
	if plan, _ := dry.json(t)["resolved"].(map[string]any); dry.StatusCode != http.StatusOK || plan["horizon"] != 6.0 {
		t.Fatalf("dry run: status %d: %s", dry.StatusCode, dry.body)
	}
	asked := p.post("/v1/forecast", `{"job_id": "`+id+`", "horizon": 6, "id_columns": []}`)
	run := asked.text(t, "forecast_id")
	if asked.StatusCode != http.StatusAccepted || asked.Header.Get("Location") != "/v1/jobs/"+id || asked.Header.Get("Retry-After") != "1" || len(run) != 36 {
		t.Fatalf("forecast: status %d, %v: %s", asked.StatusCode, asked.Header, asked.body)
	}
	p.do(http.MethodGet, "/v1/forecast/"+run, nil).wantProblem(t, http.StatusConflict, "not_ready")

	h.complete(`{"schema_version": "1.0", "series": [{"unique_id": "a", "points": [1]}, {"unique_id": "b"}], "warnings": []}`)

	done := p.do(http.MethodGet, "/v1/jobs/"+id, nil)
	if done.text(t, "status") != "completed" {
		t.Fatalf("job: %s", done.body)
	}
	again := p.do(http.MethodGet, "/v1/jobs/"+id, nil, "If-None-Match", done.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified || len(again.body) != 0 {
		t.Errorf("with the ETag: status %d, %q", again.StatusCode, again.body)
	}
	result := p.do(http.MethodGet, "/v1/forecast/"+run, nil)
	if result.StatusCode != http.StatusOK || result.text(t, "schema_version") != "1.0" || result.Header.Get("ETag") != `"sha256:aa"` {
		t.Errorf("result: status %d, ETag %s: %s", result.StatusCode, result.Header.Get("ETag"), result.body)
	}
	one := p.do(http.MethodGet, "/v1/forecast/"+run+"?series=b", nil)
	if string(one.body) != `{"schema_version":"1.0","series":[{"unique_id": "b"}],"warnings":[]}`+"\n" {
		t.Errorf("?series=b: %s", one.body)
	}
	p.do(http.MethodGet, "/v1/forecast/"+run+"?series=c", nil).wantProblem(t, http.StatusNotFound, "series_not_found")

	trail := p.do(http.MethodGet, "/v1/jobs/"+id+"/events", nil).json(t)["data"].([]any)
	if last := trail[len(trail)-1].(map[string]any); last["status"] != "completed" {
		t.Errorf("last event %v", last)
	}
}

func TestFilesHaveRangesAndSignedAddresses(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	id := p.uploaded(field{"forecast", "", `{}`})
	files := "/v1/jobs/" + id + "/files/"
	p.do(http.MethodGet, files+"forecast.csv", nil).wantProblem(t, http.StatusConflict, "not_ready")
	h.complete(`{"series": []}`)

	part := p.do(http.MethodGet, files+"forecast.csv", nil, "Range", "bytes=0-8")
	if part.StatusCode != http.StatusPartialContent || string(part.body) != "unique_id" || part.Header.Get("Content-Range") != "bytes 0-8/18" {
		t.Errorf("range: status %d, %q, %q", part.StatusCode, part.body, part.Header.Get("Content-Range"))
	}
	p.do(http.MethodGet, files+"forecast.csv", nil, "Range", "bytes=99-").wantProblem(t, http.StatusRequestedRangeNotSatisfiable, "range_not_satisfiable")
	other := p.do(http.MethodGet, files+"forecast.csv", nil, "Range", "bytes=0-8", "If-Range", `"another"`)
	if other.StatusCode != http.StatusOK || len(other.body) != 18 {
		t.Errorf("a part of another version: status %d, %q", other.StatusCode, other.body)
	}
	if same := p.do(http.MethodGet, files+"forecast.csv", nil, "If-None-Match", `"x", "sha256:bb"`); same.StatusCode != http.StatusNotModified {
		t.Errorf("If-None-Match: status %d", same.StatusCode)
	}
	if head := p.do(http.MethodHead, files+"forecast.csv", nil); head.ContentLength != 18 || len(head.body) != 0 {
		t.Errorf("HEAD: length %d, %q", head.ContentLength, head.body)
	}
	moved := p.do(http.MethodGet, files+"forecast.png?redirect=1", nil)
	if moved.StatusCode != http.StatusFound {
		t.Fatalf("redirect: status %d: %s", moved.StatusCode, moved.body)
	}
	resp, err := http.Get(moved.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the signed address answers %d", resp.StatusCode)
	}
}

func TestResultsOlderThanRunFoldersComeFromTheCanonicalPaths(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	id := p.uploaded()
	jobID, _ := job.ParseID(id)
	key, err := storage.Canonical(p.id, jobID, "output.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.bucket.Upload(t.Context(), key, strings.NewReader(`{"old": true}`), storage.UploadOptions{ContentType: "application/json"}); err != nil {
		t.Fatal(err)
	}
	h.db.Exec(t, `update public.jobs set output_file_path = $2 where id = $1`, id, key.String())
	if r := p.do(http.MethodGet, "/v1/jobs/"+id+"/files/output.json", nil); string(r.body) != `{"old": true}` {
		t.Errorf("status %d: %s", r.StatusCode, r.body)
	}
	p.do(http.MethodGet, "/v1/jobs/"+id+"/files/forecast.csv", nil).wantProblem(t, http.StatusNotFound, "file_missing")
}

func TestAJobRunsAgainWithOverrides(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	id := p.uploaded(field{"forecast", "", `{"horizon": 6, "model": "naive"}`})
	h.complete(`{"series": []}`)
	r := p.post("/v1/jobs/"+id+"/reprocess", `{"horizon": 9, "model": null}`)
	if r.StatusCode != http.StatusAccepted || fmt.Sprint(r.json(t)["params"]) != "map[horizon:9]" {
		t.Errorf("status %d: %s", r.StatusCode, r.body)
	}
	if c := p.post("/v1/jobs/"+id+"/cancel", ``); c.StatusCode != http.StatusAccepted || c.text(t, "status") != "canceled" {
		t.Errorf("cancel: status %d: %s", c.StatusCode, c.body)
	}
	p.do(http.MethodGet, "/v1/forecast/"+r.text(t, "forecast_id"), nil).wantProblem(t, http.StatusConflict, "canceled")
}

// Where somebody in the process hears of changes, who waits looks when there are
// some, and hardly else.
func TestPreferWaitLooksWhenThereIsNews(t *testing.T) {
	t.Parallel()
	wakes, stopped := make(chan func(), 1), make(chan struct{})
	looks := &lookedAt{at: make(chan struct{}, 100)}
	h := setup(t, func(c *ingest.Config) {
		looks.Jobs = c.Jobs
		c.Jobs = looks
		c.Watch = func(_ job.UserID, _ job.ID, wake func()) (func(), bool) {
			wakes <- wake
			return func() { close(stopped) }, true
		}
	})
	p := h.person()
	id := p.uploaded()
	answered := make(chan reply, 1)
	go func() { answered <- p.post("/v1/forecast", `{"job_id": "`+id+`"}`, "Prefer", "wait=20") }()
	wake := <-wakes
	for range 10 { // at its own pace it would take 50 s, and it waits for 20
		<-looks.at
		wake()
	}
	h.db.Exec(t, `update jobs set status = 'canceled' where id = $1`, id)
	wake()
	if r := <-answered; r.text(t, "status") != "canceled" {
		t.Errorf("got %s", r.text(t, "status"))
	}
	<-stopped
}

// lookedAt tells of each look at a run.
type lookedAt struct {
	ingest.Jobs
	at chan struct{}
}

func (l *lookedAt) Run(ctx context.Context, user job.UserID, id job.RunID) (job.Run, error) {
	l.at <- struct{}{}
	return l.Jobs.Run(ctx, user, id)
}

func TestPreferWaitAnswersWithTheFinishedJob(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	id := p.uploaded()
	for _, ask := range []struct{ path, body string }{{"/v1/forecast", `{"job_id": "` + id + `"}`}, {"/v1/jobs/" + id + "/reprocess", `{}`}} {
		before := p.do(http.MethodGet, "/v1/jobs/"+id, nil).text(t, "forecast_id")
		answered := make(chan reply, 1)
		go func() { answered <- p.post(ask.path, ask.body, "Prefer", "wait=25") }()
		dbtest.Eventually(t, "the run to be asked for", func() bool {
			return p.do(http.MethodGet, "/v1/jobs/"+id, nil).text(t, "forecast_id") != before
		})
		h.complete(`{"series": []}`)
		r := <-answered
		if r.StatusCode != http.StatusOK || r.text(t, "status") != "completed" || r.Header.Get("Preference-Applied") != "wait=25" {
			t.Errorf("%s: status %d, %v: %s", ask.path, r.StatusCode, r.Header, r.body)
		}
	}
	short := p.post("/v1/jobs/"+id+"/reprocess", `{}`, "Prefer", "wait=1")
	if short.StatusCode != http.StatusAccepted || short.text(t, "status") != "pending" {
		t.Errorf("when it does not end in time: status %d: %s", short.StatusCode, short.body)
	}
}

func TestListPagesAndFilters(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	for range 3 {
		h.db.Job(t, p.id, "")
	}
	first := p.do(http.MethodGet, "/v1/jobs?limit=2", nil)
	if n := len(first.json(t)["data"].([]any)); n != 2 {
		t.Fatalf("%d jobs on the first page: %s", n, first.body)
	}
	next, _, _ := strings.Cut(strings.TrimPrefix(first.Header.Get("Link"), "<"), ">")
	second := p.do(http.MethodGet, next, nil)
	if got := second.json(t); len(got["data"].([]any)) != 1 || got["next_cursor"] != "" {
		t.Errorf("second page: %s", second.body)
	}
	none := p.do(http.MethodGet, "/v1/jobs?status=completed,failed", nil)
	if len(none.json(t)["data"].([]any)) != 0 {
		t.Errorf("completed ones: %s", none.body)
	}
}

func TestDeleteRemovesRowAndFiles(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	id := p.uploaded()
	if r := p.do(http.MethodDelete, "/v1/jobs/"+id, nil); r.StatusCode != http.StatusNoContent {
		t.Fatalf("status %d: %s", r.StatusCode, r.body)
	}
	p.do(http.MethodGet, "/v1/jobs/"+id, nil).wantProblem(t, http.StatusNotFound, "not_found")
	p.do(http.MethodDelete, "/v1/jobs/"+id, nil).wantProblem(t, http.StatusNotFound, "not_found")
	h.wantNoFiles(p)
}

// wantNoFiles checks that nothing of a user lies in the bucket.
func (h *house) wantNoFiles(p person) {
	h.t.Helper()
	h.wantFilesOf(p, 0)
}

// wantFilesOf checks that files of so many jobs of a user lie in the bucket.
func (h *house) wantFilesOf(p person, jobs int) {
	h.t.Helper()
	entries, err := h.bucket.List(h.t.Context(), storage.UserFolder(p.id))
	if err != nil || len(entries) != jobs {
		h.t.Errorf("in the bucket are %v of %d jobs, %v", entries, jobs, err)
	}
}
