package ingest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/storage"
)

// person is a signed-in user at the door.
type person struct {
	*house
	id    job.UserID
	token string
}

func (h *house) person() person {
	h.t.Helper()
	id := job.UserID{UUID: uuid.New()}
	return person{house: h, id: id, token: mint(h.t, auth.RoleAuthenticated, id, time.Hour)}
}

// reply is an answer, read to its end.
type reply struct {
	*http.Response
	body []byte
}

// do sends a request; headers are pairs of name and value.
func (p person) do(method, path string, body io.Reader, headers ...string) reply {
	p.t.Helper()
	return p.house.do(method, path, body, append([]string{"Authorization", "Bearer " + p.token}, headers...)...)
}

func (h *house) do(method, path string, body io.Reader, headers ...string) reply {
	h.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, h.url+path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		h.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatalf("%s %s: read answer: %v", method, path, err)
	}
	hold(h.t, req, resp, text)
	return reply{resp, text}
}

// post sends JSON.
func (p person) post(path, body string, headers ...string) reply {
	p.t.Helper()
	return p.do(http.MethodPost, path, strings.NewReader(body), append([]string{"Content-Type", "application/json"}, headers...)...)
}

// field is one field of a form; one with a file name is a file.
type field struct{ name, file, text string }

func form(fields ...field) (body []byte, contentType string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range fields {
		create := w.CreateFormField
		if f.file != "" {
			create = func(name string) (io.Writer, error) { return w.CreateFormFile(name, f.file) }
		}
		part, _ := create(f.name)
		_, _ = io.WriteString(part, f.text)
	}
	_ = w.Close()
	return b.Bytes(), w.FormDataContentType()
}

func (p person) uploadForm(fields ...field) reply {
	p.t.Helper()
	body, kind := form(fields...)
	return p.do(http.MethodPost, "/v1/upload", bytes.NewReader(body), "Content-Type", kind)
}

// monthly is a file of two columns that needs no questions.
func monthly() string {
	var b strings.Builder
	b.WriteString("Month,Passengers\n")
	for i := range 48 {
		fmt.Fprintf(&b, "%d-%02d,%d\n", 2019+i/12, i%12+1, 100+i+10*(i%12))
	}
	return b.String()
}

// uploaded uploads the monthly file and returns the job's id.
func (p person) uploaded(extra ...field) string {
	p.t.Helper()
	r := p.uploadForm(append([]field{{"file", "air passengers.csv", monthly()}}, extra...)...)
	if r.StatusCode != http.StatusCreated {
		p.t.Fatalf("upload: status %d: %s", r.StatusCode, r.body)
	}
	return r.text(p.t, "job_id")
}

// complete runs what is queued as a processor does: files first, then the
// fenced completion. It returns the run.
func (h *house) complete(output string) job.Claim {
	h.t.Helper()
	ctx := context.Background()
	claims, err := h.db.Claim(ctx, "test processor", 1, 0)
	if err != nil || len(claims) != 1 {
		h.t.Fatalf("claim: %v, %v", claims, err)
	}
	c := claims[0]
	for name, text := range map[string]string{"output.json": output, "forecast.csv": "unique_id,ds,yhat\n", "forecast.png": "\x89PNG"} {
		key, err := storage.RunFile(c.UserID, c.ID, c.RunID, c.Fence, name)
		if err == nil {
			err = h.bucket.Upload(ctx, key, strings.NewReader(text), storage.UploadOptions{ContentType: "application/json", Upsert: true})
		}
		if err != nil {
			h.t.Fatal(err)
		}
	}
	o := job.Outcome{
		Folder: storage.RunFolder(c.UserID, c.ID, c.RunID, c.Fence).String(), OutputPath: storage.Folder(c.UserID, c.ID).String() + "/output.json",
		Checksums: map[string]string{"output.json": "aa", "forecast.csv": "bb"}, ModelUsed: "naive", Metrics: json.RawMessage(`{}`),
	}
	if err := h.db.Complete(ctx, []job.Completion{{Claim: c, Outcome: o}}, func(context.Context, job.Claim) error { return nil })[0]; err != nil {
		h.t.Fatal(err)
	}
	return c
}

// text is a member of a JSON answer as text.
func (r reply) text(t testing.TB, member string) string {
	t.Helper()
	return fmt.Sprint(r.json(t)[member])
}

func (r reply) json(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(r.body, &v); err != nil {
		t.Fatalf("status %d, not a JSON object: %v: %s", r.StatusCode, err, r.body)
	}
	return v
}

// wantProblem checks that an answer is the problem with this code, whole.
func (r reply) wantProblem(t testing.TB, status int, code string) {
	t.Helper()
	if r.StatusCode != status || r.Header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("status %d (%s), want problem %s with status %d: %s", r.StatusCode, r.Header.Get("Content-Type"), code, status, r.body)
	}
	p := r.json(t)
	if p["code"] != code || p["type"] != "/problems/"+code || p["status"] != float64(status) {
		t.Fatalf("got %s, want code %s with status %d", r.body, code, status)
	}
	for _, member := range []string{"title", "detail", "instance", "hint", "trace_id"} {
		if s, _ := p[member].(string); s == "" {
			t.Errorf("problem %s has no %s: %s", code, member, r.body)
		}
	}
}
