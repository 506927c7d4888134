package ingest_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/ingest"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/localstorage"
	"github.com/pgcast/pgcast/internal/storage"
)

// The door runs in a process of its own, with nothing else in it, so that its
// memory can be read from outside. The file is made on the fly.
func TestMemoryDoesNotGrowWithTheFileOrItsMalice(t *testing.T) {
	t.Parallel()
	key := mint(t, auth.RoleService, job.UserID{}, time.Hour)
	server, err := localstorage.New(localstorage.Config{Dir: t.TempDir(), JWTSecret: secret, ServiceKey: key, Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(http.StripPrefix("/storage/v1", server))
	t.Cleanup(front.Close)
	d := dbtest.New(t)

	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), "INGEST_TEST_DATABASE="+d.URL, "INGEST_TEST_STORAGE="+front.URL+"/storage/v1", "INGEST_TEST_KEY="+key)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	child.Cancel = func() error { return child.Process.Signal(os.Interrupt) }
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the child did not start: %v", err)
	}
	h := &house{t: t, url: strings.TrimSpace(address)}
	p := h.person()

	p.uploaded() // everything is warm
	before := resident(t, child.Process.Pid, "VmRSS")
	body, kind := endless(bigFile)
	r := p.do(http.MethodPost, "/v1/upload", body, "Content-Type", kind)
	if r.StatusCode != http.StatusCreated {
		t.Fatalf("status %d: %s", r.StatusCode, r.body)
	}
	file := r.json(t)["file"].(map[string]any)
	if file["bytes"].(float64) < bigFile {
		t.Errorf("only %v bytes arrived", file["bytes"])
	}
	grown := resident(t, child.Process.Pid, "VmHWM") - before
	t.Logf("upload of %d MiB: %d MiB resident before, at most %d MiB more", bigFile>>20, before>>20, grown>>20)
	if grown > maxGrowth {
		t.Errorf("resident memory grew by %d MiB, more than %d", grown>>20, maxGrowth>>20)
	}
	if !underRace { // there it would take minutes
		p.refuseHostile(t)
	}
	grown = resident(t, child.Process.Pid, "VmHWM") - before
	t.Logf("after hostile files: at most %d MiB more", grown>>20)
	if grown > 2*maxGrowth { // a row of a million columns is held as one
		t.Errorf("hostile files made resident memory grow by %d MiB, more than %d", grown>>20, 2*maxGrowth>>20)
	}
	http.DefaultClient.CloseIdleConnections()
	_ = child.Process.Signal(os.Interrupt)
	if err := child.Wait(); err != nil {
		t.Errorf("the child did not stop cleanly: %v", err)
	}
}

// endless is a form whose file of n bytes is made while it is read.
func endless(n int) (body io.ReadCloser, contentType string) {
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() {
		part, _ := form.CreateFormFile("file", "big.csv")
		line, written := []byte("hour,load\n"), 0
		at := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
		buffered := bufio.NewWriterSize(part, 64<<10)
		for written < n {
			m, err := buffered.Write(line)
			if err != nil {
				return
			}
			written += m
			line = strconv.AppendInt(append(at.AppendFormat(line[:0], time.DateTime), ','), int64(written%9973), 10)
			line = append(line, '\n')
			at = at.Add(time.Minute)
		}
		_ = buffered.Flush()
		_ = w.CloseWithError(form.Close())
	}()
	return r, form.FormDataContentType()
}

// resident reads one of the memory figures of a process, in bytes.
func resident(t *testing.T, pid int, name string) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatalf("no %s in %s", name, text)
	return 0
}

// uploadChild is the process that the test above looks at. It reports whether
// this is one.
func uploadChild() bool {
	address := os.Getenv("INGEST_TEST_DATABASE")
	if address == "" {
		return false
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := serveChild(ctx, address); err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		os.Exit(1)
	}
	return true
}

func serveChild(ctx context.Context, address string) error {
	pool, err := db.Open(ctx, address, db.Options{AppName: "ingest test"})
	if err != nil {
		return err
	}
	defer pool.Close()
	bucket := storage.New(storage.Config{URL: os.Getenv("INGEST_TEST_STORAGE"), Key: os.Getenv("INGEST_TEST_KEY"), Bucket: "forecast-uploads"})
	if err := bucket.Ensure(ctx); err != nil {
		return err
	}
	verifier, err := auth.NewVerifier(auth.Config{Secret: secret})
	if err != nil {
		return err
	}
	defer verifier.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", l.Addr())
	return ingest.New(ingest.Config{
		Jobs: pool, Files: files{bucket}, Scan: scan, Resolve: resolve, MaxUploadBytes: bigFile + 8<<20,
		Authenticate: func(ctx context.Context, token string) (ingest.User, error) {
			u, err := verifier.Verify(ctx, token)
			return ingest.User{ID: u.ID, Role: u.Role}, err
		},
	}).Run(ctx, l)
}
