package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/ingest"
	"github.com/pgcast/pgcast/internal/job"
)

// another opens a second door to the same rooms.
func (p person) another() person {
	p.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		p.t.Fatal(err)
	}
	serve(p.t, ingest.New(p.server.Config), l)
	other := *p.house
	other.url = "http://" + l.Addr().String()
	return person{house: &other, id: p.id, token: p.token}
}

// together sends the same request 50 times at once, by two doors, and returns
// the answers.
func together(p person, send func(person) reply) []reply {
	doors := []person{p, p.another()}
	answers := make([]reply, 50)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			// A door waits 5 s for the first to answer; on a slow machine it is asked again.
			for answers[i] = send(doors[i%2]); answers[i].StatusCode == http.StatusConflict; {
				answers[i] = send(doors[i%2])
			}
		})
	}
	all.Wait()
	return answers
}

// wantOne checks that 50 answers are one, of which 49 were replayed.
func wantOne(t *testing.T, answers []reply, status int) reply {
	t.Helper()
	replayed := 0
	for _, r := range answers {
		if r.StatusCode != status || string(r.body) != string(answers[0].body) || r.Header.Get("Location") != answers[0].Header.Get("Location") {
			t.Fatalf("status %d: %s\nwhere another was answered %d: %s", r.StatusCode, r.body, answers[0].StatusCode, answers[0].body)
		}
		if r.Header.Get("Idempotency-Replayed") == "true" {
			replayed++
		}
	}
	if replayed != len(answers)-1 {
		t.Errorf("%d of %d answers were replayed", replayed, len(answers))
	}
	return answers[0]
}

func TestFiftyUploadsWithOneKeyMakeOneJob(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	body, kind := form(field{"file", "a.csv", monthly()}, field{"forecast", "", `{"horizon": 3}`})
	upload := func(p person) reply {
		return p.do(http.MethodPost, "/v1/upload", strings.NewReader(string(body)), "Content-Type", kind, "Idempotency-Key", `"upload-1"`)
	}
	first := wantOne(t, together(p, upload), http.StatusCreated)
	wantOneJob(t, p, first.text(t, "job_id"))

	again := upload(p) // the body is read, and not stored
	if again.StatusCode != http.StatusCreated || string(again.body) != string(first.body) || again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("later: status %d, %s", again.StatusCode, again.body)
	}
	other, kindOfOther := form(field{"file", "a.csv", monthly() + "2023-01,7\n"}, field{"forecast", "", `{"horizon": 3}`})
	p.do(http.MethodPost, "/v1/upload", strings.NewReader(string(other)), "Content-Type", kindOfOther, "Idempotency-Key", "upload-1").
		wantProblem(t, http.StatusUnprocessableEntity, "idempotency_mismatch")
	wantOneJob(t, p, first.text(t, "job_id"))

	if r := upload(h.person()); r.StatusCode != http.StatusCreated || r.text(t, "job_id") == first.text(t, "job_id") {
		t.Errorf("the key of another user is another key: status %d: %s", r.StatusCode, r.body)
	}
}

func wantOneJob(t *testing.T, p person, id string) {
	t.Helper()
	jobs := p.do(http.MethodGet, "/v1/jobs", nil).json(t)["data"].([]any)
	if len(jobs) != 1 || jobs[0].(map[string]any)["job_id"] != id {
		t.Errorf("%d jobs: %v", len(jobs), jobs)
	}
	p.wantFilesOf(p, 1)
}

