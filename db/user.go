package db

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/internal/job"
)

// actAs makes the rest of the transaction the user's, as PostgREST does, and
// names the trace that what is written carries, and the standard quotas.
const actAs = `select set_config('role', 'authenticated', true), set_config('request.jwt.claims', $1::text, true), set_config('pgcast.trace', $2::text, true),
	set_config('pgcast.quotas', $3::text, true)`

// asUser runs one statement on behalf of a user and collects its rows. Both
// statements travel in one batch, which is one round trip and one transaction:
// the role ends with it, unless the context carries a longer one (see
// [DB.Together]).
func asUser[T any](ctx context.Context, db *DB, user job.UserID, to pgx.RowToFunc[T], sql string, args ...any) (rows []T, err error) {
	claims, err := json.Marshal(map[string]string{"sub": user.String(), "role": "authenticated"})
	if err != nil {
		return nil, err
	}
	batch := &pgx.Batch{}
	batch.Queue(actAs, string(claims), job.Trace(ctx), db.quotas)
	batch.Queue(sql, args...).Query(func(r pgx.Rows) error {
		rows, err = pgx.CollectRows(r, to)
		return err
	})
	var where sender = db.pool
	if tx, ok := ctx.Value(together{}).(pgx.Tx); ok {
		where = tx
	}
	return rows, where.SendBatch(ctx, batch).Close()
}

// asUserOne is asUser for a statement that answers with one row.
func asUserOne[T any](ctx context.Context, db *DB, user job.UserID, to pgx.RowToFunc[T], sql string, args ...any) (T, error) {
	rows, err := asUser(ctx, db, user, to, sql, args...)
	if err == nil && len(rows) == 0 {
		err = pgx.ErrNoRows
	}
	if err != nil {
		var none T
		return none, err
	}
	return rows[0], nil
}

// Create stores a job; with params it is queued at once.
func (db *DB) Create(ctx context.Context, user job.UserID, u job.Upload) (job.Detail, error) {
	d, err := asUserOne(ctx, db, user, toDetail,
		`select `+detailColumns+` from pgcast.create_job($1::uuid, $2::text, $3::text, $4::bigint, $5::text, $6::text, $7::text, $8::text, $9::jsonb, $10::jsonb)`,
		u.ID.String(), u.InputPath, u.FileName, u.FileBytes, u.FileSHA256,
		jsonArg(u.Columns), jsonArg(u.TimeCandidates), jsonArg(u.Preview), jsonArg(u.Profile), jsonArg(u.Params))
	return d, wrap("create job", err)
}

// Get reads one job with its wide columns. It returns [job.ErrNotFound] when
// there is none, or none of the user's.
func (db *DB) Get(ctx context.Context, user job.UserID, id job.ID) (job.Detail, error) {
	d, err := asUserOne(ctx, db, user, toDetail,
		`select `+detailColumns+` from public.jobs where id = $1::uuid and user_id = $2::uuid`, id.String(), user.String())
	return d, wrap("get job", err)
}

// Request asks for a forecast: a pending job takes the params, one that has
// ended gets a new run. It returns [job.ErrConflict] while the job runs.
func (db *DB) Request(ctx context.Context, user job.UserID, id job.ID, params json.RawMessage) (job.Job, error) {
	return db.verb(ctx, user, "request run", `pgcast.request_run($1::uuid, $2::jsonb)`, id.String(), jsonArg(params))
}

// Reprocess runs a job again with params, the whole merged request; without
// params, as it ran before. It returns [job.ErrConflict] while the job runs.
func (db *DB) Reprocess(ctx context.Context, user job.UserID, id job.ID, params json.RawMessage) (job.Job, error) {
	return db.verb(ctx, user, "reprocess job", `pgcast.reprocess($1::uuid, $2::jsonb)`, id.String(), jsonArg(params))
}

// Cancel stops a job, also while it runs. A canceled one stays as it is; it
// returns [job.ErrConflict] when the job has completed or failed.
func (db *DB) Cancel(ctx context.Context, user job.UserID, id job.ID) (job.Job, error) {
	return db.verb(ctx, user, "cancel job", `pgcast.cancel_job($1::uuid)`, id.String())
}

func (db *DB) verb(ctx context.Context, user job.UserID, doing, call string, args ...any) (job.Job, error) {
	j, err := asUserOne(ctx, db, user, toJob, `select `+jobColumns+` from `+call, args...)
	return j, wrap(doing, err)
}

// Delete removes a job and its runs; its events stay. The files are the
// caller's to remove.
func (db *DB) Delete(ctx context.Context, user job.UserID, id job.ID) error {
	_, err := asUser(ctx, db, user, pgx.RowTo[string], `select pgcast.delete_job($1::uuid)::text`, id.String())
	return wrap("delete job", err)
}

// Ticket issues a one-use ticket for a websocket or an EventSource, and says
// when it expires.
func (db *DB) Ticket(ctx context.Context, user job.UserID) (string, time.Time, error) {
	type ticket struct {
		Ticket    string
		ExpiresAt time.Time
	}
	t, err := asUserOne(ctx, db, user, pgx.RowToStructByName[ticket], `select ticket, expires_at from pgcast.issue_ticket()`)
	return t.Ticket, t.ExpiresAt, wrap("issue ticket", err)
}
