-- +goose Up

-- What follows from a change of jobs: runs, the audit trail, and wake-ups. One
-- call per statement, over transition tables, so that one row and 100,000 rows
-- take the same way and a statement sends one wake-up.
--
-- Channels: pgcast_wake (something is claimable), pgcast_control (a running job
-- was stopped or restarted), both with an empty payload; and pgcast_status with
-- {"id","user_id","version","op","status","old_status"}, only while a live
-- notifier asks for it; one with op MOVED names the owner that a row had before. A
-- statement that changes more than 100 rows says just {"op":"MANY","count"}.

-- Who made the change: the user the API acts for, else the session's user. What
-- runs with each claim is in plpgsql, which keeps its plans.
-- +goose StatementBegin
create function pgcast.actor() returns text
  language plpgsql stable set search_path = ''
as $$
begin
  if coalesce(current_setting('request.jwt.claims', true), '') || coalesce(current_setting('request.jwt.claim.role', true), '') = '' then
    return session_user;
  end if;
  return coalesce(case when auth.role() = 'authenticated' then auth.jwt() ->> 'sub' end, session_user);
end
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function pgcast.status_wanted() returns boolean
  language plpgsql stable set search_path = ''
as $$
begin
  return exists (select from pgcast.notifiers where wants_status and heartbeat_at > now() - interval '30 seconds');
end
$$;
-- +goose StatementEnd

-- What a statement did to rows, for pgcast_status. The words are cut: a payload
-- has 8,000 bytes at most, and an old row's status must not abort an operator's
-- UPDATE.
create type pgcast.change as (id uuid, user_id uuid, version bigint, status text, old_status text);

-- +goose StatementBegin
create function pgcast.notify_status(op text, changes pgcast.change[]) returns void
  language plpgsql set search_path = ''
as $$
begin
  if cardinality(changes) > 100 then
    perform pg_notify('pgcast_status', json_build_object('op', 'MANY', 'count', cardinality(changes))::text);
    return;
  end if;
  perform pg_notify('pgcast_status', json_strip_nulls(json_build_object(
      'id', c.id, 'user_id', c.user_id, 'version', c.version, 'op', op,
      'status', left(c.status, 100), 'old_status', left(c.old_status, 100)))::text)
  from unnest(changes) c;
end
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function pgcast.jobs_after_insert() returns trigger
  language plpgsql security definer set search_path = '' set jit = off
as $$
declare
  actor text := session_user;
  wakes boolean;
  changes pgcast.change[];
begin
  if coalesce(current_setting('request.jwt.claims', true), '') || coalesce(current_setting('request.jwt.claim.role', true), '') <> '' then
    actor := pgcast.actor();
  end if;
  with asked as (
    insert into public.job_runs (forecast_id, job_id, user_id, status, params)
    select n.forecast_id::uuid, n.id, n.user_id, 'pending', n.params
    from new_rows n
    where n.status = 'pending' and n.params is not null
  ), recorded as (
    insert into public.job_events (job_id, user_id, forecast_id, status, version, actor, application)
    select n.id, n.user_id, n.forecast_id, n.status, n.version, actor, current_setting('application_name')
    from new_rows n
  )
  select bool_or(n.status = 'pending' and n.params is not null),
    array_agg((n.id, n.user_id, n.version, n.status, null)::pgcast.change)
      filter (where exists (select from pgcast.notifiers where wants_status and heartbeat_at > now() - interval '30 seconds'))
  into wakes, changes
  from new_rows n;

  if wakes then
    perform pg_notify('pgcast_wake', '');
  end if;
  if changes is not null then
    perform pgcast.notify_status('INSERT', changes);
  end if;
  return null;
end
$$;
-- +goose StatementEnd

create trigger after_insert after insert on public.jobs
  referencing new table as new_rows
  for each statement execute function pgcast.jobs_after_insert();

