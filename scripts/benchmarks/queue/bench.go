package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/internal/localpg"
)

// bench is the server that everybody is measured on, with a database per
// measurement.
type bench struct {
	settings
	server *localpg.Server
	dir    string
	admin  *pgx.Conn
	made   int
	times  map[string][]float64 // of the server, see note
}

// template is a database with pgcast's schema, copied for each measurement.
const template = "pgcast_template"

func open(ctx context.Context, s settings) (b *bench, err error) {
	b = &bench{settings: s, times: map[string][]float64{}}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	if b.dir, err = os.MkdirTemp("", "pgcast-bench-*"); err != nil {
		return nil, err
	}
	if err := os.Chmod(b.dir, 0o711); err != nil { // the server may run under another account
		return nil, err
	}
	// fsync and synchronous_commit are on, as they are for everybody.
	b.server, err = localpg.Start(ctx, localpg.Config{Dir: b.dir, Settings: map[string]string{
		"shared_buffers":  "1GB",
		"max_wal_size":    "4GB",
		"max_connections": "200",
	}})
	if err != nil {
		return nil, err
	}
	if b.admin, err = pgx.Connect(ctx, b.server.URL()); err != nil {
		return nil, err
	}
	if _, err := b.admin.Exec(ctx, "create database "+template); err != nil {
		return nil, err
	}
	if err := db.Shim(ctx, b.url(template)); err != nil {
		return nil, err
	}
	return b, db.Migrate(ctx, b.url(template), nil)
}

func (b *bench) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var errs []error
	if b.admin != nil {
		errs = append(errs, b.admin.Close(ctx))
	}
	if b.server != nil {
		errs = append(errs, b.server.Stop(ctx), localpg.Remove(ctx, b.dir))
	}
	if b.dir != "" {
		errs = append(errs, os.RemoveAll(b.dir))
	}
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintln(os.Stderr, "queue: clean up:", err)
	}
}

func (b *bench) url(database string) string {
	return strings.Replace(b.server.URL(), "/postgres?", "/"+database+"?", 1)
}

// database makes a database, from is "template1" or [template], and returns
// its URL and what drops it.
func (b *bench) database(ctx context.Context, from string) (url string, drop func(), err error) {
	b.made++
	name := fmt.Sprintf("bench_%d", b.made)
	if _, err := b.admin.Exec(ctx, "create database "+name+" template "+from); err != nil {
		return "", nil, err
	}
	return b.url(name), func() {
		if _, err := b.admin.Exec(context.WithoutCancel(ctx), "drop database "+name+" with (force)"); err != nil {
			fmt.Fprintln(os.Stderr, "queue:", err)
		}
	}, nil
}

// house is a database with pgcast's schema, opened as pgcast opens it, and one
// more connection to prepare and to look.
type house struct {
	*db.DB
	url  string
	conn *pgx.Conn
	drop func()
}

func (b *bench) house(ctx context.Context) (*house, error) {
	url, drop, err := b.database(ctx, template)
	if err != nil {
		return nil, err
	}
	h := &house{url: url, drop: drop}
	if h.DB, err = db.Open(ctx, url, db.Options{AppName: "pgcast bench"}); err != nil {
		drop()
		return nil, err
	}
	if h.conn, err = pgx.Connect(ctx, url); err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

func (h *house) close() {
	if h.conn != nil {
		_ = h.conn.Close(context.Background())
	}
	h.Close()
	h.drop()
}

// do runs statements one by one.
func do(ctx context.Context, conn *pgx.Conn, statements ...string) error {
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", strings.TrimSpace(s), err)
		}
	}
	return nil
}

// query1 reads one value.
func query1[T any](ctx context.Context, conn *pgx.Conn, sql string, args ...any) (T, error) {
	rows, _ := conn.Query(ctx, sql, args...) // the error comes again with the row
	return pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
}

// awaitCount polls until sql counts n rows. It is cheap beside what it waits
// for, and the same for everybody.
func awaitCount(ctx context.Context, conn *pgx.Conn, n int, sql string) error {
	for {
		switch got, err := query1[int](ctx, conn, sql); {
		case err != nil:
			return err
		case got == n:
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// warnings are shown: a figure taken amid trouble proves nothing.
var warnings = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
