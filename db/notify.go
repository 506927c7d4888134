package db

import (
	"context"

	"github.com/pgcast/pgcast/internal/job"
)

// Redeem uses a ticket up and returns whose it was, with the role of the
// token it was issued for. It returns [job.ErrTicket] when the ticket is
// unknown, used or expired.
func (db *DB) Redeem(ctx context.Context, ticket string) (job.UserID, string, error) {
	var user job.UserID
	var role string
	err := db.pool.QueryRow(ctx, `select user_id, role from pgcast.redeem_ticket($1::text)`, ticket).Scan(&user, &role)
	return user, role, wrap("redeem ticket", noTicket(err))
}

// Snapshot reads jobs of a user, newest first: those named, or the newest 200
// when ids is nil. Ids that are not the user's are left out.
func (db *DB) Snapshot(ctx context.Context, user job.UserID, ids []job.ID) ([]job.Job, error) {
	jobs, err := asUser(ctx, db, user, toJob, `
		select `+jobColumns+`
		from public.jobs
		where user_id = $1::uuid and ($2::text[] is null or id = any ($2::text[]::uuid[]))
		order by created_at desc, id desc
		limit case when $2::text[] is null then 200 end`, user.String(), idArgs(ids))
	return jobs, wrap("read snapshot", err)
}

// Rows reads jobs by id, whoever owns them. Those that are gone are left out.
func (db *DB) Rows(ctx context.Context, ids []job.ID) ([]job.Job, error) {
	return query(ctx, db, "read rows", toJob,
		`select `+jobColumns+` from public.jobs where id = any ($1::text[]::uuid[])`, idArgs(ids))
}

// Flushed is how far the WAL is written: every commit that shows and was waited
// for is before it.
func (db *DB) Flushed(ctx context.Context) (lsn uint64, err error) {
	var end int64
	err = db.pool.QueryRow(ctx, `select (pg_current_wal_flush_lsn() - '0/0')::bigint`).Scan(&end)
	return uint64(end), wrap("look for the end of the WAL", err)
}

// WantStatus is a notifier's heartbeat: while it wants, and for 30 s after,
// each change of status is sent on channel pgcast_status.
func (db *DB) WantStatus(ctx context.Context, notifier string, want bool) error {
	_, err := db.pool.Exec(ctx, `select pgcast.want_status($1::text, $2::boolean)`, notifier, want)
	return wrap("want status", err)
}

// Notify sends a notification. Payloads are hints, never data.
func (db *DB) Notify(ctx context.Context, channel, payload string) error {
	_, err := db.pool.Exec(ctx, `select pg_notify($1::text, $2::text)`, channel, payload)
	return wrap("notify", err)
}
