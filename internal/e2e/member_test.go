package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgcast/pgcast/internal/job"
)

// member is a user of the API.
type member struct {
	id    job.UserID
	token string // "" to show none
	url   func() string
}

// call sends one request and returns the answer with its whole body.
func (m *member) call(t *testing.T, method, path string, body io.Reader, header ...string) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, m.url()+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if m.token != "" {
		r.Header.Set("Authorization", "Bearer "+m.token)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(r) // a redirect is an answer
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return res, text
}

// json sends one request that has to succeed and reads the answer into v.
func (m *member) json(t *testing.T, method, path string, body io.Reader, v any, header ...string) {
	t.Helper()
	res, text := m.call(t, method, path, body, header...)
	if res.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %s: %s", method, path, res.Status, text)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("%s %s: %v: %s", method, path, err, text)
	}
}

// upload stores a file; request is the forecast to queue at once, "" for none.
func (m *member) upload(t *testing.T, path, request string) job.ID {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if request != "" {
		err = form.WriteField("forecast", request)
	}
	part, failed := form.CreateFormFile("file", filepath.Base(path))
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	if _, err := part.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	var made struct {
		JobID job.ID `json:"job_id"`
	}
	m.json(t, http.MethodPost, "/v1/upload", &body, &made, "Content-Type", form.FormDataContentType())
	return made.JobID
}

// forecast asks for a forecast of an upload and waits for the finished job.
func (m *member) forecast(t *testing.T, id job.ID) job.Job {
	t.Helper()
	var j job.Job
	m.json(t, http.MethodPost, "/v1/forecast", strings.NewReader(`{"job_id": "`+id.String()+`"}`), &j, "Prefer", "wait=20")
	for !j.Status.Terminal() {
		m.json(t, http.MethodGet, "/v1/jobs/"+id.String(), nil, &j)
	}
	if j.Status != job.Completed {
		t.Fatalf("the job is %s: %s", j.Status, j.ErrorMessage)
	}
	return j
}

// file downloads a file of a job.
func (m *member) file(t *testing.T, id job.ID, name string) []byte {
	t.Helper()
	path := "/v1/jobs/" + id.String() + "/files/" + name
	res, text := m.call(t, http.MethodGet, path, nil)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s: %s", path, res.Status, text)
	}
	return text
}
