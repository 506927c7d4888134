package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/internal/job"
)

// Claim takes up to slots jobs for a processor; none when there is nothing to
// do. Of priority 0 it looks at turns from above on: 0 means all, the largest
// turn claimed a while ago spares it what is long claimed.
func (db *DB) Claim(ctx context.Context, processor string, slots int, above int64) ([]job.Claim, error) {
	rows, err := db.pool.Query(ctx, `select `+claimColumns+` from pgcast.claim($1::text, $2::int, $3::bigint)`, processor, slots, above)
	if err != nil {
		return nil, wrap("claim jobs", err)
	}
	claims, err := pgx.AppendRows(make([]job.Claim, 0, slots), rows, toClaim)
	return claims, wrap("claim jobs", err)
}

// ClaimSuspect takes one job under which processors died; none when there is
// no such job. It is for a processor that runs nothing else meanwhile.
func (db *DB) ClaimSuspect(ctx context.Context, processor string) ([]job.Claim, error) {
	return query(ctx, db, "claim a suspect", toClaim,
		`select `+claimColumns+` from pgcast.claim_suspect($1::text)`, processor)
}

// MakeRoom reports whether the processor is the only one that claims no more
// until it holds nothing, so that a suspect can run there. It is for 15 s, and
// asks again before they are over.
func (db *DB) MakeRoom(ctx context.Context, processor string) (bool, error) {
	var granted bool
	err := db.pool.QueryRow(ctx, `select pgcast.make_room($1::text)`, processor).Scan(&granted)
	return granted, wrap("make room for a suspect", err)
}

// Promote makes jobs claimable whose time has come, up to 1,000, and says when
// the next one's will.
func (db *DB) Promote(ctx context.Context) (p job.Promotion, err error) {
	var seconds float64
	err = db.pool.QueryRow(ctx, `select promoted, coalesce(next, 0), suspects from pgcast.promote()`).Scan(&p.Promoted, &seconds, &p.Suspects)
	p.Next = time.Duration(seconds * float64(time.Second))
	return p, wrap("promote jobs", err)
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
