package dbtest

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Bouncer puts a PgBouncer in front of the database and returns the URL that
// leads through it. Mode is its pool_mode: "transaction" or "session". Without
// a pgbouncer on this machine the test is skipped.
func (d *DB) Bouncer(t testing.TB, mode string) string {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/pgbouncer"); err != nil { // not on a plain user's path
			t.Skip("no pgbouncer on this machine (Debian, Ubuntu: apt-get install pgbouncer)")
		}
	}
	server, err := pgx.ParseConfig(d.URL)
	must(t, "parse the URL", err)
	dir, owner := bouncerDir(t, server.Host)
	file := filepath.Join(dir, "pgbouncer.ini")
	must(t, "write the settings", os.WriteFile(file, fmt.Appendf(nil, `
[databases]
%[1]s = host=%[2]s port=%[3]d user=%[4]s
[pgbouncer]
pool_mode = %[5]s
unix_socket_dir = %[6]s
auth_type = any
`, server.Database, server.Host, server.Port, server.User, mode, dir), 0o644))
	process := exec.Command(program, "-q", file)
	process.Dir = dir
	process.SysProcAttr = &syscall.SysProcAttr{Credential: owner}
	said, err := os.Create(filepath.Join(dir, "log"))
	must(t, "open the log", err)
	process.Stderr = said
	must(t, "start pgbouncer", process.Start())
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait() // it was killed
		_ = said.Close()
	})

	through := url.URL{Scheme: "postgres", User: url.User(server.User), Path: "/" + server.Database,
		RawQuery: url.Values{"host": {dir}, "port": {"6432"}, "sslmode": {"disable"}}.Encode()}
	Eventually(t, "pgbouncer to answer", func() bool {
		conn, err := pgx.Connect(t.Context(), through.String())
		return err == nil && conn.Close(t.Context()) == nil
	})
	return through.String()
}

// bouncerDir makes a directory for the bouncer and its socket. It runs as who
// may use the socket of the server, never as root, which it refuses.
func bouncerDir(t testing.TB, socket string) (string, *syscall.Credential) {
	t.Helper()
	dir, err := os.MkdirTemp("", "pgbouncer-")
	must(t, "make a directory", err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if os.Geteuid() != 0 {
		return dir, nil
	}
	info, err := os.Stat(socket)
	must(t, "look at the server's socket", err)
	owner := info.Sys().(*syscall.Stat_t)
	must(t, "give the directory away", os.Chown(dir, int(owner.Uid), int(owner.Gid)))
	return dir, &syscall.Credential{Uid: owner.Uid, Gid: owner.Gid}
}
