package localstorage

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// resumable are the headers that begin an upload of so many bytes.
func resumable(key string, length int, more ...string) []string {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	metadata := "bucketName " + b64(uploads) + ",objectName " + b64(key) + ",contentType " + b64("text/csv") + ",cacheControl " + b64("3600") + ",metadata " + b64(`{"a":1}`)
	return append([]string{"Tus-Resumable", "1.0.0", "Upload-Length", strconv.Itoa(length), "Upload-Metadata", metadata}, more...)
}

func chunk(offset int, more ...string) []string {
	return append([]string{"Tus-Resumable", "1.0.0", "Upload-Offset", strconv.Itoa(offset), "Content-Type", "application/offset+octet-stream"}, more...)
}

// begin makes an upload and returns its path behind /storage/v1.
func (b bundle) begin(token, key string, length int, more ...string) string {
	b.Helper()
	at := "/upload/resumable"
	if token == "" {
		at += "/sign"
	}
	got := b.ask("POST", at, token, "", resumable(key, length, more...)...)
	location := got.header.Get("Location")
	path, found := strings.CutPrefix(location, b.http.URL+"/storage/v1")
	if got.status != http.StatusCreated || !found || got.header.Get("Upload-Expires") == "" {
		b.Fatalf("create: got %d %s, Location %q", got.status, got.body, location)
	}
	return path
}

func TestAResumableUploadGoesOnWhereItBroke(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := setupIn(t, dir)
	mine, key := user(t, alice), aliceKey()
	body := strings.Repeat("0123456789", 50_000)
	path := b.begin(mine, key, len(body))
	first := b.ask("PATCH", path, mine, body[:200_000], chunk(0)...)
	if first.status != http.StatusNoContent || first.header.Get("Upload-Offset") != "200000" || first.header.Get("Tus-Resumable") != "1.0.0" {
		t.Fatalf("first chunk: got %d %s %v", first.status, first.body, first.header)
	}
	// A body that breaks off leaves what came of it.
	req, err := http.NewRequest("PATCH", b.http.URL+"/storage/v1"+path, io.MultiReader(strings.NewReader(body[200_000:300_000]), cut{}))
	if err != nil {
		t.Fatal(err)
	}
	for h := chunk(200_000, "Authorization", "Bearer "+mine); len(h) > 0; h = h[2:] {
		req.Header.Set(h[0], h[1])
	}
	if res, err := b.http.Client().Do(req); err == nil {
		res.Body.Close()
		t.Errorf("a chunk that broke off was answered %s", res.Status)
	}
	if got := b.ask("GET", "/object/forecast-uploads/"+key, mine, ""); got.status == http.StatusOK {
		t.Error("a part is an object")
	}
	b.stop()

	b = setupIn(t, dir) // the upload outlives the server
	head := b.ask("HEAD", path, "", "", "Tus-Resumable", "1.0.0")
	offset, err := strconv.Atoi(head.header.Get("Upload-Offset"))
	if err != nil || offset < 200_000 || offset > 300_000 || head.header.Get("Upload-Length") != strconv.Itoa(len(body)) || head.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("HEAD: got %d %v", head.status, head.header)
	}
	if got := b.ask("PATCH", path, mine, "x", chunk(offset+1)...); got.status != http.StatusConflict {
		t.Errorf("at another offset: got %d %s", got.status, got.body)
	}
	if got := b.ask("PATCH", path, mine, body[offset:], chunk(offset)...); got.status != http.StatusNoContent || got.header.Get("Upload-Offset") != strconv.Itoa(len(body)) {
		t.Fatalf("last chunk: got %d %s", got.status, got.body)
	}
	got := b.ask("GET", "/object/forecast-uploads/"+key, mine, "").want(t)
	if got.body != body || got.header.Get("Content-Type") != "text/csv" || got.header.Get("Cache-Control") != "max-age=3600" {
		t.Errorf("got %d bytes, %v", len(got.body), got.header)
	}
	if info := b.ask("GET", "/object/info/forecast-uploads/"+key, mine, "").want(t).fields(t); info["metadata"] == nil {
		t.Errorf("info: %v", info)
	}
	if got := b.ask("HEAD", path, "", "", "Tus-Resumable", "1.0.0"); got.status != http.StatusNotFound {
		t.Errorf("afterwards: got %d", got.status)
	}
	if left, err := os.ReadDir(filepath.Join(dir, uploadsDir)); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	b.wantNoTemp()
}

