package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/internal/job"
)

// Events reads the audit trail of a job, oldest first. It outlives the job;
// it returns [job.ErrNotFound] when the user never had such a job.
func (db *DB) Events(ctx context.Context, user job.UserID, id job.ID) ([]job.Event, error) {
	events, err := asUser(ctx, db, user, toEvent,
		`select `+eventColumns+` from public.job_events e where job_id = $1::uuid and user_id = $2::uuid order by e.id`,
		id.String(), user.String())
	if err == nil && len(events) == 0 {
		// Rows that are older than the trail have a job and no events.
		_, err = asUserOne(ctx, db, user, pgx.RowTo[bool],
			`select true from public.jobs where id = $1::uuid and user_id = $2::uuid`, id.String(), user.String())
	}
	return events, wrap("read events", err)
}

// Run reads one run of the user's. It returns [job.ErrNotFound] when there is
// none.
func (db *DB) Run(ctx context.Context, user job.UserID, id job.RunID) (job.Run, error) {
	r, err := asUserOne(ctx, db, user, toRun,
		`select `+runColumns+` from `+runRows+` where forecast_id = $1::uuid and user_id = $2::uuid`, id.String(), user.String())
	return r, wrap("get run", err)
}

// LatestRun reads the newest completed run of a job. It returns
// [job.ErrNotFound] when there is none.
func (db *DB) LatestRun(ctx context.Context, user job.UserID, id job.ID) (job.Run, error) {
	r, err := asUserOne(ctx, db, user, toRun, `
		select `+runColumns+`
		from `+runRows+`
		where job_id = $1::uuid and user_id = $2::uuid and r.folder is not null and r.expired_at is null
		order by r.created_at desc
		limit 1`, id.String(), user.String())
	return r, wrap("get latest run", err)
}

// query runs a statement as the connection's own role and collects its rows.
func query[T any](ctx context.Context, db *DB, doing string, to pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	rows, err := db.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, wrap(doing, err)
	}
	found, err := pgx.CollectRows(rows, to)
	return found, wrap(doing, err)
}
