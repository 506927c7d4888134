package localpg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	embedded "github.com/fergusstrange/embedded-postgres"
)

// fetchable are the releases of the embedded-postgres library; 0 stands for
// "any". Its archives hold the server alone, without psql.
var fetchable = map[int]embedded.PostgresVersion{
	0:  embedded.V17,
	15: embedded.V15,
	16: embedded.V16,
	17: embedded.V17,
	18: embedded.V18,
}

// fetch returns the directory of a server that the embedded-postgres library
// downloaded, now or earlier. major 0 means any version.
func fetch(ctx context.Context, a account, major int, log *slog.Logger) (string, error) {
	v, ok := fetchable[major]
	if !ok {
		return "", fmt.Errorf("version %d cannot be fetched", major)
	}
	cache, err := cacheDir(a)
	if err != nil {
		return "", err
	}
	home := filepath.Join(cache, "postgres-"+string(v))
	bin := filepath.Join(home, "bin")
	if _, err := version(ctx, bin); err == nil {
		return bin, nil
	}
	log.Info("fetching postgres", "version", string(v), "dir", home)
	if err := unpack(embedded.DefaultConfig(), v, home); err != nil {
		return "", fmt.Errorf("fetch postgres %s: %w", v, err)
	}
	return bin, nil
}

// unpack downloads the server and unpacks it into home, all of it or nothing.
//
// The library has no call for that alone, so it is asked to start a cluster
// that cannot start, in a data directory that has a version and nothing else.
// The error it returns says what went wrong only where nothing was unpacked.
func unpack(c embedded.Config, v embedded.PostgresVersion, home string) error {
	if err := os.MkdirAll(filepath.Dir(home), 0o755); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(filepath.Dir(home), "fetch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	data := filepath.Join(scratch, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	major, _, _ := strings.Cut(string(v), ".")
	if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte(major+"\n"), 0o600); err != nil {
		return err
	}
	fetched := filepath.Join(scratch, "postgres")
	why := embedded.NewDatabase(c.
		Version(v).
		BinariesPath(fetched).
		CachePath(scratch).
		RuntimePath(filepath.Join(scratch, "run")).
		DataPath(data).
		Port(0).
		Logger(io.Discard)).Start()
	if _, err := os.Stat(filepath.Join(fetched, "bin", "postgres")); err != nil {
		return cmp.Or(why, err)
	}
	err = os.Rename(fetched, home)
	if errors.Is(err, fs.ErrExist) {
		return nil // another process was faster
	}
	return err
}

// cacheDir keeps fetched servers over runs, where the account can reach them.
func cacheDir(a account) (string, error) {
	if a.other() {
		return "/var/cache/pgcast", nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "pgcast"), nil
}
