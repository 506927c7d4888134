package ingest_test

import (
	"net/http"
	"testing"
)

func TestIfMatchRefusesAJobThatHasChanged(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	id := p.uploaded()
	self := "/v1/jobs/" + id
	old := p.do(http.MethodGet, self, nil).Header.Get("ETag")
	if r := p.post("/v1/forecast", `{"job_id": "`+id+`", "horizon": 3}`, "If-Match", old); r.StatusCode != http.StatusAccepted {
		t.Fatalf("as it was: status %d: %s", r.StatusCode, r.body)
	}
	for _, tag := range []string{old, `"999"`, `W/` + old, `"nonsense"`, `"1", "999"`} {
		p.post("/v1/forecast", `{"job_id": "`+id+`"}`, "If-Match", tag).wantProblem(t, http.StatusPreconditionFailed, "precondition_failed")
		p.post(self+"/reprocess", ``, "If-Match", tag).wantProblem(t, http.StatusPreconditionFailed, "precondition_failed")
		p.post(self+"/cancel", ``, "If-Match", tag).wantProblem(t, http.StatusPreconditionFailed, "precondition_failed")
		p.do(http.MethodDelete, self, nil, "If-Match", tag).wantProblem(t, http.StatusPreconditionFailed, "precondition_failed")
	}
	now := p.do(http.MethodGet, self, nil)
	if now.text(t, "status") != "pending" || now.Header.Get("ETag") == old {
		t.Errorf("after the refusals: %s, %s", now.Header.Get("ETag"), now.body)
	}
	if r := p.post(self+"/cancel", ``, "If-Match", `"0", `+now.Header.Get("ETag")); r.StatusCode != http.StatusAccepted {
		t.Errorf("cancel with the right one of two: status %d: %s", r.StatusCode, r.body)
	}
	if r := p.do(http.MethodDelete, self, nil, "If-Match", "*"); r.StatusCode != http.StatusNoContent {
		t.Errorf("delete whatever it is: status %d: %s", r.StatusCode, r.body)
	}
	h.wantNoFiles(p)
	p.do(http.MethodDelete, self, nil, "If-Match", "*").wantProblem(t, http.StatusNotFound, "not_found")
}

// While a processor runs a job, its request stands; when it has ended there is
// nothing to stop.
func TestAStateThatDoesNotAllowIt(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	id := p.uploaded(field{"forecast", "", `{}`})
	if _, err := h.db.Claim(t.Context(), "test processor", 1, 0); err != nil {
		t.Fatal(err)
	}
	p.post("/v1/forecast", `{"job_id": "`+id+`"}`).wantProblem(t, http.StatusConflict, "state_conflict")
	p.post("/v1/jobs/"+id+"/reprocess", ``).wantProblem(t, http.StatusConflict, "state_conflict")

	done := p.uploaded(field{"forecast", "", `{}`})
	h.complete(`{"series": []}`)
	p.post("/v1/jobs/"+done+"/cancel", ``).wantProblem(t, http.StatusConflict, "state_conflict")
}
