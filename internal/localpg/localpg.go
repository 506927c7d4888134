// Package localpg runs a private Postgres server on this machine, for `pgcast
// up`, for tests and for benchmarks.
//
// The server speaks on a unix socket only, in a directory of mode 0700 that
// belongs to the account the server runs as, and pg_hba.conf says "trust" for
// that socket and "reject" for everything else. So whoever may open the data
// files may connect, and nobody else: the account that started it, and root.
// A password would guard nothing that the directory does not guard already
// (its holder could be read from the same files), while a socket path works
// alike for pgx, psql and the replication protocol, for root and for a plain
// user, needs no free TCP port, cannot be reached by a web page, and lets
// tests log in as any role they create.
//
// Postgres refuses to run as root. Started by root, the server runs as
// "postgres", or "nobody" where that account does not exist, and its cluster
// lies where that account can reach it.
//
// A server does not outlive the process that started it. Where the kernel can
// tell (Linux) it shuts down by itself when that process is killed; elsewhere
// the next Start on the same directory stops what was left behind.
package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// ErrInUse is returned by Start while another process runs a server on the
// same directory.
var ErrInUse = errors.New("another pgcast runs its Postgres in this directory")

// Config says where a server lives and how it is tuned.
type Config struct {
	// Dir holds the cluster, or a link to it, and the server's log. It is
	// made if absent. Give it to localpg alone. An ephemeral server may leave
	// it empty, and gets a temporary one that vanishes with the server.
	Dir string

	// Ephemeral gives up durability for speed: no fsync, and a crash loses
	// the last transactions. For tests, whose data nobody will miss.
	Ephemeral bool

	// Settings are server settings that take precedence over the defaults
	// chosen here, for example {"work_mem": "64MB"}.
	Settings map[string]string

	// Log may be nil.
	Log *slog.Logger
}

// Start runs a server on c.Dir and returns when it accepts connections. The
// cluster is made on first use; one that crashed recovers; a server left
// behind by a killed process is stopped first. The end of ctx ends the wait,
// not a server that has started: that is what Stop is for.
func Start(ctx context.Context, c Config) (*Server, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s, err := start(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("start postgres in %s: %w", c.Dir, err)
	}
	c.Log.Info("postgres started", "dir", s.place.data, "bin", s.bin, "pid", s.PID())
	return s, nil
}

func start(ctx context.Context, c Config) (_ *Server, err error) {
	dir, err := makeDir(c)
	if err != nil {
		return nil, err
	}
	if c.Dir == "" {
		defer func() {
			if err != nil {
				os.RemoveAll(dir)
			}
		}()
	}
	held, err := hold(dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			held.release()
		}
	}()
	p, err := settle(dir, c)
	if err != nil {
		return nil, err
	}
	if err := evict(ctx, p.data, c.Log); err != nil {
		return nil, err
	}
	want, err := clusterVersion(p.data)
	if err != nil {
		return nil, err
	}
	bin, err := findBinaries(ctx, p.account, want, c.Log)
	if err != nil {
		return nil, err
	}
	if err := initialize(ctx, bin, p, c.Ephemeral); err != nil {
		return nil, err
	}
	if err := p.openSocketDir(); err != nil {
		return nil, err
	}
	s := newServer(c, p, bin, held)
	if err := s.launch(filepath.Join(bin, "postgres"), arguments(c, p)); err != nil {
		return nil, err
	}
	if err := s.awaitReady(ctx); err != nil {
		s.abandon()
		return nil, err
	}
	return s, nil
}

// Remove deletes the cluster of dir for good, wherever it lies, and dir
// itself. A server left behind in it is stopped first.
func Remove(ctx context.Context, dir string) error {
	if err := remove(ctx, dir); err != nil {
		return fmt.Errorf("remove postgres in %s: %w", dir, err)
	}
	return nil
}

func remove(ctx context.Context, dir string) error {
	dir, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	held, err := hold(dir)
	if err != nil {
		return err
	}
	defer held.release()
	p := place{base: dir}
	if target, err := os.Readlink(filepath.Join(dir, movedLink)); err == nil {
		p.base = target
	}
	if err := evict(ctx, filepath.Join(p.base, "data"), slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	p.closeSocketDir()
	return errors.Join(os.RemoveAll(p.base), os.RemoveAll(dir))
}
