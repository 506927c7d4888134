package chaos

import (
	"context"
	"encoding/json"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
)

// recorder keeps every change of a row of jobs beside what the schema itself
// keeps, within the same transaction: rows of one job follow each other in the
// order of seq, because each writer holds the row.
const recorder = `
create schema chaos;
create table chaos.changes (
  seq bigint generated always as identity primary key,
  job_id uuid not null,
  forecast_id text,
  old_forecast_id text,
  old_status text,
  status text not null,
  old_version bigint,
  version bigint not null,
  fence bigint,
  claimed_by text,
  attempts integer not null,
  crashes integer not null,
  max_attempts integer not null,
  error_code text,
  verb text not null,
  application text not null,
  at timestamptz not null default clock_timestamp()
);
create function chaos.record() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  insert into chaos.changes (
    job_id, forecast_id, old_forecast_id, old_status, status, old_version, version,
    fence, claimed_by, attempts, crashes, max_attempts, error_code, verb, application
  )
  values (
    new.id, new.forecast_id, old.forecast_id, old.status, new.status, old.version, new.version,
    new.fence, new.claimed_by, new.attempts, coalesce((to_jsonb(new) ->> 'crashes')::int, 0), new.max_attempts, new.error_code,
    coalesce(current_setting('pgcast.verb', true), ''), current_setting('application_name')
  );
  return null;
end
$$;
create trigger chaos_record after insert or update on public.jobs
  for each row execute function chaos.record();
`

func record(ctx context.Context, p *postgres) error {
	conn, err := p.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, recorder)
	return err
}

// change is one recorded change of a row; zero values stand for null.
type change struct {
	Job, Forecast, OldForecast string
	OldStatus, Status          string
	OldVersion, Version        int64
	Fence                      int64
	Processor                  string
	Attempts, Crashes, Most    int
	Code, Verb, Application    string
	At                         time.Time
}

// claims reports whether the change is a claim.
func (c change) claims() bool { return c.Status == "processing" && c.OldStatus != "processing" }

// asks reports whether the change asks for a run.
func (c change) asks() bool { return c.Forecast != "" && c.Forecast != c.OldForecast }

// seen is what somebody sees of the row after the change: a change that leaves
// it as it was leaves the version, too.
func (c change) seen() [6]any {
	return [6]any{c.Forecast, c.Status, c.Fence, c.Processor, c.Attempts, c.Code}
}

// event is a row of the audit trail.
type event struct {
	Job, Forecast      string
	OldStatus, Status  string
	Version            int64
	Attempt            int
	Application, Actor string
}

// row is a row of jobs.
type row struct {
	Job, User, Status, Forecast string
	Version                     int64
	Code, Output                string
}

// run is a row of job_runs.
type run struct {
	Forecast, Job, User, Status string
	Attempts                    int
	Fence                       int64
	Folder                      string
	Checksums                   map[string]string
	Expired                     bool
	LeftOver                    bool // its folder is on the list of those to be removed
}

// facts are everything the database says in the end.
type facts struct {
	changes []change
	events  []event
	rows    []row
	runs    []run
	bare    bool // runs have no folders
}

// save writes the facts to a file, for whoever wants to know what happened to
// a job.
func (f facts) save(path string) error {
	text, err := json.MarshalIndent(map[string]any{"changes": f.changes, "events": f.events, "jobs": f.rows, "runs": f.runs}, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

func look(ctx context.Context, p *postgres) (f facts, err error) {
	if f.changes, err = query(ctx, p, pgx.RowToStructByPos[change], `
		select job_id::text, coalesce(forecast_id, ''), coalesce(old_forecast_id, ''), coalesce(old_status, ''), status, coalesce(old_version, 0), version,
			coalesce(fence, 0), coalesce(claimed_by, ''), attempts, crashes, max_attempts, coalesce(error_code, ''), verb, application, at
		from chaos.changes order by seq`); err != nil {
		return f, err
	}
	if f.events, err = query(ctx, p, pgx.RowToStructByPos[event], `
		select job_id::text, coalesce(forecast_id, ''), coalesce(old_status, ''), status, version, attempt, application, actor
		from job_events order by version, id`); err != nil {
		return f, err
	}
	if f.rows, err = query(ctx, p, pgx.RowToStructByPos[row], `
		select id::text, user_id::text, status, coalesce(forecast_id, ''), version, coalesce(error_code, ''), coalesce(output_file_path, '')
		from jobs order by id`); err != nil {
		return f, err
	}
	f.runs, err = query(ctx, p, pgx.RowToStructByPos[run], `
		select r.forecast_id::text, r.job_id::text, r.user_id::text, r.status, r.attempts, coalesce(r.fence, 0), coalesce(r.folder, ''),
			coalesce(r.checksums, '{}'), r.expired_at is not null,
			exists (select from pgcast.leftovers l where l.job_id = r.job_id and (l.forecast_id is null or l.forecast_id = r.forecast_id))
		from job_runs r order by r.finished_at nulls first, r.created_at`)
	return f, err
}
