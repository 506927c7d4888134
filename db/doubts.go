package db

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/internal/job"
)

// Doubts hands out jobs that lost a claim lately, whose files are due to be
// compared with their result. Each comes again every 15 s for three minutes, and
// then until Assured is told of it.
func (db *DB) Doubts(ctx context.Context, most int) ([]job.ID, error) {
	return query(ctx, db, "read doubts", pgx.RowTo[job.ID], `select pgcast.inspect($1::int)`, most)
}

// Assured says that the files of these jobs have been compared and are right.
func (db *DB) Assured(ctx context.Context, ids []job.ID) error {
	_, err := db.pool.Exec(ctx, `select pgcast.assure($1::text[]::uuid[])`, idArgs(ids))
	return wrap("end doubts", err)
}

// Doubt has the files of a job compared with its result for a while.
func (db *DB) Doubt(ctx context.Context, id job.ID) error {
	_, err := db.pool.Exec(ctx, `select pgcast.doubt(array[$1::uuid])`, id.String())
	return wrap("doubt files", err)
}

// WithRuns holds the row of a job, so that nobody publishes meanwhile, and calls
// look with what its files should be. It returns [job.ErrBusy] when somebody
// else holds the row, and [job.ErrNotFound] when there is no such job.
func (db *DB) WithRuns(ctx context.Context, id job.ID, look func(context.Context, job.Standing) error) error {
	return wrap("hold job", pgx.BeginFunc(ctx, db.pool, func(tx pgx.Tx) error {
		s, err := standing(ctx, tx, id)
		if err != nil {
			return err
		}
		return look(ctx, s)
	}))
}

// mostStanding bounds the runs of a job that are looked at, from the newest.
const mostStanding = 50

func standing(ctx context.Context, tx pgx.Tx, id job.ID) (job.Standing, error) {
	s := job.Standing{Job: id}
	if _, err := tx.Exec(ctx, holdTimeout); err != nil {
		return s, err
	}
	err := tx.QueryRow(ctx, `
		select user_id, output_file_path is not null from public.jobs where id = $1::uuid for no key update skip locked`,
		id.String()).Scan(&s.Owner, &s.Published)
	if errors.Is(err, pgx.ErrNoRows) {
		var there bool
		if err := tx.QueryRow(ctx, `select exists (select from public.jobs where id = $1::uuid)`, id.String()).Scan(&there); err != nil {
			return s, err
		}
		if there {
			return s, job.ErrBusy
		}
		return s, job.ErrNotFound
	}
	if err != nil {
		return s, err
	}
	rows, err := tx.Query(ctx, `
		select `+runColumns+` from `+runRows+` where job_id = $1::uuid order by created_at desc limit $2`, id.String(), mostStanding)
	if err != nil {
		return s, err
	}
	s.Runs, err = pgx.CollectRows(rows, toRun)
	return s, err
}
