package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/localpg"
)

// bench is the server that everything is measured on, with a database per
// measurement.
type bench struct {
	settings
	server *localpg.Server
	dir    string
	admin  *pgx.Conn
	made   int
}

const (
	// template is a database with pgcast's schema, copied for each measurement.
	template = "pgcast_template"
	// plain is a role that may not replicate: its notifier listens.
	plain = "plain"

	secret  = "a secret of at least thirty-two bytes"
	project = "http://127.0.0.1:1" // the Supabase project, which nothing here talks to
	anonKey = "sb_publishable_bench"
)

func open(ctx context.Context, s settings, more map[string]string) (b *bench, err error) {
	b = &bench{settings: s}
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
	config := localpg.Config{Dir: b.dir, Settings: map[string]string{
		"shared_buffers": "512MB", "max_wal_size": "4GB", "max_connections": "200",
	}}
	for name, value := range more {
		config.Settings[name] = value
	}
	if b.server, err = localpg.Start(ctx, config); err != nil {
		return nil, err
	}
	if b.admin, err = pgx.Connect(ctx, b.server.URL()); err != nil {
		return nil, err
	}
	if err := do(ctx, b.admin, `create database `+template, `create role `+plain+` login superuser noreplication`, `alter role `+plain+` nosuperuser`); err != nil {
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
		fmt.Fprintln(os.Stderr, "live: clean up:", err)
	}
}

func (b *bench) url(database string) string {
	return strings.Replace(b.server.URL(), "/postgres?", "/"+database+"?", 1)
}

// user is somebody with one job and a token.
type user struct {
	id    job.UserID
	job   string
	token string
}

// house is a database with pgcast's schema and users with a job each.
type house struct {
	*bench
	url   string
	pool  *pgxpool.Pool
	users []user
	next  int // whose job is touched next
	drop  func()
}

func (b *bench) house(ctx context.Context, users int) (*house, error) {
	b.made++
	name := fmt.Sprintf("bench_%d", b.made)
	if err := do(ctx, b.admin, "create database "+name+" template "+template); err != nil {
		return nil, err
	}
	h := &house{bench: b, url: b.url(name), drop: func() {
		_ = do(context.WithoutCancel(ctx), b.admin, "drop database "+name+" with (force)")
	}}
	config, err := pgxpool.ParseConfig(h.url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = 32
	if h.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, err
	}
	return h, h.people(ctx, users)
}

func (h *house) close() {
	h.pool.Close()
	h.drop()
}

// people makes users, each with a job.
func (h *house) people(ctx context.Context, n int) error {
	now := time.Now()
	var ids, jobs []string
	for range n {
		u := user{id: job.UserID{UUID: uuid.New()}, job: uuid.New().String()}
		var err error
		u.token, err = auth.Mint([]byte(secret), auth.Claims{Role: auth.RoleAuthenticated, User: u.id,
			Issuer: project + "/auth/v1", Issued: now, Expires: now.Add(4 * time.Hour)})
		if err != nil {
			return err
		}
		h.users = append(h.users, u)
		ids, jobs = append(ids, u.id.String()), append(jobs, u.job)
	}
	_, err := h.pool.Exec(ctx, `
		insert into jobs (id, user_id, params, file_name)
		select * , '{"horizon": 12, "model": "auto"}'::jsonb, 'measurements.csv' from unnest($1::text[]::uuid[], $2::text[]::uuid[])`, jobs, ids)
	return err
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
