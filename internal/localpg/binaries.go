package localpg

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Major versions of Postgres that pgcast is tested with.
const (
	oldest = 15
	newest = 18
)

// installed lists where packages put the server's programs; %d is the major
// version. Debian and Ubuntu, Red Hat, Homebrew on Apple silicon and on
// Intel, Postgres.app.
var installed = []string{
	"/usr/lib/postgresql/%d/bin",
	"/usr/pgsql-%d/bin",
	"/opt/homebrew/opt/postgresql@%d/bin",
	"/usr/local/opt/postgresql@%d/bin",
	"/Applications/Postgres.app/Contents/Versions/%d/bin",
}

// Find returns the directory of the programs that Start would use for a new
// cluster, after fetching them where none are installed.
func Find(ctx context.Context) (string, error) {
	a, err := accountForNew()
	if err != nil {
		return "", err
	}
	return findBinaries(ctx, a, 0, slog.New(slog.DiscardHandler))
}

// findBinaries returns the directory of a Postgres of major version want, 0
// meaning any: the first on PATH, else the newest installed, else one fetched
// by the embedded-postgres library.
func findBinaries(ctx context.Context, a account, want int, log *slog.Logger) (string, error) {
	for _, dir := range candidates() {
		v, err := version(ctx, dir)
		if err != nil || v < oldest || v > newest || !a.reaches(dir) {
			continue
		}
		if want == 0 || v == want {
			return dir, nil
		}
	}
	dir, err := fetch(ctx, a, want, log)
	if err != nil {
		return "", fmt.Errorf("no Postgres server found, %s: %w", advice(want), err)
	}
	return dir, nil
}

func advice(want int) string {
	if want == 0 {
		return fmt.Sprintf("install one of version %d to %d (Debian, Ubuntu: apt-get install postgresql; macOS: brew install postgresql@17)", oldest, newest)
	}
	return fmt.Sprintf("install version %d, which made this cluster (Debian, Ubuntu: apt-get install postgresql-%d; macOS: brew install postgresql@%d)", want, want, want)
}

func candidates() []string {
	var dirs []string
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(path))
		}
	}
	for v := newest; v >= oldest; v-- {
		for _, layout := range installed {
			dirs = append(dirs, fmt.Sprintf(layout, v))
		}
	}
	return dirs
}

// clusterVersion returns the major version that made the cluster, 0 where
// there is none.
func clusterVersion(data string) (int, error) {
	b, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	v, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0, fmt.Errorf("read the version of the cluster: %w", err)
	}
	return v, nil
}

// versionLine matches "postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)"
// and "postgres (PostgreSQL) 18beta1".
var versionLine = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// version returns the major version of the server in dir, which must have
// initdb beside it.
func version(ctx context.Context, dir string) (int, error) {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return 0, err
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return 0, err
	}
	m := versionLine.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("no version in %q", out)
	}
	return strconv.Atoi(string(m[1]))
}
