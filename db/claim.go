package db

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/internal/job"
)

// Claim takes up to slots jobs for a processor; none when there is nothing to
// do.
func (db *DB) Claim(ctx context.Context, processor string, slots int) ([]job.Claim, error) {
	return query(ctx, db, "claim jobs", toClaim,
		`select `+claimColumns+` from pgcast.claim($1::text, $2::int)`, processor, slots)
}

// Report writes progress, at most once a second and job and only when it
// moved, and returns the jobs that are no longer the caller's: canceled,
// reset, rescued or deleted.
func (db *DB) Report(ctx context.Context, ticks []job.Tick) (lost []job.ID, err error) {
	ids, fences := make([]string, len(ticks)), make([]int64, len(ticks))
	fractions, stages := make([]float64, len(ticks)), make([]string, len(ticks))
	for i, t := range ticks {
		ids[i], fences[i], fractions[i], stages[i] = t.ID.String(), t.Fence, t.Progress.Fraction, t.Progress.Stage
	}
	return query(ctx, db, "report progress", pgx.RowTo[job.ID],
		`select pgcast.report_progress($1::text[]::uuid[], $2::bigint[], $3::float8[], $4::text[])`, ids, fences, fractions, stages)
}

// Complete ends a run with its result. It holds the row while publish runs, so
// that only the holder of the fence publishes, and commits the outcome when
// publish returns nil. It returns [job.ErrLeaseLost] when the claim is lost;
// publish is then not called.
func (db *DB) Complete(ctx context.Context, c job.Claim, o job.Outcome, publish func(ctx context.Context) error) error {
	checksums, err := json.Marshal(o.Checksums)
	if err != nil {
		return fmt.Errorf("complete job: %w", err)
	}
	return wrap("complete job", pgx.BeginFunc(ctx, db.pool, func(tx pgx.Tx) error {
		if err := held(ctx, tx, `select pgcast.lock_claim($1::uuid, $2::bigint)`, c.ID.String(), c.Fence); err != nil {
			return err
		}
		if err := publish(ctx); err != nil {
			return err
		}
		return held(ctx, tx, `select pgcast.complete($1::uuid, $2::bigint, $3::text, $4::text, $5::jsonb, $6::text, $7::jsonb)`,
			c.ID.String(), c.Fence, o.Folder, o.OutputPath, string(checksums), o.ModelUsed, jsonArg(o.Metrics))
	}))
}

// Fail ends an attempt without a result. With f.Retry, and while attempts are
// left, the job waits a while and is tried again. It returns
// [job.ErrLeaseLost] when the claim is lost.
func (db *DB) Fail(ctx context.Context, c job.Claim, f job.Failure) error {
	return wrap("fail job", held(ctx, db.pool, `select pgcast.fail($1::uuid, $2::bigint, $3::text, $4::text, $5::boolean)`,
		c.ID.String(), c.Fence, f.Code, f.Message, f.Retry))
}

// Release hands claims back untried: they start elsewhere at once, and the
// attempts do not count. Claims that are lost are left alone.
func (db *DB) Release(ctx context.Context, claims []job.Claim) error {
	ids, fences := make([]string, len(claims)), make([]int64, len(claims))
	for i, c := range claims {
		ids[i], fences[i] = c.ID.String(), c.Fence
	}
	_, err := db.pool.Exec(ctx, `select pgcast.release($1::text[]::uuid[], $2::bigint[])`, ids, fences)
	return wrap("release jobs", err)
}

// Reconcile releases what the database holds as claimed by processor beside
// held, and returns how many jobs that were: the answer to a claim may have
// been lost on the way.
func (db *DB) Reconcile(ctx context.Context, processor string, held []job.Claim) (int, error) {
	fences := make([]int64, len(held))
	for i, c := range held {
		fences[i] = c.Fence
	}
	var released int
	err := db.pool.QueryRow(ctx, `select pgcast.reconcile($1::text, $2::bigint[])`, processor, fences).Scan(&released)
	return released, wrap("reconcile claims", err)
}

// querier is a pool or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// held calls a fenced verb, which answers whether the claim was still held.
func held(ctx context.Context, q querier, sql string, args ...any) error {
	var still bool
	if err := q.QueryRow(ctx, sql, args...).Scan(&still); err != nil {
		return err
	}
	if !still {
		return job.ErrLeaseLost
	}
	return nil
}
