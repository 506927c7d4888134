package db

import (
	"context"

	"github.com/pgcast/pgcast/internal/job"
)

// mostSwept bounds what one sweep takes.
const mostSwept = 100

// Expire looks at runs whose time to look has come, 1,000 at most, and returns how
// many. It marks those whose files are no longer kept: those beyond the newest keep
// completed of their job, and those that ended without a result. Their folders are
// left over.
func (db *DB) Expire(ctx context.Context, keep int) (int, error) {
	var n int
	err := db.pool.QueryRow(ctx, `select pgcast.expire($1::int)`, keep).Scan(&n)
	return n, wrap("expire runs", err)
}

// Sweep returns folders that are due to be removed, at most 100: those of
// expired runs, and those of jobs that were deleted more than a minute ago. Each
// comes again after five minutes unless [DB.Swept] is told that it has gone.
func (db *DB) Sweep(ctx context.Context) ([]job.Leftover, error) {
	return query(ctx, db, "list leftovers", toLeftover, `select `+leftoverColumns+` from pgcast.sweep($1::int)`, mostSwept)
}

// Swept says that the folders have gone.
func (db *DB) Swept(ctx context.Context, gone []job.Leftover) error {
	ids := make([]int64, len(gone))
	for i, l := range gone {
		ids[i] = l.ID
	}
	_, err := db.pool.Exec(ctx, `select pgcast.swept($1::bigint[])`, ids)
	return wrap("strike off leftovers", err)
}
