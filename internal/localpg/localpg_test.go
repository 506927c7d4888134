package localpg

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(ownerDir); dir != "" {
		ownServer(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// patience is for things that take a second on an idle machine.
const patience = 60 * time.Second

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// newDir returns an empty directory that the server's account can reach,
// which t.TempDir is not for root.
func newDir(t *testing.T) string {
	t.Helper()
	parent, err := os.MkdirTemp("", "localpg-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(parent) })
	if err := os.Chmod(parent, 0o711); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(parent, "pg")
}

// startServer starts a server that is stopped with the test.
func startServer(t *testing.T, c Config) *Server {
	t.Helper()
	c.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	s, err := Start(testContext(t), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(testContext(t), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func exec1(t *testing.T, s *Server, sql string) {
	t.Helper()
	if _, err := connect(t, s.URL()).Exec(testContext(t), sql); err != nil {
		t.Fatal(err)
	}
}

func query1[T any](t *testing.T, s *Server, sql string) (v T) {
	t.Helper()
	if err := connect(t, s.URL()).QueryRow(testContext(t), sql).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestServerKeepsItsDataOverAStop(t *testing.T) {
	t.Parallel()
	dir := newDir(t)

	first := startServer(t, Config{Dir: dir})
	exec1(t, first, "create table kept as select 42 as answer")
	stop(t, first)
	stop(t, first) // twice is fine

	if err, died := <-first.Wait(); died {
		t.Errorf("Wait reports a server that was stopped: %v", err)
	}
	second := startServer(t, Config{Dir: dir})
	if got := query1[int](t, second, "select answer from kept"); got != 42 {
		t.Errorf("after a restart the table holds %d, want 42", got)
	}
	if first.URL() != second.URL() {
		t.Errorf("the URL changed over a restart: %s, then %s", first.URL(), second.URL())
	}
}

func TestServerTakesSettings(t *testing.T) {
	t.Parallel()
	s := startServer(t, Config{Ephemeral: true, Settings: map[string]string{"work_mem": "7MB"}})

	for setting, want := range map[string]string{
		"wal_level": "logical", "listen_addresses": "", "work_mem": "7MB",
		"fsync": "off", "TimeZone": "UTC", "server_encoding": "UTF8",
	} {
		if got := query1[string](t, s, "show "+setting); got != want {
			t.Errorf("%s is %q, want %q", setting, got, want)
		}
	}
}

func TestURLServesReplication(t *testing.T) {
	t.Parallel()
	s := startServer(t, Config{Ephemeral: true})

	conn, err := pgconn.Connect(testContext(t), s.URL()+"&replication=database")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, command := range []string{"CREATE_REPLICATION_SLOT seen TEMPORARY LOGICAL pgoutput", "IDENTIFY_SYSTEM"} {
		if _, err := conn.Exec(testContext(t), command).ReadAll(); err != nil {
			t.Errorf("%s: %v", command, err)
		}
	}
}

func TestURLServesPsql(t *testing.T) {
	t.Parallel()
	s := startServer(t, Config{Ephemeral: true})

	psql := filepath.Join(s.bin, "psql")
	if _, err := os.Stat(psql); err != nil {
		psql = "psql"
	}
	cmd := exec.Command(psql, s.URL(), "-XAtc", "select current_user")
	cmd.Env = append(os.Environ(), "PGPORT=1", "PGHOST=nowhere", "PGUSER=nobody")
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != "postgres\n" {
		t.Errorf("psql says %q, error %v", out, err)
	}
}

func TestServersLiveSideBySide(t *testing.T) {
	t.Parallel()
	one := startServer(t, Config{Ephemeral: true})
	two := startServer(t, Config{Ephemeral: true})

	exec1(t, one, "create table mine ()")
	if got := query1[bool](t, two, "select to_regclass('mine') is null"); !got {
		t.Error("a table of one server shows in the other")
	}
}

func TestDirectoryHasOneOwnerAtATime(t *testing.T) {
	t.Parallel()
	dir := newDir(t)
	s := startServer(t, Config{Dir: dir, Ephemeral: true})

	if _, err := Start(testContext(t), Config{Dir: dir, Ephemeral: true}); !isInUse(err) {
		t.Errorf("a second Start returned %v, want ErrInUse", err)
	}
	if got := query1[int](t, s, "select 1"); got != 1 {
		t.Error("the first server suffered from the second Start")
	}
}

func TestTemporaryDirectoryVanishesWithItsServer(t *testing.T) {
	t.Parallel()
	s := startServer(t, Config{Ephemeral: true})
	stop(t, s)

	if _, err := os.Stat(s.place.base); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", s.place.base, err)
	}
}

func TestNobodyElseMayConnect(t *testing.T) {
	t.Parallel()
	s := startServer(t, Config{Ephemeral: true})

	for _, dir := range []string{s.place.socket, s.place.data} {
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o700 {
			t.Errorf("%s has mode %v, want 0700", dir, info.Mode().Perm())
		}
	}
	sql := "select count(*) from pg_hba_file_rules where type <> 'local' and auth_method <> 'reject'"
	if got := query1[int](t, s, sql); got != 0 {
		t.Errorf("%d rules of pg_hba.conf let TCP in", got)
	}
}

func TestServerIsOutOfTheTerminalsReach(t *testing.T) {
	t.Parallel()
	s := startServer(t, Config{Ephemeral: true})

	group, err := syscall.Getpgid(s.PID())
	if err != nil {
		t.Fatal(err)
	}
	if group != s.PID() {
		t.Errorf("the server is in process group %d, where Ctrl-C would reach it", group)
	}
}