-- Brings live runs in line with their jobs: a run follows the job's status, and is
-- canceled when the job is canceled or another run has taken its place. The plan
-- is kept for the session, and must do for one row and for many: without a join,
-- it has no other way than to look up each run, and the run's job, by key.
-- +goose StatementBegin
create function pgcast.follow(runs uuid[]) returns void
  language plpgsql set search_path = '' set jit = off set enable_seqscan = off set enable_bitmapscan = off
as $$
begin
  update public.job_runs r
  set (status, attempts, started_at, finished_at, look_at, error_code, error_message) = (
    select
      case when j.forecast_id = r.forecast_id::text then j.status else 'canceled' end,
      case when j.forecast_id = r.forecast_id::text then j.attempts else r.attempts end,
      coalesce(case when j.forecast_id = r.forecast_id::text then j.started_at end, r.started_at),
      case when j.forecast_id = r.forecast_id::text then j.finished_at else clock_timestamp() end,
      case when j.forecast_id is distinct from r.forecast_id::text or j.finished_at is not null then clock_timestamp() + interval '1 minute' end,
      j.error_code,
      j.error_message
    from public.jobs j
    where j.id = r.job_id
  )
  where r.forecast_id = any (runs)
    and r.finished_at is null
    and (
      select (j.forecast_id, j.status, j.attempts) is distinct from (r.forecast_id::text, r.status, r.attempts)
      from public.jobs j
      where j.id = r.job_id
    );
end
$$;
-- +goose StatementEnd

-- What becomes of runs, new runs, the audit trail and the wake-ups. Old and new rows are
-- joined by hashing, whatever their number was when the plan was made.
-- +goose StatementBegin
create function pgcast.jobs_after_update() returns trigger
  language plpgsql security definer
  set search_path = '' set enable_nestloop = off set enable_mergejoin = off set jit = off set work_mem = '64MB'
as $$
declare
  actor constant text := pgcast.actor();
  application constant text := current_setting('application_name');
  verb constant text := coalesce(current_setting('pgcast.verb', true), '');
  wanted constant boolean := pgcast.status_wanted();
  wakes boolean;
  stops boolean;
  doubted uuid[];
  moved pgcast.change[];
  changes pgcast.change[];
