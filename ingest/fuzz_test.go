package ingest_test

import (
	"bytes"
	"net/http"
	"testing"
)

// Whatever the body is, the answer is a success or a problem that is the
// client's own, and a refused upload leaves nothing behind.
func FuzzUpload(f *testing.F) {
	h := setup(f)
	const head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"
	for _, body := range []string{
		head + "day,y\n2020-01-01,1\n2020-01-02,2\n\r\n--b--\r\n",
		head + "\x1f\x8b\x08\x00\r\n--b--\r\n",
		head + "\"\r\n--b\r\nContent-Disposition: form-data; name=forecast\r\n\r\n{\"horizon\": 3}\r\n--b--\r\n",
		"--b\r\nContent-Disposition: form-data; name=forecast\r\n\r\n{\"target\": \"\\u0000\\ud800\"}\r\n" + head + "a\n1\n\r\n--b--",
		"--b\r\n\r\n\r\n--b--", "--b--", "", "\r\n--b\r\nX\r\n",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p := h.on(t).person()
		r := p.do(http.MethodPost, "/v1/upload", bytes.NewReader(body), "Content-Type", "multipart/form-data; boundary=b")
		r.wantHonest(t, h)
		if r.StatusCode >= http.StatusBadRequest {
			p.wantNoFiles(p)
		}
	})
}

// The word JOB in a body stands for the id of a job that is there.
func FuzzForecast(f *testing.F) {
	h := setup(f)
	p := h.person()
	id := p.uploaded()
	for _, body := range []string{
		`{"job_id": "JOB"}`, `{"job_id": "JOB", "horizon": 12, "target": ["Passengers"], "levels": [80]}`,
		`{"job_id": "JOB", "time_column": "Month", "bounds": {"lower": 0}, "seed": 18446744073709551615}`,
		`{"job_id": "JOB", "frequency": "5YS", "horizon": {"until": "9999-12-31"}}`, `{"job_id": "JOB", "target": "\u0000\ud800"}`,
		`{"job_id": "JOB", "deadline_seconds": 1e308, "horizon": 1e2}`, `{"": 1, "job_id": null}`, `[`, `{"job_id": "JOB"}{}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		body = bytes.ReplaceAll(body, []byte("JOB"), []byte(id))
		p := person{house: h.on(t), id: p.id, token: p.token}
		for _, path := range []string{"/v1/forecast", "/v1/forecast?dry_run=1", "/v1/jobs/" + id + "/reprocess"} {
			p.do(http.MethodPost, path, bytes.NewReader(body), "Content-Type", "application/json").wantHonest(t, h)
		}
	})
}

// on is the same house in another test.
func (h *house) on(t testing.TB) *house {
	other := *h
	other.t = t
	return &other
}

// wantHonest checks that an answer is no server error, and whole.
func (r reply) wantHonest(t *testing.T, h *house) {
	t.Helper()
	if r.StatusCode >= http.StatusInternalServerError {
		t.Errorf("status %d: %s\n%s", r.StatusCode, r.body, h.log)
	}
	if r.StatusCode >= http.StatusBadRequest {
		r.wantProblem(t, r.StatusCode, r.text(t, "code"))
	}
}