func TestFiftyForecastsWithOneKeyMakeOneRun(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	id := p.uploaded()
	key := uuid.NewString()
	ask := func(p person) reply {
		return p.post("/v1/forecast", `{"job_id": "`+id+`", "horizon": 3}`, "Idempotency-Key", key)
	}
	first := wantOne(t, together(p, ask), http.StatusAccepted)
	h.complete(`{"series": []}`)
	if r := ask(p); r.text(t, "forecast_id") != first.text(t, "forecast_id") || r.text(t, "status") != "pending" {
		t.Errorf("a finished run is not asked for again: status %d: %s", r.StatusCode, r.body)
	}
	if r := p.post("/v1/forecast", `{"horizon":3,  "job_id": "`+id+`"}`, "Idempotency-Key", key, "Prefer", "wait=5"); r.StatusCode != http.StatusOK ||
		r.text(t, "status") != "completed" || r.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the same request in another spelling that waits: status %d: %s", r.StatusCode, r.body)
	}
	for _, body := range []string{`{"job_id": "` + id + `", "horizon": 4}`, `{"job_id": "` + p.uploaded() + `", "horizon": 3}`} {
		p.post("/v1/forecast", body, "Idempotency-Key", key).wantProblem(t, http.StatusUnprocessableEntity, "idempotency_mismatch")
	}
	p.post("/v1/jobs/"+id+"/reprocess", `{"horizon": 3}`, "Idempotency-Key", key).wantProblem(t, http.StatusUnprocessableEntity, "idempotency_mismatch")

	again := func(p person) reply {
		return p.post("/v1/jobs/"+id+"/reprocess", `{"horizon": 5}`, "Idempotency-Key", "again")
	}
	if r := wantOne(t, together(p, again), http.StatusAccepted); r.text(t, "forecast_id") == first.text(t, "forecast_id") {
		t.Errorf("reprocess is no new run: %s", r.body)
	}
	var runs int
	if err := h.db.Pool().QueryRow(t.Context(), `select count(*) from public.job_runs where job_id = $1`, id).Scan(&runs); err != nil || runs != 2 {
		t.Errorf("%d runs, %v", runs, err)
	}
}

func TestARefusedRequestDoesNotUseItsKey(t *testing.T) {
	t.Parallel()
	p := setup(t).person()
	id := p.uploaded()
	p.post("/v1/forecast", `{"job_id": "`+id+`", "target": "Price"}`, "Idempotency-Key", "k").wantProblem(t, http.StatusUnprocessableEntity, "column_not_found")
	if r := p.post("/v1/forecast", `{"job_id": "`+id+`"}`, "Idempotency-Key", "k"); r.StatusCode != http.StatusAccepted {
		t.Errorf("corrected: status %d: %s", r.StatusCode, r.body)
	}
	for _, key := range []string{`"`, "two words", strings.Repeat("x", 256), "ü"} {
		p.post("/v1/forecast", `{"job_id": "`+id+`"}`, "Idempotency-Key", key).wantProblem(t, http.StatusBadRequest, "invalid_parameter")
	}
}

func TestAnExpiredKeyIsNew(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	upload := func(text string) reply {
		body, kind := form(field{"file", "a.csv", text})
		return p.do(http.MethodPost, "/v1/upload", strings.NewReader(string(body)), "Content-Type", kind, "Idempotency-Key", "k")
	}
	first := upload(monthly())
	h.db.Exec(t, `update pgcast.answers set expires_at = now() - interval '1 second'`)
	if second := upload(monthly() + "2023-01,7\n"); second.StatusCode != http.StatusCreated || second.text(t, "job_id") == first.text(t, "job_id") {
		t.Errorf("status %d: %s", second.StatusCode, second.body)
	}
}

// A door that dies while it answers leaves nothing of the key or of the run; one
// that only hangs makes the others wait, and then say so.
func TestAKeyDoesNotOutliveACrash(t *testing.T) {
	t.Parallel()
	h := setup(t)
	p := h.person()
	id := p.uploaded()
	jobID, _ := job.ParseID(id)
	key := job.Key{Text: "k", Fingerprint: []byte("of another request")}
	crash := errors.New("the door dies here")
	body, kind := form(field{"file", "a.csv", monthly()})
	err := h.db.Together(t.Context(), func(ctx context.Context) error {
		_, used, err := h.db.Recall(ctx, p.id, key)
		if err != nil || used {
			return fmt.Errorf("used: %v, %w", used, err)
		}
		if _, err := h.db.Request(ctx, p.id, jobID, nil); err != nil {
			return err
		}
		p.do(http.MethodPost, "/v1/upload", strings.NewReader(string(body)), "Content-Type", kind, "Idempotency-Key", "k").
			wantProblem(t, http.StatusConflict, "idempotency_in_progress")
		return crash
	})
	if !errors.Is(err, crash) {
		t.Fatal(err)
	}
	if r := p.do(http.MethodGet, "/v1/jobs/"+id, nil); r.text(t, "forecast_id") != "" {
		t.Errorf("the run outlived the crash: %s", r.body)
	}
	r := p.post("/v1/forecast", `{"job_id": "`+id+`"}`, "Idempotency-Key", "k")
	if r.StatusCode != http.StatusAccepted || r.Header.Get("Idempotency-Replayed") != "" {
		t.Errorf("after the crash: status %d: %s", r.StatusCode, r.body)
	}
}
