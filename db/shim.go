package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/pgcast/pgcast/schema"
)

// Shim adds what a plain Postgres lacks of Supabase, so that the schema can
// lean on it. It fails on a Supabase project, and may be run again.
func Shim(ctx context.Context, url string) error {
	pool, err := openSQL(url)
	if err != nil {
		return err
	}
	defer pool.Close()
	err = locked(ctx, pool, func() error {
		_, err := pool.ExecContext(ctx, schema.Shim)
		return err
	})
	return wrap("add the shim", err)
}

// requireSupabaseRoles says early and plainly what else would fail in the
// middle of a migration.
func requireSupabaseRoles(ctx context.Context, pool *sql.DB) error {
	var there bool
	err := pool.QueryRowContext(ctx, `
		select count(*) = 3 and to_regprocedure('auth.uid()') is not null
		from pg_roles where rolname in ('anon', 'authenticated', 'service_role')`).Scan(&there)
	if err != nil {
		return fmt.Errorf("look for the roles: %w", err)
	}
	if !there {
		return errors.New("the roles anon, authenticated, service_role or the function auth.uid() are missing: " +
			"this is neither a Supabase project nor a database of pgcast up; apply schema/shim.sql first")
	}
	return nil
}
