package e2e

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pgcast/pgcast/internal/logtest"
)

// supabaseClient is the real Supabase client in a node process.
type supabaseClient struct {
	in     io.Writer
	events chan clientEvent
	said   *logtest.Log
}

// clientEvent is what an app's callbacks are told.
type clientEvent struct {
	What, Name, Status, Message string
	Binding                     int
	Payload                     struct {
		EventType string
		Schema    string
		Table     string
		New, Old  map[string]any
		Errors    []string
	}
	raw string
}

// modules installs the client once for all tests, outside of the tree, in the
// versions that the lock file names.
var modules = sync.OnceValues(func() (dir, missing string) {
	for _, name := range []string{"node", "npm"} {
		if _, err := exec.LookPath(name); err != nil {
			return "", "no " + name + " on this machine (Debian, Ubuntu: apt-get install nodejs npm)"
		}
	}
	version, err := exec.Command("node", "--version").Output()
	var major int
	if _, scan := fmt.Sscanf(string(version), "v%d.", &major); err != nil || scan != nil || major < 20 {
		return "", fmt.Sprintf("the Supabase client needs Node.js 20 or newer, this machine has %s", strings.TrimSpace(string(version)))
	}
	lock, err := os.ReadFile("supabasejs/package-lock.json")
	if err != nil {
		return "", err.Error()
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err.Error()
	}
	sum := sha256.Sum256(lock)
	dir = filepath.Join(cache, "pgcast", "supabasejs-"+hex.EncodeToString(sum[:8]))
	if _, err := os.Stat(dir); err == nil {
		return dir, ""
	}
	return dir, install(dir)
})

// install makes dir whole or not at all, also when others do the same.
func install(dir string) (missing string) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err.Error()
	}
	making, err := os.MkdirTemp(filepath.Dir(dir), "making-")
	if err != nil {
		return err.Error()
	}
	defer os.RemoveAll(making)
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join("supabasejs", name))
		if err == nil {
			err = os.WriteFile(filepath.Join(making, name), text, 0o644)
		}
		if err != nil {
			return err.Error()
		}
	}
	cmd := exec.Command("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
	cmd.Dir = making
	if out, err := cmd.CombinedOutput(); err != nil {
		return "npm ci: " + strings.Join(strings.Fields(string(out)), " ")
	}
	if err := os.Rename(making, dir); err != nil {
		if _, there := os.Stat(dir); there != nil {
			return err.Error()
		}
	}
	return ""
}

// newSupabaseClient starts one, of a project at url. vsn is the version of the
// framing.
func newSupabaseClient(t *testing.T, url, key, vsn string) *supabaseClient {
	t.Helper()
	dir, missing := modules()
	if missing != "" {
		t.Skip(missing)
	}
	place := t.TempDir()
	script, err := os.ReadFile("supabasejs/client.mjs")
	if err == nil {
		err = os.WriteFile(filepath.Join(place, "client.mjs"), script, 0o644)
	}
	if err == nil {
		err = os.Symlink(filepath.Join(dir, "node_modules"), filepath.Join(place, "node_modules"))
	}
	if err != nil {
		t.Fatal(err)
	}
	c := &supabaseClient{events: make(chan clientEvent, 10_000), said: &logtest.Log{}}
	cmd := exec.Command("node", filepath.Join(place, "client.mjs"))
	cmd.Stderr = c.said
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.in = stdin
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			e := clientEvent{raw: lines.Text()}
			if json.Unmarshal(lines.Bytes(), &e) == nil {
				c.events <- e
			}
		}
	}()
	t.Cleanup(func() {
		_ = stdin.Close()
		late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
		<-read
		_ = cmd.Wait()
		late.Stop()
		if t.Failed() {
			t.Logf("what the client said:\n%s", c.said)
		}
	})
	c.do(t, map[string]any{"do": "create", "url": url, "key": key, "vsn": vsn})
	if e := c.take(t); e.What != "created" {
		t.Fatalf("the client begins with %s", e.raw)
	}
	return c
}

func (c *supabaseClient) do(t *testing.T, command map[string]any) {
	t.Helper()
	line, err := json.Marshal(command)
	if err == nil {
		_, err = c.in.Write(append(line, '\n'))
	}
	if err != nil {
		t.Fatalf("%v: %v", command, err)
	}
}

// auth signs a user in.
func (c *supabaseClient) auth(t *testing.T, token string) {
	t.Helper()
	c.do(t, map[string]any{"do": "auth", "token": token})
}

// binding is one `on('postgres_changes', …)`.
type binding map[string]any

func jobsBinding(event string, more ...string) binding {
	b := binding{"event": event, "schema": "public", "table": "jobs"}
	for i := 0; i < len(more); i += 2 {
		b[more[i]] = more[i+1]
	}
	return b
}

func (c *supabaseClient) join(t *testing.T, name string, bindings ...binding) {
	t.Helper()
	c.do(t, map[string]any{"do": "join", "name": name, "bindings": bindings})
}

// subscribed joins and waits until changes flow.
func (c *supabaseClient) subscribed(t *testing.T, name string, bindings ...binding) {
	t.Helper()
	c.join(t, name, bindings...)
	c.next(t, "status", name, "SUBSCRIBED")
	c.next(t, "system", name, "ok")
}

// next is the next event that is no heartbeat; it has to be this one.
func (c *supabaseClient) next(t *testing.T, what, name, status string) clientEvent {
	t.Helper()
	e := c.take(t)
	if e.What != what || e.Name != name || e.Status != status {
		t.Fatalf("the app is told %s, want %s of %s: %s", e.raw, what, name, status)
	}
	return e
}

// until skips what comes before an event.
func (c *supabaseClient) until(t *testing.T, what, name, status string) clientEvent {
	t.Helper()
	for {
		if e := c.take(t); e.What == what && e.Name == name && e.Status == status {
			return e
		}
	}
}

func (c *supabaseClient) take(t *testing.T) clientEvent {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case e := <-c.events:
			if e.What != "heartbeat" {
				return e
			}
		case <-late:
			t.Fatalf("the app is told nothing; the client said:\n%s", c.said)
		}
	}
}

// change is the next event, which has to be a change of a job.
func (c *supabaseClient) change(t *testing.T, name, kind, id string) clientEvent {
	t.Helper()
	e := c.next(t, "change", name, "")
	row := e.Payload.New
	if kind == "DELETE" {
		row = e.Payload.Old
	}
	if e.Payload.EventType != kind || row["id"] != id || e.Payload.Schema != "public" || e.Payload.Table != "jobs" || len(e.Payload.Errors) > 0 {
		t.Fatalf("the app is told %s, want %s of %s", e.raw, kind, id)
	}
	return e
}
