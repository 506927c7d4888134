package db

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"

	"github.com/pgcast/pgcast/schema"
)

// cliTable is the history of the Supabase CLI, which matches by version only
// (supabase/cli: pkg/migration).
const cliTable = "supabase_migrations.schema_migrations"

// adoptCLIHistory counts migrations that the Supabase CLI has applied.
func adoptCLIHistory(ctx context.Context, pool *sql.DB, provider *goose.Provider, log *slog.Logger) error {
	theirs, err := cliVersions(ctx, pool)
	if err != nil || theirs == nil {
		return err
	}
	store, err := versionStore()
	if err != nil {
		return err
	}
	statuses, err := provider.Status(ctx)
	if err != nil {
		return err
	}
	for _, s := range statuses {
		version := s.Source.Version
		if s.State != goose.StatePending || !theirs[strconv.FormatInt(version, 10)] {
			continue
		}
		if err := store.Insert(ctx, pool, database.InsertRequest{Version: version}); err != nil {
			return fmt.Errorf("adopt migration %d: %w", version, err)
		}
		log.Info("migration was applied by the Supabase CLI", "version", version)
	}
	return nil
}

// cliVersions are the versions that the CLI has applied; nil when the database
// has no such history.
func cliVersions(ctx context.Context, pool *sql.DB) (map[string]bool, error) {
	var there bool
	if err := pool.QueryRowContext(ctx, `select to_regclass($1) is not null`, cliTable).Scan(&there); err != nil || !there {
		return nil, err
	}
	rows, err := pool.QueryContext(ctx, `select version from `+cliTable)
	if err != nil {
		return nil, fmt.Errorf("read the history of the Supabase CLI: %w", err)
	}
	defer rows.Close()
	versions := map[string]bool{}
	for rows.Next() {
		var version string
		if err := rows.Scan(&version); err != nil {
			return nil, err
		}
		versions[version] = true
	}
	return versions, rows.Err()
}

// writeCLIHistory tells the CLI which migrations are applied, where it keeps a
// history.
func writeCLIHistory(ctx context.Context, pool *sql.DB, provider *goose.Provider) error {
	theirs, err := cliVersions(ctx, pool)
	if err != nil || theirs == nil {
		return err
	}
	for _, source := range provider.ListSources() {
		version := strconv.FormatInt(source.Version, 10)
		if theirs[version] {
			continue
		}
		text, err := fs.ReadFile(schema.FS, path.Base(source.Path))
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(path.Base(source.Path), version+"_"), ".sql")
		_, err = pool.ExecContext(ctx, `insert into `+cliTable+` (version, name, statements) values ($1, $2, array[$3]) on conflict do nothing`,
			version, name, string(text))
		if err != nil {
			return fmt.Errorf("write the history of the Supabase CLI: %w", err)
		}
	}
	return nil
}