type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// Resumable uploads answer with true statuses, in plain text.
func TestResumableUploadsAreRefusedAsBySupabase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine, theirs, key := user(t, alice), user(t, bob), aliceKey()
	b.ask("POST", "/object/forecast-uploads/"+alice+"/there.csv", serviceKey, "x").want(t)
	b.ask("POST", "/bucket", serviceKey, `{"id":"small","name":"small","file_size_limit":4,"allowed_mime_types":["image/*"]}`).want(t)
	in := func(bucket string) []string {
		h := resumable("a.csv", 3)
		h[5] = strings.Replace(h[5], base64.StdEncoding.EncodeToString([]byte(uploads)), base64.StdEncoding.EncodeToString([]byte(bucket)), 1)
		return h
	}
	path := b.begin(mine, key, 10)
	for name, c := range map[string]struct {
		method, path, token, body string
		header                    []string
		status                    int
	}{
		"without the protocol":  {"POST", "/upload/resumable", mine, "", []string{"Upload-Length", "3"}, 412},
		"without a length":      {"POST", "/upload/resumable", mine, "", []string{"Tus-Resumable", "1.0.0"}, 400},
		"without a name":        {"POST", "/upload/resumable", mine, "", []string{"Tus-Resumable", "1.0.0", "Upload-Length", "3"}, 400},
		"without a token":       {"POST", "/upload/resumable", "", "", resumable(key, 3), 400},
		"with a forged token":   {"POST", "/upload/resumable", "words", "", resumable(key, 3), 403},
		"another's folder":      {"POST", "/upload/resumable", theirs, "", resumable(key, 3), 403},
		"anon":                  {"POST", "/upload/resumable", anonKey, "", resumable(key, 3), 403},
		"a result":              {"POST", "/upload/resumable", mine, "", resumable(alice+"/j/output.json", 3), 403},
		"a run's folder":        {"POST", "/upload/resumable", mine, "", resumable(alice+"/j/runs/x", 3), 403},
		"what is there":         {"POST", "/upload/resumable", mine, "", resumable(alice+"/there.csv", 3), 409},
		"there, upsert by user": {"POST", "/upload/resumable", mine, "", resumable(alice+"/there.csv", 3, "x-upsert", "true"), 403},
		"no bucket":             {"POST", "/upload/resumable", serviceKey, "", in("nope"), 404},
		"type":                  {"POST", "/upload/resumable", serviceKey, "", in("small"), 415},
		"too large":             {"POST", "/upload/resumable", mine, "", resumable(key, 1<<20+1), 413},
		"dots":                  {"POST", "/upload/resumable", serviceKey, "", resumable("../x", 3), 400},
		"chunk of a stranger":   {"PATCH", path, theirs, "0123", chunk(0), 403},
		"chunk of nobody":       {"PATCH", path, "", "0123", chunk(0), 400},
		"chunk of another type": {"PATCH", path, mine, "0123", []string{"Tus-Resumable", "1.0.0", "Upload-Offset", "0", "Content-Type", "text/csv"}, 415},
		"chunk too long":        {"PATCH", path, mine, "0123456789x", chunk(0), 413},
		"chunk without offset":  {"PATCH", path, mine, "0123", []string{"Tus-Resumable", "1.0.0", "Content-Type", "application/offset+octet-stream"}, 400},
		"chunk of nothing":      {"PATCH", "/upload/resumable/AAAA", mine, "0123", chunk(0), 404},
		"id out of the folder":  {"PATCH", "/upload/resumable/" + base64.RawURLEncoding.EncodeToString([]byte("b/k/../../lock")), mine, "0123", chunk(0), 404},
		"id of another key":     {"HEAD", "/upload/resumable/" + base64.RawURLEncoding.EncodeToString([]byte("b/k/"+versionOf(path[strings.LastIndex(path, "/")+1:]))), "", "", []string{"Tus-Resumable", "1.0.0"}, 404},
		"removal by a stranger": {"DELETE", path, theirs, "", []string{"Tus-Resumable", "1.0.0"}, 403},
		"unsigned":              {"POST", "/upload/resumable/sign", "", "", resumable(key, 3), 400},
		"signed with a token":   {"POST", "/upload/resumable/sign", "", "", resumable(key, 3, "x-signature", mine), 400},
	} {
		got := b.ask(c.method, c.path, c.token, c.body, c.header...)
		if got.status != c.status || strings.Contains(got.body, b.dir) || strings.HasPrefix(got.body, "{") {
			t.Errorf("%s: got %d %s, want %d", name, got.status, got.body, c.status)
		}
	}
	if got := b.ask("HEAD", path, "", "", "Tus-Resumable", "1.0.0"); got.header.Get("Upload-Offset") != "0" {
		t.Errorf("after all this: %v", got.header)
	}
	if got := b.ask("DELETE", path, mine, "", "Tus-Resumable", "1.0.0"); got.status != http.StatusNoContent {
		t.Errorf("removal: got %d %s", got.status, got.body)
	}
	if got := b.ask("OPTIONS", "/upload/resumable", "", ""); got.status != http.StatusNoContent || got.header.Get("Tus-Max-Size") != "1048576" || !strings.Contains(got.header.Get("Tus-Extension"), "creation") {
		t.Errorf("OPTIONS: got %d %v", got.status, got.header)
	}
}

