-- +goose Up

-- What follows from a change of jobs: runs, the audit trail, and wake-ups. One
-- call per statement, over transition tables, so that one row and 100,000 rows
-- take the same way and a statement sends one wake-up.
--
-- Channels: pgcast_wake (something is claimable), pgcast_control (a running job
-- was stopped or restarted), both with an empty payload; and pgcast_status with
-- {"id","user_id","version","op","status","old_status"}, only while a live
-- notifier asks for it.

-- Who made the change: the user the API acts for, else the session's user.
create function pgcast.actor() returns text
  language sql stable set search_path = ''
as $$
  select coalesce(case when auth.role() = 'authenticated' then auth.jwt() ->> 'sub' end, session_user)
$$;

create function pgcast.status_wanted() returns boolean
  language sql stable set search_path = ''
as $$
  select exists (select from pgcast.notifiers where wants_status and heartbeat_at > now() - interval '30 seconds')
$$;

-- The words are cut: a payload has 8,000 bytes at most, and an old row's status
-- must not abort an operator's UPDATE.
create function pgcast.notify_status(op text, id uuid, user_id uuid, version bigint, status text, old_status text) returns void
  language sql set search_path = ''
as $$
  select pg_notify('pgcast_status', json_strip_nulls(json_build_object(
    'id', id, 'user_id', user_id, 'version', version, 'op', op,
    'status', left(status, 100), 'old_status', left(old_status, 100)))::text)
$$;

-- +goose StatementBegin
create function pgcast.jobs_after_insert() returns trigger
  language plpgsql security definer set search_path = ''
as $$
declare
  actor constant text := pgcast.actor();
  application constant text := current_setting('application_name');
begin
  insert into public.job_runs (forecast_id, job_id, user_id, status, params)
  select n.forecast_id::uuid, n.id, n.user_id, 'pending', n.params
  from new_rows n
  where n.status = 'pending' and n.params is not null;

  insert into public.job_events (job_id, user_id, forecast_id, status, version, actor, application)
  select n.id, n.user_id, n.forecast_id, n.status, n.version, actor, application
  from new_rows n;

  if exists (select from new_rows n where n.status = 'pending' and n.due) then
    perform pg_notify('pgcast_wake', '');
  end if;
  if pgcast.status_wanted() then
    perform pgcast.notify_status('INSERT', n.id, n.user_id, n.version, n.status, null) from new_rows n;
  end if;
  return null;
end
$$;
-- +goose StatementEnd

create trigger after_insert after insert on public.jobs
  referencing new table as new_rows
  for each statement execute function pgcast.jobs_after_insert();

-- Brings the live run of each job in line: it follows the job's status, and is
-- canceled when the job is canceled or another run has taken its place. It goes
-- row by row, over an index: the plan of a join is kept for the session, and one
-- made for a few rows would be quadratic for many.
-- +goose StatementBegin
create function pgcast.jobs_after_update_runs() returns trigger
  language plpgsql security definer set search_path = '' set enable_seqscan = off
as $$
declare
  j record;
begin
  for j in
    select n.id, n.forecast_id, n.status, n.attempts, n.started_at, n.finished_at, n.error_code, n.error_message
    from new_rows n
  loop
    update public.job_runs r
    set status = case when r.forecast_id::text = j.forecast_id then j.status else 'canceled' end,
        attempts = case when r.forecast_id::text = j.forecast_id then j.attempts else r.attempts end,
        started_at = coalesce(case when r.forecast_id::text = j.forecast_id then j.started_at end, r.started_at),
        finished_at = case when r.forecast_id::text = j.forecast_id then j.finished_at else clock_timestamp() end,
        error_code = j.error_code,
        error_message = j.error_message
    where r.job_id = j.id
      and r.status in ('pending', 'processing')
      and (r.forecast_id::text is distinct from j.forecast_id or (r.status, r.attempts) is distinct from (j.status, j.attempts));
  end loop;
  return null;
end
$$;
-- +goose StatementEnd

-- Progress is no change of status; reporting it skips all of this.
create trigger after_update_1_runs after update on public.jobs
  referencing new table as new_rows
  for each statement when (current_setting('pgcast.verb', true) is distinct from 'report_progress')
  execute function pgcast.jobs_after_update_runs();

-- New runs, the audit trail and the wake-ups. Old and new rows are joined by
-- hashing, whatever their number was when the plan was made.
-- +goose StatementBegin
create function pgcast.jobs_after_update() returns trigger
  language plpgsql security definer
  set search_path = '' set enable_nestloop = off
as $$
declare
  actor constant text := pgcast.actor();
  application constant text := current_setting('application_name');
  verb constant text := coalesce(current_setting('pgcast.verb', true), '');
begin
  insert into public.job_runs (forecast_id, job_id, user_id, status, params)
  select n.forecast_id::uuid, n.id, n.user_id, n.status, n.params
  from old_rows o join new_rows n using (id)
  where n.forecast_id is distinct from o.forecast_id and n.forecast_id is not null;

  insert into public.job_events (job_id, user_id, forecast_id, old_status, status, version, attempt, actor, application, processor, code, message)
  select n.id, n.user_id, coalesce(n.forecast_id, o.forecast_id), o.status, n.status, n.version, greatest(n.attempts, o.attempts),
    actor, application, coalesce(n.claimed_by, o.claimed_by),
    coalesce(n.error_code, case when verb = 'release' then 'released' else '' end), coalesce(n.error_message, '')
  from old_rows o join new_rows n using (id)
  where n.status <> o.status or n.forecast_id is distinct from o.forecast_id;

  if exists (
    select from old_rows o join new_rows n using (id)
    where n.status = 'pending' and n.due
      and (o.status <> 'pending' or not o.due or o.forecast_id is distinct from n.forecast_id)
  ) then
    perform pg_notify('pgcast_wake', '');
  end if;
  if verb = '' and exists (
    select from old_rows o join new_rows n using (id) where o.status = 'processing' and n.status <> 'processing'
  ) then
    perform pg_notify('pgcast_control', '');
  end if;
  if pgcast.status_wanted() then
    perform pgcast.notify_status('UPDATE', n.id, n.user_id, n.version, n.status, o.status)
    from old_rows o join new_rows n using (id)
    where n.version <> o.version;
  end if;
  return null;
end
$$;
-- +goose StatementEnd

create trigger after_update_2_events after update on public.jobs
  referencing old table as old_rows new table as new_rows
  for each statement when (current_setting('pgcast.verb', true) is distinct from 'report_progress')
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

-- +goose StatementBegin
create function pgcast.jobs_after_delete() returns trigger
  language plpgsql security definer set search_path = ''
as $$
declare
  actor constant text := pgcast.actor();
  application constant text := current_setting('application_name');
begin
  insert into public.job_events (job_id, user_id, forecast_id, old_status, status, version, attempt, actor, application, processor)
  select o.id, o.user_id, o.forecast_id, o.status, 'deleted', o.version + 1, o.attempts,
    actor, application, o.claimed_by
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
    perform pgcast.notify_status('DELETE', o.id, o.user_id, o.version + 1, null, o.status) from old_rows o;
  end if;
  return null;
end
$$;
-- +goose StatementEnd

create trigger after_delete after delete on public.jobs
  referencing old table as old_rows
  for each statement execute function pgcast.jobs_after_delete();
