package dbtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/internal/localpg"
)

// shared is the one server of this test process, started by the first test
// that needs it.
var shared cluster

type cluster struct {
	mu       sync.Mutex
	dir      string
	server   *localpg.Server
	failed   error // of the first start or migration, which is not tried again
	migrated bool  // the template is there
	kept     bool  // a failed test left its database
}

// Main wraps the tests of a package: when they have run, the server stops.
func Main(m *testing.M) interface{ Run() int } { return stopping{m} }

type stopping struct{ m *testing.M }

func (s stopping) Run() int {
	code := s.m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "dbtest:", err)
		return max(code, 1)
	}
	return code
}

func (c *cluster) start(t testing.TB) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	must(t, "start postgres", c.startLocked())
}

func (c *cluster) startLocked() error {
	if c.failed != nil || c.server != nil {
		return c.failed
	}
	c.dir, c.failed = os.MkdirTemp("", "dbtest-")
	if c.failed != nil {
		return c.failed
	}
	c.server, c.failed = localpg.Start(context.Background(), localpg.Config{
		Dir: c.dir, Ephemeral: true,
		Settings: map[string]string{"wal_level": "logical", "max_connections": "200"},
	})
	return c.failed
}

// templateName is a migrated database to copy. Nobody stays connected to it.
const templateName = "pgcast_template"

func (c *cluster) template(t testing.TB) string {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	must(t, "start postgres", c.startLocked())
	if !c.migrated {
		c.failed = c.migrateLocked(context.Background())
		must(t, "make the template", c.failed)
		c.migrated = true
	}
	return templateName
}

func (c *cluster) migrateLocked(ctx context.Context) error {
	if err := c.execLocked(ctx, "create database "+templateName); err != nil {
		return err
	}
	address := withDatabase(c.server.URL(), templateName)
	if err := db.Shim(ctx, address); err != nil {
		return err
	}
	return db.Migrate(ctx, address, nil)
}

// exec runs one statement on the maintenance database. Copies of a template
// are made one after another: two at once may find it in use.
func (c *cluster) exec(t testing.TB, sql string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	must(t, sql, c.execLocked(context.Background(), sql))
}

func (c *cluster) execLocked(ctx context.Context, sql string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.server.URL())
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}

// keep leaves the cluster's files in place when the tests end.
func (c *cluster) keep() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = true
	return c.dir
}

func (c *cluster) stop() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	err := c.server.Stop(ctx)
	if !c.kept {
		err = errors.Join(err, os.RemoveAll(c.dir))
	}
	return err
}
