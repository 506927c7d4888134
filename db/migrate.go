package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"github.com/pgcast/pgcast/schema"
)

// versionTable is goose's history. It lives beside the verbs, out of reach of
// PostgREST.
const versionTable = "pgcast.goose_db_version"

// migrationLock is the key of the session advisory lock under which one
// process migrates at a time ("pgcast" in ASCII).
const migrationLock = 0x706763617374

// Migrate brings the schema at url up to date. Several processes may call it
// at once, again and again: one works, the others wait and find nothing to do.
// The history of the Supabase CLI counts as well, and gets the same entries.
// A url that leads to a transaction pooler is [ErrPooled]. log may be nil.
func Migrate(ctx context.Context, url string, log *slog.Logger) error {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if err := refusePooler(ctx, url); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	pool, err := openSQL(url)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := locked(ctx, pool, func() error { return migrate(ctx, pool, log) }); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// ErrPooled is returned by [Migrate] for a connection that holds no session.
var ErrPooled = errors.New("the connection goes through a transaction pooler, in which no session keeps the lock that migrations need: " +
	"set DATABASE_LISTEN_URL to the direct connection (db.<ref>.supabase.co:5432) or to the session pooler (port 5432)")

// refusePooler is for what needs a session of its own. A direct connection is
// known by the process that serves it; of two poolers the one that pools
// transactions loses a LISTEN.
func refusePooler(ctx context.Context, url string) error {
	if Named(url) == TransactionPooler {
		return ErrPooled
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("parse database url: %w", err)
	}
	setAppName(config, "pgcast migrate")
	between, err := pooled(ctx, config)
	if err != nil || !between {
		return err
	}
	kind, err := KindOf(ctx, url)
	if err == nil && kind == TransactionPooler {
		err = ErrPooled
	}
	return err
}

// openSQL is a database/sql pool, which is what goose speaks.
func openSQL(url string) (*sql.DB, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("parse database url: %w", err)
	}
	setAppName(config, "pgcast migrate")
	return stdlib.OpenDB(*config), nil
}

// locked runs do while this process holds the migration lock.
func locked(ctx context.Context, pool *sql.DB, do func() error) (err error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, `select pg_advisory_lock($1)`, int64(migrationLock)); err != nil {
		return fmt.Errorf("wait for the lock: %w", err)
	}
	defer func() {
		_, unlock := conn.ExecContext(context.WithoutCancel(ctx), `select pg_advisory_unlock($1)`, int64(migrationLock))
		err = errors.Join(err, unlock)
	}()
	return do()
}

func migrate(ctx context.Context, pool *sql.DB, log *slog.Logger) error {
	if err := requireSupabaseRoles(ctx, pool); err != nil {
		return err
	}
	if _, err := pool.ExecContext(ctx, `create schema if not exists pgcast`); err != nil {
		return fmt.Errorf("create schema pgcast: %w", err)
	}
	provider, err := newProvider(pool)
	if err != nil {
		return err
	}
	if _, err := provider.GetDBVersion(ctx); err != nil { // makes the version table
		return err
	}
	if _, err := pool.ExecContext(ctx, `alter table `+versionTable+` enable row level security`); err != nil {
		return fmt.Errorf("close the version table: %w", err)
	}
	if err := adoptCLIHistory(ctx, pool, provider, log); err != nil {
		return err
	}
	applied, err := provider.Up(ctx)
	if err != nil {
		return err
	}
	for _, m := range applied {
		log.Info("migration applied", "version", m.Source.Version, "took", m.Duration)
	}
	return writeCLIHistory(ctx, pool, provider)
}

func newProvider(pool *sql.DB) (*goose.Provider, error) {
	return goose.NewProvider(goose.DialectPostgres, pool, schema.FS,
		goose.WithTableName(versionTable),
		goose.WithDisableGlobalRegistry(true),
		goose.WithAllowOutofOrder(true)) // the CLI may have applied a later one
}

// versionStore is goose's own view of its history.
func versionStore() (database.Store, error) {
	return database.NewStore(database.DialectPostgres, versionTable)
}