begin
  -- The live run of a job is the one that its row named before, if the job had
  -- not ended; rows older than the record of runs name something else.
  if verb <> 'promote' then
    perform pgcast.follow(array(
      select o.forecast_id::uuid from old_rows o
      where o.status not in ('completed', 'failed', 'canceled') and o.forecast_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'));
  end if;

  with changed as materialized (
    select n.id, n.user_id, o.user_id as old_user_id, n.forecast_id, o.forecast_id as old_forecast_id, n.status, o.status as old_status, n.params,
      n.version, o.version as old_version, greatest(n.attempts, o.attempts) as attempt,
      coalesce(n.claimed_by, o.claimed_by) as processor, n.error_code, n.error_message,
      coalesce(n.trace_id, o.trace_id) as trace_id,
      n.status = 'pending' and n.due
        and (o.status <> 'pending' or not o.due or o.crashes <> n.crashes or o.forecast_id is distinct from n.forecast_id)
        -- and whoever waits for its time is waited for
        or verb = '' and n.status = 'pending' and not n.due and n.params is not null and (o.status <> 'pending' or o.run_at <> n.run_at) as wakes,
      verb = '' and n.status = 'pending' and n.attempts < o.attempts as again,
      o.status = 'processing' and n.status <> 'processing' as stops
    from old_rows o join new_rows n using (id)
  ), asked as (
    insert into public.job_runs (forecast_id, job_id, user_id, status, params, follows)
    select c.forecast_id::uuid, c.id, c.user_id, c.status, c.params, c.old_forecast_id is not null
    from changed c
    where c.forecast_id is distinct from c.old_forecast_id and c.forecast_id is not null
  ), recorded as (
    insert into public.job_events (job_id, user_id, forecast_id, old_status, status, version, attempt, actor, application, processor, code, message, trace_id)
    select c.id, c.user_id, coalesce(c.forecast_id, c.old_forecast_id), c.old_status, c.status, c.version, c.attempt,
      actor, application, c.processor, coalesce(c.error_code, case when verb = 'release' then 'released' else '' end), coalesce(c.error_message, ''), c.trace_id
    from changed c
    where c.status <> c.old_status or c.again or c.forecast_id is distinct from c.old_forecast_id
  )
  select bool_or(c.wakes), bool_or(c.stops), array_agg(c.id) filter (where c.stops),
    case when wanted then array_agg((c.id, c.old_user_id, c.version, c.status, c.old_status)::pgcast.change) filter (where c.user_id <> c.old_user_id) end,
    case when wanted then array_agg((c.id, c.user_id, c.version, c.status, c.old_status)::pgcast.change) filter (where c.version <> c.old_version) end
  into wakes, stops, doubted, moved, changes
  from changed c;

  if wakes then
    perform pg_notify('pgcast_wake', '');
  end if;
  if stops and verb = '' then
    perform pg_notify('pgcast_control', '');
  end if;
  if doubted is not null then
    perform pgcast.doubt(doubted);
  end if;
  if moved is not null then
    perform pgcast.notify_status('MOVED', moved);
  end if;
  if changes is not null then
    perform pgcast.notify_status('UPDATE', changes);
  end if;
  return null;
end
$$;
-- +goose StatementEnd

-- Progress is no change of status; claim and complete write runs and events
-- themselves.
create trigger after_update after update on public.jobs
  referencing old table as old_rows new table as new_rows
  for each statement when (coalesce(current_setting('pgcast.verb', true), '') not in ('claim', 'complete', 'report_progress'))
  execute function pgcast.jobs_after_update();

-- A row given to another user takes its runs along. Events stay with whoever
-- owned the row when they happened.
-- +goose StatementBegin
create function pgcast.jobs_after_owner() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  update public.job_runs set user_id = new.user_id where job_id = new.id;
  return null;
end
$$;
-- +goose StatementEnd

create trigger after_update_owner after update of user_id on public.jobs
  for each row when (old.user_id <> new.user_id)
  execute function pgcast.jobs_after_owner();

-- The runs of deleted jobs go with them, their events stay, and their files are
-- left to be swept.
-- +goose StatementBegin
create function pgcast.jobs_after_delete() returns trigger
  language plpgsql security definer
  set search_path = '' set jit = off set enable_seqscan = off set enable_bitmapscan = off
as $$
declare
  actor constant text := pgcast.actor();
  application constant text := current_setting('application_name');
  gone constant uuid[] := array(select o.id from old_rows o);
begin
  delete from public.job_runs r where r.job_id = any (gone);

  insert into public.job_events (job_id, user_id, forecast_id, old_status, status, version, attempt, actor, application, processor, trace_id)
  select o.id, o.user_id, o.forecast_id, o.status, 'deleted', o.version + 1, o.attempts,
    actor, application, o.claimed_by, o.trace_id
  from old_rows o;

  -- The wait is for a processor that is still at work on the job: it learns
  -- within a second that it is not to write any more.
  insert into pgcast.leftovers (user_id, job_id, due_at)
  select o.user_id, o.id, clock_timestamp() + interval '1 minute'
  from old_rows o;

  if exists (select from old_rows o where o.status = 'processing') then
    perform pg_notify('pgcast_control', '');
  end if;
  if pgcast.status_wanted() then
    perform pgcast.notify_status('DELETE', array(select (o.id, o.user_id, o.version + 1, null, o.status)::pgcast.change from old_rows o));
  end if;
  return null;
end
$$;
-- +goose StatementEnd

create trigger after_delete after delete on public.jobs
  referencing old table as old_rows
  for each statement execute function pgcast.jobs_after_delete();

-- TRUNCATE means to delete all rows, and is done so.
-- +goose StatementBegin
create function pgcast.jobs_before_truncate() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  delete from public.jobs;
  return null;
end
$$;
-- +goose StatementEnd

create trigger before_truncate before truncate on public.jobs
  for each statement execute function pgcast.jobs_before_truncate();
