package chaos

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/internal/localpg"
)

// postgres is the server of the deployment. Nothing is fsynced: a shutdown, be
// it immediate, loses nothing that was handed to the kernel.
type postgres struct {
	dir string
	url string

	mu     sync.Mutex // held while the server is down
	server *localpg.Server
}

func openPostgres(ctx context.Context, dir string) (*postgres, error) {
	p := &postgres{dir: filepath.Join(dir, "postgres")}
	if err := p.start(ctx); err != nil {
		return nil, err
	}
	p.url = p.server.URL()
	return p, nil
}

func (p *postgres) start(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	p.server, err = localpg.Start(ctx, localpg.Config{
		Dir: p.dir, Settings: map[string]string{"fsync": "off", "full_page_writes": "off"},
	})
	return err
}

// restart is pg_ctl restart -m immediate with a pause in the middle.
func (p *postgres) restart(ctx context.Context, pause time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := syscall.Kill(p.server.PID(), syscall.SIGQUIT); err != nil {
		return fmt.Errorf("shut Postgres down at once: %w", err)
	}
	select {
	case <-p.server.Wait():
	case <-time.After(30 * time.Second):
		return errors.New("an immediate shutdown of Postgres took more than 30 s")
	}
	wait(ctx.Done(), pause)
	return p.start(context.WithoutCancel(ctx))
}

func (p *postgres) stop() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return errors.Join(p.server.Stop(ctx), localpg.Remove(ctx, p.dir))
}

// operator is how the harness names its own connections.
const operator = "chaos"

// connect opens a connection as an operator at psql would.
func (p *postgres) connect(ctx context.Context) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(p.url)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["application_name"] = operator
	return pgx.ConnectConfig(ctx, config)
}

// query runs one statement as the operator.
func query[T any](ctx context.Context, p *postgres, to pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	conn, err := p.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rows, err := conn.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, to)
}
