package db

import (
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/internal/job"
)

// The select lists that fill the types of package job by name. Nulls that the
// types show as zero values are filled here; rows that are older than pgcast's
// columns have many.
const (
	jobColumns = `
		id, user_id, status, version, coalesce(forecast_id, '') as forecast_id, params,
		json_build_object('fraction', progress, 'stage', stage) as progress,
		attempts, max_attempts, priority, run_at, coalesce(model_used, '') as model_used, metrics,
		coalesce(error_code, '') as error_code, coalesce(error_message, '') as error_message,
		coalesce(input_file_path, '') as input_path, coalesce(output_file_path, '') as output_path,
		coalesce(file_name, '') as file_name, coalesce(file_bytes, 0) as file_bytes,
		created_at, updated_at, started_at, finished_at, coalesce(replace(trace_id::text, '-', ''), '') as trace_id`

	detailColumns = jobColumns + `, columns, time_candidates, preview, profile`

	runColumns = `
		forecast_id as id, job_id, user_id, coalesce(live_status, status) as status, params, coalesce(live_attempts, attempts) as attempts,
		coalesce(fence, 0) as fence,
		coalesce(folder, '') as folder, checksums, coalesce(model_used, '') as model_used, metrics,
		coalesce(error_code, '') as error_code, coalesce(error_message, '') as error,
		created_at, coalesce(live_started_at, started_at) as started_at, finished_at, expired_at, coalesce(replace(trace_id::text, '-', ''), '') as trace_id`

	// How far a run has come that has not ended stands in the job's row alone.
	runRows = `
		public.job_runs r
		left join lateral (
			select j.status as live_status, j.attempts as live_attempts, j.started_at as live_started_at
			from public.jobs j
			where j.id = r.job_id and r.finished_at is null
		) live on true`

	eventColumns = `
		id, job_id, coalesce(forecast_id, '') as forecast_id, coalesce(old_status, '') as old_status, status, version,
		attempt, actor, application, coalesce(processor, '') as processor, code, message, at, coalesce(replace(trace_id::text, '-', ''), '') as trace_id`

	leftoverColumns = `id, user_id, job_id, forecast_id as run_id`

	claimColumns = `
		job_id as id, user_id, forecast_id as run_id, fence, attempt, max_attempts, params,
		coalesce(input_file_path, '') as input_path, coalesce(file_name, '') as file_name, run_at, priority, turn, coalesce(replace(trace_id::text, '-', ''), '') as trace_id`
)

var (
	toJob      = pgx.RowToStructByName[job.Job]
	toRun      = pgx.RowToStructByName[job.Run]
	toEvent    = pgx.RowToStructByName[job.Event]
	toLeftover = pgx.RowToStructByName[job.Leftover]
)

// toClaim scans a row of claimColumns, in their order: a processor spent most of a
// claim of many jobs on matching names and on uuids that came as texts.
func toClaim(row pgx.CollectableRow) (c job.Claim, err error) {
	err = row.Scan((*[16]byte)(&c.ID.UUID), (*[16]byte)(&c.UserID.UUID), (*[16]byte)(&c.RunID.UUID), &c.Fence, &c.Attempt, &c.MaxAttempts,
		(*[]byte)(&c.Params), &c.InputPath, &c.FileName, &c.RunAt, &c.Priority, &c.Turn, &c.TraceID)
	return c, err
}

// toDetail scans a row with its wide texts. Old rows may hold texts that are
// not JSON; they are shown as JSON strings.
func toDetail(row pgx.CollectableRow) (job.Detail, error) {
	d, err := pgx.RowToStructByName[job.Detail](row)
	for _, text := range []*json.RawMessage{&d.Columns, &d.TimeCandidates, &d.Preview} {
		if len(*text) > 0 && !json.Valid(*text) {
			*text, _ = json.Marshal(string(*text)) // a string always marshals
		}
	}
	return d, err
}

// jsonArg is raw as a query argument: SQL null for nothing and for JSON null.
func jsonArg(raw json.RawMessage) *string {
	if s := string(raw); s != "" && s != "null" {
		return &s
	}
	return nil
}

// idArgs are ids as a query argument for a cast to uuid[]; nil stays null.
func idArgs(ids []job.ID) []string {
	if ids == nil {
		return nil
	}
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	return texts
}
