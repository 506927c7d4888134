-- +goose Up

-- What stands beside a job: the runs asked for, the audit trail, and who is alive.

-- The triggers on jobs keep job_runs in step, so that no foreign key has to look
-- at the job of each of 100,000 runs.
create table public.job_runs (
  forecast_id uuid primary key,
  job_id uuid not null,
  user_id uuid not null,
  status text not null
    constraint run_status_is_known check (status in ('pending', 'processing', 'completed', 'failed', 'canceled')),
  params jsonb not null,
  attempts integer not null default 0,
  fence bigint,
  folder text,
  checksums jsonb,
  model_used text,
  metrics jsonb,
  error_code text,
  error_message text,
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz,
  expired_at timestamptz,
  follows boolean not null default false,
  look_at timestamptz,
  trace_id uuid default nullif(current_setting('pgcast.trace', true), '')::uuid,
  constraint completed_run_names_its_folder check (status <> 'completed' or (fence is not null and folder is not null)),
  constraint run_ends_when_it_has_finished check ((finished_at is null) = (status in ('pending', 'processing')))
) with (fillfactor = 45);

-- A job has at most one run that has not ended: the one that the job's row names.
-- A claim does not write it. No index holds what a completion changes, and half
-- of each page stays free: so it is written in place (HOT). The runs of a job
-- end in the order in which they were asked for.
alter table public.job_runs enable row level security;
create index job_runs_by_job on public.job_runs (job_id, created_at desc);
create index job_runs_to_look_at on public.job_runs (look_at) where look_at is not null;

comment on table public.job_runs is 'One row per run asked for. A run that was superseded or stopped is canceled.';
comment on column public.job_runs.status is 'pending until the run has ended: whether it waits or runs stands in jobs, as do its attempts';
comment on column public.job_runs.fence is 'the claim that completed the run';
comment on column public.job_runs.folder is 'the folder in the bucket that holds the result; the result is whole before the row says completed';
comment on column public.job_runs.checksums is 'file name to SHA-256 in hex';
comment on column public.job_runs.trace_id is 'of the HTTP request that asked for it';
comment on column public.job_runs.expired_at is 'the folder is no longer kept since';
comment on column public.job_runs.follows is 'the job had been run before';
comment on column public.job_runs.look_at is 'when to see whether folders of the job are no longer kept, see expire';

-- Folders in the bucket that nobody names any more. A row goes only after its
-- folder has gone, so that a crash in between repeats the removal.
create table pgcast.leftovers (
  id bigint generated always as identity primary key,
  user_id uuid not null,
  job_id uuid not null,
  forecast_id uuid,
  due_at timestamptz not null default clock_timestamp()
);

alter table pgcast.leftovers enable row level security;
create index leftovers_due on pgcast.leftovers (due_at, id);

comment on table pgcast.leftovers is 'Folders in the bucket that are to be removed, by job or by run. Processors do it within minutes.';
comment on column pgcast.leftovers.forecast_id is 'null: the whole folder of the job';
comment on column pgcast.leftovers.due_at is 'not removed before; moves on with each try';

-- The trail outlives the job. Ids grow with time, but become visible out of order.
create table public.job_events (
  id bigint generated always as identity,
  job_id uuid not null,
  user_id uuid not null,
  forecast_id text,
  old_status text,
  status text not null,
  version bigint not null,
  attempt integer not null default 0,
  actor text not null,
  application text not null default '',
  processor text,
  code text not null default '',
  message text not null default '',
  at timestamptz not null default clock_timestamp(),
  txid xid8 not null default pg_current_xact_id(),
  trace_id uuid default nullif(current_setting('pgcast.trace', true), '')::uuid,
  primary key (job_id, id)
);

alter table public.job_events enable row level security;
-- What is new since a moment, of everybody or of one user, and what is old. Grows
-- at its end only.
create index job_events_by_transaction on public.job_events (txid, user_id);

comment on table public.job_events is 'Append-only: every change of status, who made it, and when.';
comment on column public.job_events.status is 'the new status; "deleted" when the row went away';
comment on column public.job_events.actor is 'the user id when the API acted for a user, else the session user';
comment on column public.job_events.trace_id is 'of the HTTP request that asked for the run';
comment on column public.job_events.txid is 'ids become visible out of order; a cursor needs the transaction as well';

create table public.processors (
  id text primary key,
  name text not null default '',
  slots integer not null default 0,
  running integer not null default 0,
  lock_key bigint,
  started_at timestamptz not null default clock_timestamp(),
  heartbeat_at timestamptz not null default clock_timestamp(),
  lock_lost_at timestamptz
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

alter table public.processors enable row level security;

comment on table public.processors is 'Who is alive: one row and one heartbeat per process. A row that is gone leaves its jobs to be rescued.';
comment on column public.processors.lock_key is 'session advisory lock held by the process; Postgres frees it when the process dies. Null: only the heartbeat tells.';
comment on column public.processors.lock_lost_at is 'when rescue first missed the lock';

-- Notifiers that live on NOTIFY. While none of them wants it, a change of
-- status sends nothing: notifying commits queue behind one lock of the cluster.
create table pgcast.notifiers (
  id text primary key,
  wants_status boolean not null,
  heartbeat_at timestamptz not null default clock_timestamp()
);

alter table pgcast.notifiers enable row level security;

-- One-use tickets for websockets and EventSource. Only their hash is stored, and
-- that of the pass with which the client of a stream comes back.
create table pgcast.tickets (
  hash bytea primary key,
  user_id uuid not null,
  role text not null,
  expires_at timestamptz not null,
  pass bytea unique -- null: not used yet
);

alter table pgcast.tickets enable row level security;
create index tickets_expire on pgcast.tickets (expires_at);
