package db

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/internal/job"
)

// markSQL reads the present moment. A copy of a database, and a standby that
// was promoted, go on with the numbers of the original: they are told apart by
// cluster, database and timeline.
const markSQL = `
	select
		left(md5(concat_ws(' ', (select system_identifier from pg_control_system()), d.oid, left(pg_walfile_name(pg_current_wal_lsn()), 8))), 12) as database,
		pg_snapshot_xmax(s)::text as next,
		array(select pg_snapshot_xip(s)::text) as open,
		coalesce(pg_sequence_last_value('public.job_events_id_seq'), 0) as last,
		coalesce((select id from public.job_events order by txid limit 1), 0) as first,
		date_trunc('second', clock_timestamp()) as at
	from pg_current_snapshot() s, pg_database d
	where d.datname = current_database()`

const stepColumns = `
	id, job_id, user_id, coalesce(forecast_id, '') as forecast_id, coalesce(old_status, '') as old_status, status, version,
	code, message, txid::text as txid`

// A restored dump may hold transactions that this database has yet to come to:
// those are not looked at.
const (
	trailSQL = `
		select ` + stepColumns + ` from public.job_events
		where txid >= $1::text::xid8 and txid < pg_snapshot_xmax(pg_current_snapshot())
		union all
		select ` + stepColumns + ` from public.job_events
		where txid = any ($2::text[]::xid8[])
		limit $3::int`
	trailOfSQL = `
		select ` + stepColumns + ` from public.job_events
		where txid >= $1::text::xid8 and txid < pg_snapshot_xmax(pg_current_snapshot()) and user_id = $4::uuid
		union all
		select ` + stepColumns + ` from public.job_events
		where txid = any ($2::text[]::xid8[]) and user_id = $4::uuid
		limit $3::int`
	recentSQL = `
		select ` + stepColumns + ` from public.job_events
		where txid < pg_snapshot_xmax(pg_current_snapshot()) and txid >= coalesce((
			select e.txid from public.job_events e
			where e.at < clock_timestamp() - make_interval(secs => $1::float8) and e.txid < pg_snapshot_xmax(pg_current_snapshot())
			order by e.txid desc
			limit 1), '0')
		order by txid desc
		limit $2::int`
)

// Trail reads what became visible since a moment: of one user, or of everybody
// when user is zero. Of more than limit steps it reads no more than that, and the
// trail is not whole.
func (db *DB) Trail(ctx context.Context, user job.UserID, since job.Mark, limit int) (job.Trail, error) {
	open := make([]string, len(since.Open))
	for i, txid := range since.Open {
		open[i] = strconv.FormatUint(txid, 10)
	}
	query, args := trailSQL, []any{strconv.FormatUint(since.Next, 10), open, limit + 1}
	if user != (job.UserID{}) {
		query, args = trailOfSQL, append(args, user.String())
	}
	t, err := db.trail(ctx, query, args...)
	t.From = since
	t.Whole = len(t.Steps) <= limit && since.Database == t.To.Database
	return t, wrap("read trail", err)
}

// RecentTrail reads the newest steps: those of the time within, but limit at
// most. It is whole from the moment that it says it begins at.
func (db *DB) RecentTrail(ctx context.Context, within time.Duration, limit int) (job.Trail, error) {
	t, err := db.trail(ctx, recentSQL, within.Seconds(), limit)
	if err != nil {
		return t, wrap("read recent trail", err)
	}
	t.From, t.Whole = job.Mark{Database: t.To.Database, Next: t.To.Next}, true
	for _, s := range t.Steps {
		t.From.Next = min(t.From.Next, s.TxID)
	}
	if len(t.Steps) == limit { // the last transaction may have been cut in two
		t.From.Next++
		t.Steps = slices.DeleteFunc(t.Steps, func(s job.Step) bool { return s.TxID < t.From.Next })
	}
	return t, nil
}

// trail reads steps and the moment at which they are all that show, in one round
// trip: while replication is held up, this is what clients wait for.
func (db *DB) trail(ctx context.Context, steps string, args ...any) (t job.Trail, err error) {
	batch := &pgx.Batch{}
	batch.Queue(`begin transaction isolation level repeatable read, read only`)
	batch.Queue(markSQL).QueryRow(func(row pgx.Row) error { return scanMark(row, &t) })
	batch.Queue(steps, args...).Query(func(rows pgx.Rows) (err error) {
		t.Steps, err = pgx.CollectRows(rows, toStep)
		return err
	})
	batch.Queue(`commit`)
	err = db.pool.SendBatch(ctx, batch).Close()
	slices.SortFunc(t.Steps, func(a, b job.Step) int { return cmp.Compare(a.ID, b.ID) })
	return t, err
}

func scanMark(row pgx.Row, t *job.Trail) error {
	var next string
	var open []string
	if err := row.Scan(&t.To.Database, &next, &open, &t.To.Last, &t.First, &t.To.At); err != nil {
		return err
	}
	var err error
	if t.To.Next, err = strconv.ParseUint(next, 10, 64); err != nil {
		return err
	}
	for _, text := range open {
		txid, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return err
		}
		t.To.Open = append(t.To.Open, txid)
	}
	return nil
}

func toStep(row pgx.CollectableRow) (s job.Step, err error) {
	var txid string
	if err := row.Scan(&s.ID, &s.JobID, &s.UserID, &s.ForecastID, &s.OldStatus, &s.Status, &s.Version, &s.Code, &s.Message, &txid); err != nil {
		return s, err
	}
	s.TxID, err = strconv.ParseUint(txid, 10, 64)
	return s, err
}

// Unfinished reads those of the user's newest 200 jobs that wait or run and have
// changed since then.
func (db *DB) Unfinished(ctx context.Context, user job.UserID, since time.Time) ([]job.Job, error) {
	jobs, err := asUser(ctx, db, user, toJob, `
		select `+jobColumns+`
		from (select * from public.jobs where user_id = $1::uuid order by created_at desc, id desc limit 200) j
		where status in ('pending', 'processing') and updated_at >= $2::timestamptz`, user.String(), since)
	return jobs, wrap("read unfinished jobs", err)
}
