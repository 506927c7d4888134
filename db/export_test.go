package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/internal/job"
)

// QueryAs runs a statement in the transaction in which the API acts for a user,
// and returns the first column of its rows.
func (db *DB) QueryAs(ctx context.Context, user job.UserID, sql string, args ...any) ([]string, error) {
	return asUser(ctx, db, user, pgx.RowTo[string], sql, args...)
}
