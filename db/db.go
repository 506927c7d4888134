// Package db is the one place that talks SQL: a pool, typed calls of the verbs
// in schema pgcast, the listener, and the migrations.
//
// Calls for a user run in a transaction as the role authenticated with the
// claims of that user, so that row level security shows only the user's rows
// whatever a query forgets. Calls for services run as the role of the
// connection. Ids travel as text with a cast, which works in every query
// execution mode of pgx.
package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pgcast/pgcast/internal/job"
)

// Options tune a pool. The zero value is good.
type Options struct {
	AppName  string // application_name, shown in job_events; "" keeps the URL's, or "pgcast"
	MaxConns int32  // 0: the URL's pool_max_conns, or pgx's default

	Quotas job.Quotas // of users who have none of their own
}

// DB is a pool of connections and the calls that pgcast makes.
type DB struct {
	pool    *pgxpool.Pool
	quotas  string        // the standard ones, as pgcast.quotas_of reads them
	writing chan struct{} // capacity 1: held by a completion that writes
}

// Open connects to url and checks that it answers. Behind a pooler no statement
// stays prepared, unless the URL names a default_query_exec_mode.
func Open(ctx context.Context, url string, o Options) (*DB, error) {
	config, err := poolConfig(url, o)
	if err != nil {
		return nil, err
	}
	if err := chooseMode(ctx, url, config.ConnConfig); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("open database: %w", err)
	}
	q := o.Quotas
	return &DB{pool: pool, writing: make(chan struct{}, 1), quotas: fmt.Sprintf("{%d,%d,%d,%d}", q.Jobs, q.Bytes, q.Runs, q.Waiting)}, nil
}

func poolConfig(url string, o Options) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("parse database url: %w", err)
	}
	if o.MaxConns > 0 {
		config.MaxConns = o.MaxConns
	}
	// Behind a transaction pooler a connection may be handed what somebody else
	// listens to; pgx would keep it all for a reader who never comes.
	config.ConnConfig.OnNotification = func(*pgconn.PgConn, *pgconn.Notification) {}
	setAppName(config.ConnConfig, o.AppName)
	return config, nil
}

// setAppName names the connection. application_name is one of the few startup
// parameters that every pooler lets through.
func setAppName(c *pgx.ConnConfig, name string) {
	if name == "" && c.RuntimeParams["application_name"] == "" {
		name = "pgcast"
	}
	if name != "" {
		c.RuntimeParams["application_name"] = name
	}
}

// Close waits for calls under way and closes the connections.
func (db *DB) Close() { db.pool.Close() }

// Pool is the pool underneath, for checks and metrics.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.pool.Ping(ctx); err != nil {
		return fmt.Errorf("ping database: %w", err)
	}
	return nil
}
