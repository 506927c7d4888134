package localpg

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
)

// ownerDir tells this test binary to be the owner of a server in that
// directory, waiting to be killed.
const ownerDir = "LOCALPG_TEST_OWNER_DIR"

func isInUse(err error) bool { return errors.Is(err, ErrInUse) }

// crashable survives kill -9, which takes no more than handing each commit to
// the kernel; only a power cut takes fsync.
func crashable(dir string) Config {
	return Config{Dir: dir, Ephemeral: true, Settings: map[string]string{"synchronous_commit": "on"}}
}

// ownServer is the life of a process that starts a server and never stops it.
func ownServer(dir string) {
	s, err := Start(context.Background(), crashable(dir))
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	fmt.Println(s.PID(), s.URL())
	select {}
}

// startOwner runs ownServer in another process and returns it with the
// server's process id and URL.
func startOwner(t *testing.T, dir string, options ...func(*exec.Cmd)) (owner *exec.Cmd, pid int, url string) {
	t.Helper()
	owner = exec.Command(os.Args[0])
	owner.Env = append(os.Environ(), ownerDir+"="+dir)
	owner.Stderr = t.Output()
	for _, option := range options {
		option(owner)
	}
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { killOwner(owner) })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	first, url, _ := strings.Cut(strings.TrimSpace(line), " ")
	if pid, err = strconv.Atoi(first); err != nil {
		t.Fatal(line)
	}
	return owner, pid, url
}

func killOwner(owner *exec.Cmd) {
	_ = owner.Process.Kill()
	_ = owner.Wait()
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

func TestServerRecoversFromKill(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	s := startServer(t, Config{Dir: dir})
	exec1(t, s, "create table kept as select generate_series(1, 1000)")

	kill(t, s.PID())
	select {
	case err, died := <-s.Wait():
		if !died || !strings.Contains(err.Error(), "killed") {
			t.Errorf("Wait reports %v", err)
		}
	case <-time.After(patience):
		t.Fatal("Wait does not report a killed server")
	}
	again := startServer(t, Config{Dir: dir})
	if got := query1[int](t, again, "select count(*) from kept"); got != 1000 {
		t.Errorf("after recovery %d rows are left, want 1000", got)
	}
}

func TestStartTakesOverFromAKilledOwner(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	owner, _, url := startOwner(t, dir)
	busy := connect(t, url)
	if _, err := busy.Exec(testContext(t), "create table kept as select 7 as answer"); err != nil {
		t.Fatal(err)
	}

	killOwner(owner)
	s := startServer(t, crashable(dir)) // at once, while the old one may still be stopping
	if got := query1[int](t, s, "select answer from kept"); got != 7 {
		t.Errorf("the table holds %d, want 7", got)
	}
}

func TestStartAfterEverythingWasKilled(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	owner, pid, url := startOwner(t, dir)
	busy := connect(t, url)
	if _, err := busy.Exec(testContext(t), "create table kept as select 7 as answer"); err != nil {
		t.Fatal(err)
	}
	spin(t, busy, url)

	kill(t, pid)
	killOwner(owner)
	s := startServer(t, crashable(dir))
	if got := query1[int](t, s, "select answer from kept"); got != 7 {
		t.Errorf("the table holds %d, want 7", got)
	}
}

// spin gives conn a statement that never looks up: its backend goes on
// without a postmaster.
func spin(t *testing.T, conn *pgx.Conn, url string) {
	t.Helper()
	front := conn.PgConn().Frontend()
	front.Send(&pgproto3.Query{String: "do $$ begin loop end loop; end $$"})
	if err := front.Flush(); err != nil {
		t.Fatal(err)
	}
	watch := connect(t, url)
	for spinning := false; !spinning; {
		err := watch.QueryRow(testContext(t), `select exists (
			select from pg_stat_activity
			where query like 'do $$%' and state = 'active' and wait_event is null
		)`).Scan(&spinning)
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestStartIgnoresAStalePIDFile(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	s := startServer(t, crashable(dir))
	exec1(t, s, "create table kept ()")
	pidfile := pidFile(s.place.data)
	old, err := os.ReadFile(pidfile)
	if err != nil {
		t.Fatal(err)
	}
	stop(t, s)

	// The process id belongs to somebody else by now: to us.
	_, rest, _ := strings.Cut(string(old), "\n")
	stale := strconv.Itoa(os.Getpid()) + "\n" + rest
	if err := os.WriteFile(pidfile, []byte(stale), 0o600); err != nil {
		t.Fatal(err)
	}
	again := startServer(t, crashable(dir))
	if got := query1[bool](t, again, "select to_regclass('kept') is not null"); !got {
		t.Error("the table is gone")
	}
}

func TestStartAfterAnInterruptedInitialization(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	if err := os.MkdirAll(dir+"/data.new/base", 0o700); err != nil {
		t.Fatal(err)
	}

	s := startServer(t, Config{Dir: dir, Ephemeral: true})
	if got := query1[int](t, s, "select 1"); got != 1 {
		t.Error("no answer")
	}
}

func TestManyProcessesStartServersAtTheSameTime(t *testing.T) {
	t.Parallel()
	for range 4 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			_, _, url := startOwner(t, newDir(t))
			connect(t, url)
		})
	}
}
