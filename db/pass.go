package db

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/internal/job"
)

// OpenStream uses a ticket up for a stream of events, and makes a pass that is
// good for term. It returns [job.ErrTicket] when the ticket is unknown, used or
// expired.
func (db *DB) OpenStream(ctx context.Context, ticket string, term time.Duration) (job.Pass, error) {
	var p job.Pass
	err := db.pool.QueryRow(ctx, `
		select user_id, role, pass, expires_at from pgcast.open_stream($1::text, make_interval(secs => $2::float8))`,
		ticket, term.Seconds()).Scan(&p.User, &p.Role, &p.Secret, &p.Expires)
	return p, wrap("open stream", noTicket(err))
}

// ReopenStream tells whose stream a used ticket and its pass open again. It
// returns [job.ErrTicket] when they do not belong together, or no longer.
func (db *DB) ReopenStream(ctx context.Context, ticket, secret string) (job.Pass, error) {
	p := job.Pass{Secret: secret}
	err := db.pool.QueryRow(ctx, `select user_id, role, expires_at from pgcast.reopen_stream($1::text, $2::text)`,
		ticket, secret).Scan(&p.User, &p.Role, &p.Expires)
	return p, wrap("reopen stream", noTicket(err))
}

// EndPass ends what a pass is good for.
func (db *DB) EndPass(ctx context.Context, secret string) error {
	_, err := db.pool.Exec(ctx, `select pgcast.end_pass($1::text)`, secret)
	return wrap("end pass", err)
}

func noTicket(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return job.ErrTicket
	}
	return err
}
