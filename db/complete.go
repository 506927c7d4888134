package db

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/internal/job"
)

// Complete ends runs with their results, in one transaction. It holds the rows
// of the claims that are still held, calls publish for each of them, all at the
// same time, so that only the holder of a fence publishes, and commits the
// outcomes of those for which publish returned nil. With a nil publish there is
// nothing to publish.
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

	places, err := hold(ctx, conn.Conn(), cs, errs)
	if err != nil {
		return err
	}
	publishAll(ctx, cs, errs, publish)

	if !slices.Contains(errs, nil) {
		_, err := conn.Exec(ctx, "rollback")
		return err
	}
	select { // who writes beside another waits for the same pages, again and again
	case db.writing <- struct{}{}:
		defer func() { <-db.writing }()
	case <-time.After(turn): // the other is held up
	}
	return commit(ctx, conn.Conn(), cs, places, errs)
}

// turn is how long a completion waits for another that writes.
const turn = 100 * time.Millisecond

// holdTimeout bounds how long a row is held by a process that has frozen
// meanwhile: the server ends its connection before others take it for dead.
const holdTimeout = `set local idle_in_transaction_session_timeout = '25s'`

// hold begins a transaction and locks the rows of claims. It returns where they
// lie, and fills errs for those that it does not hold.
func hold(ctx context.Context, conn *pgx.Conn, cs []job.Completion, errs []error) (places []*string, err error) {
	ids, fences := make([]string, len(cs)), make([]int64, len(cs))
	for i, c := range cs {
		ids[i], fences[i] = c.Claim.ID.String(), c.Claim.Fence
	}
	var busy []int64
	batch := &pgx.Batch{}
	batch.Queue("begin")
	batch.Queue(holdTimeout)
	batch.Queue(`select places::text[], busy from pgcast.hold($1::text[]::uuid[], $2::bigint[])`, ids, fences).QueryRow(func(row pgx.Row) error {
		return row.Scan(&places, &busy)
	})
	if err := conn.SendBatch(ctx, batch).Close(); err != nil {
		return nil, err
	}
	for i, place := range places {
		switch {
		case place != nil:
		case slices.Contains(busy, fences[i]):
			errs[i] = job.ErrBusy
		default:
			errs[i] = job.ErrLeaseLost
		}
	}
	return places, nil
}

// publishAll calls publish for each completion that has no error yet.
func publishAll(ctx context.Context, cs []job.Completion, errs []error, publish func(context.Context, job.Claim) error) {
	if publish == nil {
		return
	}
	var all sync.WaitGroup
	for i := range cs {
		if errs[i] == nil {
			all.Go(func() { errs[i] = publish(ctx, cs[i].Claim) })
		}
	}
	all.Wait()
}

// commit writes the outcomes of those that have no error, whose rows are held,
// and commits.
func commit(ctx context.Context, conn *pgx.Conn, cs []job.Completion, places []*string, errs []error) error {
	n := len(cs)
	held, fences := make([]string, 0, n), make([]int64, 0, n)
	folders, outputs, models := make([]string, 0, n), make([]string, 0, n), make([]string, 0, n)
	checksums, metrics := make([]string, 0, n), make([]*string, 0, n)
	for i := range cs {
		if errs[i] != nil {
			continue
		}
		c, o := &cs[i].Claim, &cs[i].Outcome
		sums, err := json.Marshal(o.Checksums)
		if err != nil {
			return err
		}
		held, fences = append(held, *places[i]), append(fences, c.Fence)
		checksums, metrics = append(checksums, string(sums)), append(metrics, jsonArg(o.Metrics))
		folders, outputs, models = append(folders, o.Folder), append(outputs, o.OutputPath), append(models, o.ModelUsed)
	}
	batch := &pgx.Batch{}
	batch.Queue(`select pgcast.complete($1::text[]::tid[], $2::bigint[], $3::text[], $4::text[], $5::text[]::jsonb[], $6::text[], $7::text[]::jsonb[])`,
		held, fences, folders, outputs, checksums, models, metrics)
	batch.Queue("commit")
	return conn.SendBatch(ctx, batch).Close()
}
