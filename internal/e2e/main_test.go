// Package e2e tries the whole of pgcast the way its users do: the real binary,
// a real browser, psql, and processes that die.
package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pgcast/pgcast/internal/logtest"
)

// binary is pgcast, built once for all tests.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "pgcast-e2e-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "pgcast")
	build := exec.Command("go", "build", "-o", binary, "github.com/pgcast/pgcast")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build pgcast: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// deployment is a running `pgcast up`.
type deployment struct {
	dir string // its data directory
	url string
	env map[string]string // what the env file says
	cmd *exec.Cmd
	log *logtest.Log
}

// startUp starts `pgcast up` on a data directory and waits until it is ready.
func startUp(t *testing.T, dir string) *deployment {
	t.Helper()
	_ = os.Remove(filepath.Join(dir, "env")) // an older one tells an older address
	d := &deployment{dir: dir, log: &logtest.Log{}}
	d.cmd = exec.Command(binary, "up", "--port", "0", "--data-dir", dir)
	d.cmd.Stdout, d.cmd.Stderr = d.log, d.log
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.stop(t)
		if t.Failed() {
			t.Logf("what pgcast up said:\n%s", d.log)
		}
	})
	d.awaitReady(t)
	return d
}

func (d *deployment) awaitReady(t *testing.T) {
	t.Helper()
	eventually(t, "pgcast up is ready", func() bool {
		env, err := readEnv(filepath.Join(d.dir, "env"))
		if err != nil {
			return false
		}
		d.env, d.url = env, env["PGCAST_URL"]
		res, err := http.Get(d.url + "/readyz")
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// stop asks the process to stop and holds it to stopLimit.
func (d *deployment) stop(t *testing.T) {
	t.Helper()
	if d.cmd.ProcessState != nil {
		return
	}
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(stopLimit, func() { _ = d.cmd.Process.Kill() })
	err := d.cmd.Wait()
	if !late.Stop() {
		t.Errorf("pgcast up did not stop within %v", stopLimit)
	} else if err != nil {
		t.Errorf("pgcast up ended with %v", err)
	}
}

// kill ends the process without a word.
func (d *deployment) kill() {
	_ = d.cmd.Process.Kill()
	_ = d.cmd.Wait()
}

// psql runs statements with the real psql, as an operator would.
func (d *deployment) psql(t *testing.T, sql string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "psql", d.env["DATABASE_URL"], "-X", "-v", "ON_ERROR_STOP=1", "-Atc", sql)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("psql %s: %v\n%s", sql, err, out)
	}
	return strings.TrimSpace(string(out))
}

// readEnv reads the file that `up` writes for shells.
func readEnv(path string) (map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	env := map[string]string{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		name, value, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "=")
		env[name] = strings.Trim(value, "'")
	}
	return env, nil
}

// patience is how long anything may take: long enough for a slow and busy
// machine, so that only what hangs is found by it.
const patience = 5 * time.Minute

// eventually waits until what holds, and fails when it does not in time.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not within %v", what, patience)
		case <-tick.C:
		}
	}
}

// forecastFile is `pgcast forecast` on a file.
func forecastFile(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, append([]string{"forecast", "--quiet"}, args...)...)
	cmd.Stderr = io.Discard
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pgcast forecast %v: %v", args, err)
	}
	return string(out)
}
