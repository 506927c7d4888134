-- +goose Up

-- The table everything turns around. It is created whole in an empty database;
-- a table in one of the two original forms is brought up to date in place, and
-- no row is lost: words of status that pgcast does not know stay as they are.

create schema if not exists pgcast;
revoke all on schema pgcast from public;

create table if not exists public.jobs (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  status text not null default 'pending',
  input_file_path text,
  output_file_path text,
  forecast_id text,
  model_used text,
  metrics jsonb,
  columns text,
  time_candidates text,
  preview text,
  error_message text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

alter table public.jobs enable row level security;

-- Whatever policies an older table has, the law is written anew in the file
-- about access: "for all using (true)" without "to" opened every row to everyone.
-- +goose StatementBegin
do $$
declare
  policy name;
begin
  for policy in select p.policyname from pg_catalog.pg_policies p where p.schemaname = 'public' and p.tablename = 'jobs'
  loop
    execute format('drop policy %I on public.jobs', policy);
  end loop;
end
$$;
-- +goose StatementEnd

-- Times without zone were written by servers on UTC.
-- +goose StatementBegin
do $$
declare
  col name;
begin
  for col in
    select a.attname from pg_catalog.pg_attribute a
    where a.attrelid = 'public.jobs'::regclass
      and a.attname in ('created_at', 'updated_at')
      and a.atttypid = 'timestamp without time zone'::regtype
  loop
    execute format('alter table public.jobs alter column %1$I drop default', col);
    execute format('alter table public.jobs alter column %1$I type timestamptz using %1$I at time zone ''UTC''', col);
  end loop;
end
$$;
-- +goose StatementEnd

-- An older table may hold nulls where this one has a rule.
update public.jobs
set status = coalesce(status, 'pending'),
    user_id = coalesce(user_id, '00000000-0000-0000-0000-000000000000'),
    created_at = coalesce(created_at, updated_at, now()),
    updated_at = coalesce(updated_at, created_at, now())
where status is null or user_id is null or created_at is null or updated_at is null;

alter table public.jobs
  alter column id set default gen_random_uuid(),
  alter column user_id set not null,
  alter column status set default 'pending',
  alter column status set not null,
  alter column created_at set default now(),
  alter column created_at set not null,
  alter column updated_at set default now(),
  alter column updated_at set not null,
  add column params jsonb,
  add column progress real not null default 0,
  add column stage text not null default '',
  add column attempts integer not null default 0,
  add column max_attempts integer not null default 3,
  add column run_at timestamptz not null default now(),
  add column priority integer not null default 0,
  add column lane smallint not null default 1,
  add column turn bigint not null default 0,
  add column due boolean not null default false,
  add column crashes integer not null default 0,
  add column version bigint not null default 1,
  add column fence bigint,
  add column claimed_by text,
  add column started_at timestamptz,
  add column finished_at timestamptz,
  add column error_code text,
  add column file_name text,
  add column file_bytes bigint,
  add column file_sha256 text,
  add column profile jsonb,
  add column trace_id uuid default nullif(current_setting('pgcast.trace', true), '')::uuid;

update public.jobs
set progress = case when status = 'completed' then 1 else 0 end,
    finished_at = updated_at
where status in ('completed', 'failed', 'canceled');

-- Progress is written in place (HOT): half of each page stays free, and no
-- column that a running job changes is in any index. Wide texts move out of the
-- row, so that a progress report does not copy them (see before_6_move_out).
alter table public.jobs set (
  fillfactor = 50,
  toast_tuple_target = 128,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0.02,
  autovacuum_analyze_threshold = 1000
);

-- Short texts stay in the row when the wide ones move out.
alter table public.jobs
  alter column status set storage main,
  alter column input_file_path set storage main,
  alter column output_file_path set storage main,
  alter column forecast_id set storage main,
  alter column model_used set storage main,
  alter column stage set storage main,
  alter column claimed_by set storage main,
  alter column error_code set storage main,
  alter column file_name set storage main,
  alter column file_sha256 set storage main;

-- What claim reads, in the order it reads.
create index jobs_claimable on public.jobs (priority desc, turn)
  where status = 'pending' and due and crashes < 2;

-- Jobs under which two processors died: each is run alone.
create index jobs_suspect on public.jobs (turn)
  where status = 'pending' and due and crashes >= 2;

-- Where a user's next job queues up.
create index jobs_turns on public.jobs (user_id, lane, priority, turn)
  where status = 'pending' and due;

-- What waits for its time.
create index jobs_waiting on public.jobs (run_at)
  where status = 'pending' and not due and params is not null;

-- What rescue and jobs_live read.
create index jobs_processing on public.jobs (id) where status = 'processing';

-- A user's list, newest first. Replication carries the old values of these at an
-- update or a delete: enough to know whose row it was and where it stood, for a
-- few bytes. With "replica identity full" every update would write the whole old
-- row, and one index more would cost each claim and completion.
create unique index jobs_by_user on public.jobs (user_id, created_at desc, id desc, status);
alter table public.jobs replica identity using index jobs_by_user;

comment on table public.jobs is 'One row per uploaded file: the request, the queue entry and the record. Set status = ''pending'' to run it (again), ''canceled'' to stop it.';
comment on column public.jobs.status is 'pending, processing, completed, failed, canceled; older rows may carry other words';
comment on column public.jobs.params is 'the forecast request; null = not asked for yet';
comment on column public.jobs.forecast_id is 'the newest run asked for, see job_runs';
comment on column public.jobs.output_file_path is 'canonical output.json of the newest completed run';
comment on column public.jobs.columns is 'JSON as text';
comment on column public.jobs.time_candidates is 'JSON as text';
comment on column public.jobs.preview is 'JSON as text';
comment on column public.jobs.progress is '0 to 1';
comment on column public.jobs.run_at is 'not claimable before';
comment on column public.jobs.priority is 'higher is claimed first';
comment on column public.jobs.lane is '0 = asked through the API, 1 = asked by plain SQL; a user has a turn in each';
comment on column public.jobs.turn is 'among equal priorities the smallest is claimed first; users take turns';
comment on column public.jobs.due is 'a pending job may be claimed: it has params, and run_at has come';
comment on column public.jobs.crashes is 'processors that died under the run asked for';
comment on column public.jobs.version is 'grows by one with each change that anybody should see';
comment on column public.jobs.fence is 'number of the newest claim; never repeats';
comment on column public.jobs.claimed_by is 'processor of the newest claim';
comment on column public.jobs.trace_id is 'W3C trace id of the HTTP request that asked for the newest run; null when SQL did';
