package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcast/pgcast/internal/job"
)

// patience bounds how long a call within [DB.Together] waits for a row or a key
// that somebody else holds.
const patience = "5s"

type together struct{}

// sender is the pool, or a transaction of it.
type sender interface {
	SendBatch(context.Context, *pgx.Batch) pgx.BatchResults
}

// Together makes one transaction of the calls for a user that do makes with the
// context it is given: all of them happen, or none when it returns an error.
func (db *DB) Together(ctx context.Context, do func(ctx context.Context) error) error {
	tx, err := db.pool.Begin(ctx)
	if err != nil {
		return wrap("begin", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // nothing is left to do after a commit
	if _, err := tx.Exec(ctx, `set local lock_timeout = '`+patience+`'`); err != nil {
		return wrap("begin", err)
	}
	if err := do(context.WithValue(ctx, together{}, tx)); err != nil {
		return err
	}
	return wrap("commit", tx.Commit(ctx))
}

// Expect locks a job of the user's for the rest of the transaction. It returns
// [job.ErrVersion] when its version is none of these; none given: any will do.
func (db *DB) Expect(ctx context.Context, user job.UserID, id job.ID, versions []int64) error {
	_, err := asUser(ctx, db, user, pgx.RowTo[string], `select pgcast.expect_version($1::uuid, $2::bigint[])::text`, id.String(), versions)
	return wrap("expect version", err)
}

// Recall reserves a key for the transaction, and returns false; or returns what
// was answered when the key was used before. While another transaction holds the
// key it waits for that one's end. It returns [job.ErrKeyReused] when the key was
// used for another request, [job.ErrKeyInUse] when the wait was too long.
func (db *DB) Recall(ctx context.Context, user job.UserID, k job.Key) (job.Answer, bool, error) {
	found, err := asUser(ctx, db, user, pgx.RowToStructByName[job.Answer],
		`select status, body from pgcast.recall($1::text, $2::bytea)`, k.Text, k.Fingerprint)
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg) && pg.Code == stateLocked:
		return job.Answer{}, false, fmt.Errorf("recall answer: %w", job.ErrKeyInUse)
	case err != nil || len(found) == 0:
		return job.Answer{}, false, wrap("recall answer", err)
	}
	return found[0], true, nil
}

// Used reports whether a key of the user's was used.
func (db *DB) Used(ctx context.Context, user job.UserID, key string) (bool, error) {
	used, err := asUserOne(ctx, db, user, pgx.RowTo[bool], `select pgcast.key_used($1::text)`, key)
	return used, wrap("look for key", err)
}

// Remember keeps the answer under a key that this transaction has reserved.
func (db *DB) Remember(ctx context.Context, user job.UserID, key string, a job.Answer) error {
	_, err := asUser(ctx, db, user, pgx.RowTo[string],
		`select pgcast.remember($1::text, $2::int, $3::text)::text`, key, a.Status, a.Body)
	return wrap("remember answer", err)
}

// Spend returns a [*job.QuotaError] when what is about to be used would pass a
// quota of the user's. Create, Request and Reprocess ask the same by themselves.
func (db *DB) Spend(ctx context.Context, user job.UserID, s job.Spending) error {
	_, err := asUser(ctx, db, user, pgx.RowTo[string], `select pgcast.spend($1::bigint, $2::bigint, $3::bigint)::text`, s.Jobs, s.Bytes, s.Runs)
	return wrap("check quotas", err)
}

// Usage reads the quotas of a user and what is used of them.
func (db *DB) Usage(ctx context.Context, user job.UserID) (job.Usage, error) {
	type row struct{ MaxJobs, MaxBytes, MaxRuns, MaxWaiting, Jobs, Bytes, Runs, Waiting int64 }
	r, err := asUserOne(ctx, db, user, pgx.RowToStructByName[row], `
		select q.jobs as max_jobs, q.bytes as max_bytes, q.runs as max_runs, q.waiting as max_waiting, u.jobs, u.bytes, u.runs, u.waiting
		from pgcast.quotas_of() q, pgcast.usage() u`)
	return job.Usage{
		Quotas: job.Quotas{Jobs: r.MaxJobs, Bytes: r.MaxBytes, Runs: r.MaxRuns, Waiting: r.MaxWaiting},
		Used:   job.Quotas{Jobs: r.Jobs, Bytes: r.Bytes, Runs: r.Runs, Waiting: r.Waiting},
	}, wrap("read usage", err)
}

// quotaError reads what pgcast.spend raises.
func quotaError(pg *pgconn.PgError) *job.QuotaError {
	e := &job.QuotaError{}
	var seconds int64
	if _, err := fmt.Sscanf(pg.Detail, "%s %d %d", &e.Quota, &e.Limit, &seconds); err == nil {
		e.Retry = time.Duration(seconds) * time.Second
	}
	return e
}
