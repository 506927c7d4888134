package ingest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/dataset"
	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/forecast"
	"github.com/pgcast/pgcast/ingest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/engine"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/localstorage"
	"github.com/pgcast/pgcast/internal/service"
	"github.com/pgcast/pgcast/internal/storage"
)

var secret = []byte("a secret of at least 32 characters, for tests")

// house is a door with real rooms behind it: Postgres, storage over HTTP,
// tokens.
type house struct {
	t      testing.TB
	url    string
	db     *dbtest.DB
	bucket *storage.Bucket
	log    *logged
	server *ingest.Server
}

// logged collects the log of a door.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func setup(t testing.TB, change ...func(*ingest.Config)) *house {
	t.Helper()
	h := &house{t: t, db: dbtest.New(t), bucket: newBucket(t), log: &logged{}}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log:\n%s", h.log)
		}
	})
	c := ingest.Config{
		Jobs: h.db, Files: files{h.bucket}, Authenticate: authenticate(t), Scan: scan, Resolve: resolve, Code: code,
		Models: append([]string{"auto"}, forecast.Models()...), Page: page, MaxUploadBytes: 4 << 20, DrainTimeout: 5 * time.Second,
		Log: slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	for _, f := range change {
		f(&c)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.server, h.url = ingest.New(c), "http://"+l.Addr().String()
	serve(t, h.server, l)
	return h
}

// mounted is a door behind a net/http port, as `up` and `serve` have it.
func mounted(t testing.TB, change ...func(*ingest.Config)) *house {
	t.Helper()
	h := setup(t, change...)
	mount := service.NewMount(service.Answers{Away: http.NotFoundHandler(), Broken: http.NotFoundHandler(), Slow: http.NotFoundHandler()}, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = mount.Close() })
	serve(t, ingest.New(h.server.Config), mount.Listener())
	front := httptest.NewServer(mount)
	t.Cleanup(front.Close)
	h.url = front.URL
	return h
}

// serve runs a server on l until the test ends.
func serve(t testing.TB, s *ingest.Server, l net.Listener) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, l) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the server did not stop cleanly: %v", err)
		}
	})
}

func newBucket(t testing.TB) *storage.Bucket {
	t.Helper()
	key := mint(t, auth.RoleService, job.UserID{}, time.Hour)
	server, err := localstorage.New(localstorage.Config{Dir: t.TempDir(), JWTSecret: secret, ServiceKey: key, Ephemeral: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(http.StripPrefix("/storage/v1", server))
	t.Cleanup(func() { http.DefaultClient.CloseIdleConnections(); front.Close() })
	b := storage.New(storage.Config{URL: front.URL + "/storage/v1", Key: key, Bucket: "forecast-uploads"})
	if err := b.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

func mint(t testing.TB, role string, user job.UserID, life time.Duration) string {
	t.Helper()
	now := time.Now()
	token, err := auth.Mint(secret, auth.Claims{Role: role, User: user, Issued: now.Add(-2 * time.Hour), Expires: now.Add(life)})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func authenticate(t testing.TB) func(context.Context, string) (ingest.User, error) {
	v, err := auth.NewVerifier(auth.Config{Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return func(ctx context.Context, token string) (ingest.User, error) {
		u, err := v.Verify(ctx, token)
		return ingest.User{ID: u.ID, Role: u.Role}, err
	}
}

func scan(ctx context.Context, r io.Reader) (*dataset.Profile, error) {
	return dataset.Scan(ctx, r, dataset.DefaultLimits)
}

func resolve(spec job.Spec, d job.Detail) (any, error) {
	var p dataset.Profile
	for text, into := range map[*json.RawMessage]any{&d.Profile: &p} {
		if err := json.Unmarshal(*text, into); err != nil {
			return nil, err
		}
	}
	err := errors.Join(json.Unmarshal(d.Columns, &p.Columns), json.Unmarshal(d.TimeCandidates, &p.TimeCandidates), json.Unmarshal(d.Preview, &p.Preview))
	if err != nil {
		return nil, err
	}
	return engine.Resolve(spec, &p)
}

func code(err error) string {
	switch {
	case errors.Is(err, storage.ErrRange):
		return "range_not_satisfiable"
	case errors.Is(err, storage.ErrUnavailable):
		return "storage_unavailable"
	}
	return ""
}

// page is a small page with one file of each kind.
var page = fstest.MapFS{
	"index.html": {Data: []byte("<!doctype html><title>pgcast</title>" + strings.Repeat("<p>a page</p>", 100))},
	"js/main.js": {Data: []byte("export {}")},
}

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
