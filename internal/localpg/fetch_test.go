package localpg

import (
	"archive/zip"
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	embedded "github.com/fergusstrange/embedded-postgres"
)

// archive returns what the library downloads: a zip with a compressed tar
// in it, here with programs that say their version and nothing else.
func archive(t *testing.T) []byte {
	t.Helper()
	txz, err := os.ReadFile(filepath.Join("testdata", "server.txz"))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("postgres.txz")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(txz); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUnpackGetsAServerAndStartsNothing(t *testing.T) {
	t.Parallel()
	jar := archive(t)
	var asked string
	repository := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".sha256") {
			http.NotFound(w, r)
			return
		}
		asked = path.Base(r.URL.Path)
		_, _ = w.Write(jar)
	}))
	defer repository.Close()

	home := filepath.Join(t.TempDir(), "cache", "postgres-16")
	c := embedded.DefaultConfig().BinaryRepositoryURL(repository.URL)
	if err := unpack(c, embedded.V16, home); err != nil {
		t.Fatal(err)
	}
	if v, err := version(t.Context(), filepath.Join(home, "bin")); v != 16 {
		t.Errorf("%s unpacked to version %d, error %v", asked, v, err)
	}
	if !strings.Contains(asked, runtime.GOOS) || !strings.Contains(asked, string(embedded.V16)) {
		t.Errorf("asked for %s", asked)
	}
	entries, err := os.ReadDir(filepath.Dir(home))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the server there is %v, error %v", entries, err)
	}
}

func TestUnpackSaysWhyItCannotFetch(t *testing.T) {
	t.Parallel()
	nothing := httptest.NewServer(http.NotFoundHandler())
	defer nothing.Close()

	home := filepath.Join(t.TempDir(), "postgres-17")
	err := unpack(embedded.DefaultConfig().BinaryRepositoryURL(nothing.URL), embedded.V17, home)
	if err == nil || !strings.Contains(err.Error(), string(embedded.V17)) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(home); !os.IsNotExist(err) {
		t.Errorf("%s is there: %v", home, err)
	}
}

func TestAdviceNamesThePackage(t *testing.T) {
	t.Parallel()
	for want, text := range map[int]string{0: "apt-get install postgresql;", 16: "apt-get install postgresql-16;"} {
		if got := advice(want); !strings.Contains(got, text) {
			t.Errorf("advice(%d) = %q, want %q in it", want, got, text)
		}
	}
}
