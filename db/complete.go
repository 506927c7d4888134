package db

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/internal/job"
)

// Complete ends runs with their results, in one transaction. It holds the rows
// of the claims that are still held, calls publish for each of them, all at the
// same time, so that only the holder of a fence publishes, and commits the
// outcomes of those for which publish returned nil.
//
// The answer has one error per completion: nil; [job.ErrLeaseLost], and publish
// was not called or its work came to nothing; what publish returned;
// [job.ErrBusy] when somebody else has locked the row: it may be tried alone,
// for a single completion waits; or what kept the whole transaction.
func (db *DB) Complete(ctx context.Context, cs []job.Completion, publish func(ctx context.Context, c job.Claim) error) []error {
	errs := make([]error, len(cs))
	if err := db.complete(ctx, cs, errs, publish); err != nil {
		for i := range errs {
			if errs[i] == nil {
				errs[i] = err
			}
		}
	}
	for i, err := range errs {
		errs[i] = wrap("complete job", err)
	}
	return errs
}

// complete is one transaction in two round trips: begin and hold, complete and
// commit. It fills errs, and returns what concerns all that have none.
func (db *DB) complete(ctx context.Context, cs []job.Completion, errs []error, publish func(context.Context, job.Claim) error) error {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release() // closes a connection that is still in a transaction

	states, err := hold(ctx, conn.Conn(), cs)
	if err != nil {
		return err
	}
	for i, state := range states {
		switch state {
		case "lost":
			errs[i] = job.ErrLeaseLost
		case "busy":
			errs[i] = job.ErrBusy
		}
	}
	publishAll(ctx, cs, errs, publish)

	var good []job.Completion
	for i, c := range cs {
		if errs[i] == nil {
			good = append(good, c)
		}
	}
	if len(good) == 0 {
		_, err := conn.Exec(ctx, "rollback")
		return err
	}
	return commit(ctx, conn.Conn(), good)
}

// holdTimeout bounds how long a row is held by a process that has frozen
// meanwhile: the server ends its connection before others take it for dead.
const holdTimeout = `set local idle_in_transaction_session_timeout = '25s'`

// hold begins a transaction and locks the rows of claims.
func hold(ctx context.Context, conn *pgx.Conn, cs []job.Completion) (states []string, err error) {
	ids, fences := make([]string, len(cs)), make([]int64, len(cs))
	for i, c := range cs {
		ids[i], fences[i] = c.Claim.ID.String(), c.Claim.Fence
	}
	batch := &pgx.Batch{}
	batch.Queue("begin")
	batch.Queue(holdTimeout)
	batch.Queue(`select pgcast.hold_claims($1::text[]::uuid[], $2::bigint[])`, ids, fences).Query(func(rows pgx.Rows) error {
		states, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return states, conn.SendBatch(ctx, batch).Close()
}

// publishAll calls publish for each completion that has no error yet.
func publishAll(ctx context.Context, cs []job.Completion, errs []error, publish func(context.Context, job.Claim) error) {
	var all sync.WaitGroup
	for i, c := range cs {
		if errs[i] == nil {
			all.Go(func() { errs[i] = publish(ctx, c.Claim) })
		}
	}
	all.Wait()
}

// commit writes outcomes of claims whose rows are held, and commits.
func commit(ctx context.Context, conn *pgx.Conn, cs []job.Completion) error {
	n := len(cs)
	ids, fences := make([]string, n), make([]int64, n)
	folders, outputs, models := make([]string, n), make([]string, n), make([]string, n)
	checksums, metrics := make([]string, n), make([]*string, n)
	for i, c := range cs {
		sums, err := json.Marshal(c.Outcome.Checksums)
		if err != nil {
			return err
		}
		ids[i], fences[i], checksums[i], metrics[i] = c.Claim.ID.String(), c.Claim.Fence, string(sums), jsonArg(c.Outcome.Metrics)
		folders[i], outputs[i], models[i] = c.Outcome.Folder, c.Outcome.OutputPath, c.Outcome.ModelUsed
	}
	batch := &pgx.Batch{}
	batch.Queue(`select pgcast.complete($1::text[]::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[]::jsonb[], $6::text[], $7::text[]::jsonb[])`,
		ids, fences, folders, outputs, checksums, models, metrics)
	batch.Queue("commit")
	return conn.SendBatch(ctx, batch).Close()
}
