package localstorage

import (
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatAKilledServerLeftIsSweptAndTheRestIsThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := setupIn(t, dir)
	first.ask("POST", "/object/forecast-uploads/a/b.csv", serviceKey, "kept", "Content-Type", "text/csv").want(t)
	first.stop()
	files := filepath.Join(dir, bucketsDir, uploads, objectsDir)
	for name, content := range map[string]string{
		filepath.Join(dir, tmpDir, "half"):                 "half an upl",
		filepath.Join(files, "torn.csv"+objectSuffix):      "torn by a broken disk",
		filepath.Join(files, "empty.csv"+objectSuffix):     "",
		filepath.Join(files, "truncated"+objectSuffix):     strings.Repeat("\xff", 8) + magic,
		filepath.Join(dir, bucketsDir, "halfmade", "junk"): "",
		filepath.Join(dir, bucketsDir, ".DS_Store"):        "a desktop was here",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	second := setupIn(t, dir)
	second.wantNoTemp()
	got := second.ask("GET", "/object/forecast-uploads/a/b.csv", serviceKey, "").want(t)
	if got.body != "kept" || got.header.Get("Content-Type") != "text/csv" {
		t.Errorf("got %+v", got)
	}
	for _, key := range []string{"torn.csv", "empty.csv", "truncated"} {
		got := second.ask("GET", "/object/forecast-uploads/"+key, serviceKey, "")
		if got.status == http.StatusOK || strings.Contains(got.body, dir) {
			t.Errorf("%s: got %d %s", key, got.status, got.body)
		}
		second.ask("POST", "/object/forecast-uploads/"+key, serviceKey, "whole", "x-upsert", "true").want(t)
	}
	if got := second.ask("GET", "/bucket/halfmade", serviceKey, ""); got.status == http.StatusOK {
		t.Error("a bucket whose creation was cut short is there")
	}
}

func TestADirectoryHasOneServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	setupIn(t, dir)
	if second, err := New(Config{Dir: dir, JWTSecret: testSecret}); err == nil {
		second.Close()
		t.Error("two servers share a directory")
	}
	if _, err := New(Config{Dir: t.TempDir()}); err == nil {
		t.Error("a server without a secret")
	}
}

func TestSymbolicLinksLeadNowhere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret+objectSuffix, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	files := filepath.Join(b.dir, bucketsDir, uploads, objectsDir)
	if err := os.Symlink(secret+objectSuffix, filepath.Join(files, "link"+objectSuffix)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Dir(secret), filepath.Join(files, "folder")); err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{{"GET", "link"}, {"GET", "folder/secret"}, {"POST", "folder/new"}, {"DELETE", "folder/secret"}} {
		got := b.ask(c[0], "/object/forecast-uploads/"+c[1], serviceKey, "x")
		if got.status == http.StatusOK || strings.Contains(got.body, "secret") || strings.Contains(got.body, b.dir) {
			t.Errorf("%v: got %d %s", c, got.status, got.body)
		}
	}
	if list := b.ask("POST", "/object/list/forecast-uploads", serviceKey, `{"prefix":""}`); strings.Contains(list.body, "link") || strings.Contains(list.body, "folder") {
		t.Errorf("list: %s", list.body)
	}
	if left, err := os.ReadDir(filepath.Dir(secret)); err != nil || len(left) != 1 {
		t.Errorf("beyond the link: %v, %v", left, err)
	}
}

// Whatever the request line says, what is taken as a key is a path of plain
// names, and stays in the bucket's folder.
func FuzzRoute(f *testing.F) {
	for _, s := range []string{
		"/object/b/k", "/object/b/..%2f..%2fx", "/object/b/%2e%2e/x", "/object/sign/b/k", "/object/upload/sign/b/k", "/object/info/public/b/k",
		"/object/b/a%00b", "/object//k", "/bucket/b/empty", "/bucket", "/object/b/~o", "/object/%2e%2e/k", "/status", "/object/b/a//b",
	} {
		f.Add("POST", s)
	}
	f.Fuzz(func(t *testing.T, method, escaped string) {
		if _, err := url.ParseRequestURI(escaped); err != nil {
			return
		}
		got, err := route(method, escaped)
		if err != nil || got.op == "" {
			return
		}
		if checkBucket(got.bucket) != nil || checkKey(got.key) != nil {
			return
		}
		file := objectPath(got.bucket, got.key)
		root := path.Join(bucketsDir, got.bucket, objectsDir) + "/"
		if file != root+got.key+objectSuffix || !strings.HasPrefix(file, root) || !filepath.IsLocal(file) {
			t.Fatalf("%s %q is the file %q", method, escaped, file)
		}
	})
}
