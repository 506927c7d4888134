package db

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/internal/job"
)

// DueWebhooks takes deliveries that are due, at most so many, each for one
// attempt; of one user never more than eight are out at once. Each comes again
// after a minute unless [DB.WebhookTried] is told of the outcome.
func (db *DB) DueWebhooks(ctx context.Context, most int) ([]job.Delivery, error) {
	return query(ctx, db, "take webhooks", toDelivery, `
		select id::text, job_id::text, forecast_id::text, url, payload, attempts from pgcast.due_webhooks($1::int)`, most)
}

func toDelivery(row pgx.CollectableRow) (job.Delivery, error) {
	var d job.Delivery
	var id, jobID, runID string
	if err := row.Scan(&id, &jobID, &runID, &d.URL, &d.Payload, &d.Attempt); err != nil {
		return d, err
	}
	var err error
	if d.ID, err = uuid.Parse(id); err != nil {
		return d, err
	}
	if d.JobID, err = job.ParseID(jobID); err != nil {
		return d, err
	}
	d.RunID, err = job.ParseRunID(runID)
	return d, err
}

// Webhooks reads what has become of the deliveries of a job, oldest first.
func (db *DB) Webhooks(ctx context.Context, user job.UserID, id job.ID) ([]job.Told, error) {
	told, err := asUser(ctx, db, user, pgx.RowToStructByName[job.Told], `
		select id, forecast_id as run_id, url, status, attempts, response_status as response, error_message as problem, created_at, attempted_at, ended_at
		from public.webhook_deliveries
		where job_id = $1::uuid and user_id = $2::uuid
		order by created_at, id`, id.String(), user.String())
	return told, wrap("read webhooks", err)
}

// WebhookTried records the outcome of an attempt, unless another one has begun
// meanwhile, and reports whether it was the last one of a delivery that did not
// arrive.
func (db *DB) WebhookTried(ctx context.Context, t job.Tried) (givenUp bool, err error) {
	var response *int
	if t.Response != 0 {
		response = &t.Response
	}
	err = db.pool.QueryRow(ctx, `select coalesce(pgcast.webhook_tried($1::uuid, $2::int, $3::int, $4::text, $5::boolean) = 'failed', false)`,
		t.Delivery.ID.String(), t.Delivery.Attempt, response, t.Problem, t.Final).Scan(&givenUp)
	return givenUp, wrap("record webhook", err)
}

// UndeliveredWebhooks counts the deliveries that have been due for five minutes
// while no processor made an attempt at any.
func (db *DB) UndeliveredWebhooks(ctx context.Context) (int, error) {
	n, err := inspect(ctx, db, pgx.RowTo[int], `
		select count(*) filter (where d.status = 'pending' and d.due_at < now() - interval '5 minutes')::int
			* (count(*) filter (where d.attempted_at >= now() - interval '5 minutes') = 0)::int
		from public.webhook_deliveries d`)
	return n, wrap("count the webhooks that wait", err)
}

// ForgetWebhooks removes deliveries that ended a month ago, 1,000 at most, and
// returns how many.
func (db *DB) ForgetWebhooks(ctx context.Context) (int, error) {
	var n int
	err := db.pool.QueryRow(ctx, `select pgcast.forget_webhooks()`).Scan(&n)
	return n, wrap("forget webhooks", err)
}