func TestResumableUploadsAtOnceAndSigned(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine := user(t, alice)
	whole := b.ask("POST", "/upload/resumable", mine, "abc", resumable(alice+"/whole.csv", 3, "Content-Type", "application/offset+octet-stream")...)
	if whole.status != http.StatusCreated || whole.header.Get("Upload-Offset") != "3" {
		t.Errorf("with its bytes: got %d %s", whole.status, whole.body)
	}
	b.ask("POST", "/upload/resumable", mine, "", resumable(alice+"/empty.csv", 0)...)
	for key, want := range map[string]string{"whole.csv": "abc", "empty.csv": ""} {
		if got := b.ask("GET", "/object/forecast-uploads/"+alice+"/"+key, mine, "").want(t); got.body != want {
			t.Errorf("%s: got %q", key, got.body)
		}
	}
	key := aliceKey()
	token, _ := b.ask("POST", "/object/upload/sign/forecast-uploads/"+key, mine, "{}").want(t).fields(t)["token"].(string)
	path := b.begin("", key, 3, "x-signature", token)
	if got := b.ask("PATCH", path, "", "abc", chunk(0, "x-signature", token)...); got.status != http.StatusNoContent || !strings.Contains(path, "/sign/") {
		t.Errorf("signed: got %d %s", got.status, got.body)
	}
	// Replacing is for the service role.
	over := b.begin(serviceKey, key, 3, "x-upsert", "true")
	if got := b.ask("PATCH", over, serviceKey, "new", chunk(0, "x-upsert", "true")...); got.status != http.StatusNoContent {
		t.Errorf("upsert: got %d %s", got.status, got.body)
	}
	if got := b.ask("GET", "/object/forecast-uploads/"+key, mine, "").want(t); got.body != "new" {
		t.Errorf("after the upsert: %q", got.body)
	}
}

func TestResumableUploadsExpire(t *testing.T) {
	t.Parallel()
	b := setup(t)
	path := b.begin(serviceKey, "a.csv", 3)
	version := versionOf(path[strings.LastIndex(path, "/")+1:])
	file := filepath.Join(b.dir, uploadsDir, version+ticketSuffix)
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var tk ticket
	if err := json.Unmarshal(raw, &tk); err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-resumableLife - time.Hour)
	tk.Expires = past
	if raw, err = json.Marshal(tk); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := b.ask("PATCH", path, serviceKey, "abc", chunk(0)...); got.status != http.StatusNotFound {
		t.Errorf("an expired upload: got %d %s", got.status, got.body)
	}
	for _, name := range []string{file, strings.TrimSuffix(file, ticketSuffix)} {
		if err := os.Chtimes(name, past, past); err != nil {
			t.Fatal(err)
		}
	}
	b.begin(serviceKey, "b.csv", 3)
	if left, err := os.ReadDir(filepath.Join(b.dir, uploadsDir)); err != nil || len(left) != 2 {
		t.Errorf("not swept: %v, %v", left, err)
	}
}
