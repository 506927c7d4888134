package localpg

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestLongPathsGetAShortSocketDirectory(t *testing.T) {
	t.Parallel()
	for name, dir := range map[string]string{
		"long":  newDir(t) + strings.Repeat("-and-on", 15),
		"comma": newDir(t) + ", another",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t, Config{Dir: dir, Ephemeral: true})
			connect(t, s.URL())
			socket := s.place.socket
			if !strings.HasPrefix(socket, "/tmp/") {
				t.Errorf("the socket is in %s", socket)
			}
			stop(t, s)
			if _, err := os.Stat(socket); !os.IsNotExist(err) {
				t.Errorf("%s is still there: %v", socket, err)
			}
		})
	}
}

// Nobody but root has a directory that the server cannot reach: for a plain
// user the same promises hold, and the cluster simply stays in Dir.
func TestUnreachableDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pg")
	if err := os.Chmod(filepath.Dir(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, Config{Dir: dir, Ephemeral: true})
	exec1(t, s, "create table kept ()")
	moved := s.place.base != dir
	if root := os.Geteuid() == 0; moved != root {
		t.Errorf("the cluster of %s lies in %s", dir, s.place.base)
	}
	stop(t, s)

	again := startServer(t, Config{Dir: dir, Ephemeral: true})
	if got := query1[bool](t, again, "select to_regclass('kept') is not null"); !got {
		t.Error("the second start did not find the cluster of the first")
	}
	stop(t, again)

	if err := Remove(testContext(t), dir); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{dir, again.place.base} {
		if _, err := os.Stat(gone); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", gone, err)
		}
	}
}

// A cluster made by a plain user belongs to that user even after root ran it.
func TestPlainUserAndRootTakeTurns(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		s := startServer(t, Config{Dir: newDir(t), Ephemeral: true})
		connect(t, s.URL())
		return // only root can be two users
	}
	nobody, err := accountNamed("nobody")
	if err != nil {
		t.Fatal(err)
	}
	dir := newDir(t)
	if err := os.Mkdir(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	if err := nobody.own(dir); err != nil {
		t.Fatal(err)
	}
	asNobody := func(owner *exec.Cmd) { // its own copy, where it can be reached
		owner.Path = copyFile(t, owner.Path, filepath.Join(filepath.Dir(dir), "owner"))
		owner.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody.uid, Gid: nobody.gid}}
		owner.Dir = "/"
	}
	for range 2 {
		owner, _, url := startOwner(t, dir, asNobody)
		connect(t, url)
		killOwner(owner)
		s := startServer(t, crashable(dir))
		connect(t, s.URL())
		stop(t, s)
	}
}

func copyFile(t *testing.T, from, to string) string {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to+".new", b, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(to+".new", to); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestKilledOwnerLeavesNoProcess(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	owner, _, url := startOwner(t, dir)
	connect(t, url)
	data := filepath.Join(dir, "data")

	killOwner(owner)
	left, err := await(testContext(t), data, patience, func(left []int) bool { return len(left) == 0 })
	if err != nil || len(left) > 0 {
		t.Errorf("processes %v are left after %v, error %v", left, patience, err)
	}
}
