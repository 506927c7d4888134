-- +goose Up

-- What a plain UPDATE or INSERT on jobs means. An operator writes a status or
-- params; these triggers make the row whole before it is stored. The verbs of
-- schema pgcast write whole rows themselves, and say so in the setting
-- pgcast.verb while they work. Triggers fire in the order of their names.

-- Turns: start-time fair queueing (Goyal, Vin, Cheng: "Start-time Fair
-- Queuing", SIGCOMM 1996), by one column. The clock, the last value of
-- pgcast.turns, is the largest turn claimed so far at priority 0. A user's jobs
-- queue one step of 2^20 behind the other, the first one step behind the clock:
-- so 100,000 jobs of one user delay somebody else's by one. The low 20 bits keep
-- the order of asking among equals.
create sequence pgcast.turns minvalue 0 start 0;
select setval('pgcast.turns', 0);
create sequence pgcast.asks;

-- The clock; 0 when the sequence has been restarted or came without its value.
-- +goose StatementBegin
create function pgcast.turn_clock() returns bigint
  language plpgsql set search_path = ''
as $$
begin
  return coalesce(pg_sequence_last_value('pgcast.turns'), 0);
end
$$;
-- +goose StatementEnd

-- A place at the front: one step behind the clock.
create function pgcast.front_turn() returns bigint
  language sql volatile set search_path = ''
as $$
  select ((pgcast.turn_clock() >> 20) + 1) << 20 | (nextval('pgcast.asks') & 1048575)
$$;

-- The place of a user's last job of a lane and priority, at or behind the clock.
-- +goose StatementBegin
create function pgcast.last_turn(user_id uuid, lane smallint, priority integer, clock bigint) returns bigint
  language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_sort = off
as $$
#variable_conflict use_variable
begin
  return coalesce((
    select j.turn
    from public.jobs j
    where j.user_id = user_id and j.lane = lane and j.priority = priority and j.turn > clock and j.status = 'pending' and j.due
    order by j.turn desc
    limit 1), clock);
end
$$;
-- +goose StatementEnd

-- The place of a job that is asked for: behind the user's last one of the same
-- lane and priority, or at the front.
create function pgcast.next_turn(user_id uuid, lane smallint, priority integer) returns bigint
  language sql volatile set search_path = ''
as $$
  select ((pgcast.last_turn(user_id, lane, priority, pgcast.turn_clock()) >> 20) + 1) << 20
    | (nextval('pgcast.asks') & 1048575)
$$;

-- +goose StatementBegin
create function pgcast.jobs_before_insert() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  new.status := coalesce(new.status, 'pending');
  if new.status not in ('pending', 'completed', 'failed', 'canceled') then
    raise exception 'a job cannot begin as "%"', new.status
      using errcode = 'check_violation', hint = 'Leave status out: a new row is pending, and runs when it has params.';
  end if;
  -- Each expression costs, and mostly there is nothing to put right.
  if (new.version, new.attempts, new.crashes, new.turn, num_nonnulls(new.fence, new.claimed_by)) is distinct from (1, 0, 0, 0, 0) then
    new.version := 1;
    new.attempts := 0;
    new.crashes := 0;
    new.turn := 0;
    new.fence := null;
    new.claimed_by := null;
  end if;
  new.due := new.params is not null and new.run_at <= now();
  if new.status = 'pending' then
    new.forecast_id := null;
  end if;
  return new;
end
$$;
-- +goose StatementEnd

create trigger before_1_insert before insert on public.jobs
  for each row execute function pgcast.jobs_before_insert();

-- Only the verbs write these. That none is at work the triggers that come later
-- see by the version: a condition that reads the setting is dear for a statement
-- of one row. One verb, promote, does not change it.
-- +goose StatementBegin
create function pgcast.jobs_keep() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  new.version := old.version;
  new.forecast_id := old.forecast_id;
  new.fence := old.fence;
  new.claimed_by := old.claimed_by;
  new.lane := old.lane;
  new.turn := old.turn;
  new.due := old.due;
  new.crashes := old.crashes;
  return new;
end
$$;
-- +goose StatementEnd

create trigger before_1_keep before update of version, forecast_id, fence, claimed_by, lane, turn, due, crashes on public.jobs
  for each row when (coalesce(current_setting('pgcast.verb', true), '') = '')
  execute function pgcast.jobs_keep();

-- A constraint would say it with the whole row, and be checked at each step of
-- each job.
-- +goose StatementBegin
create function pgcast.jobs_refuse_params() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  raise exception 'params of job % are a JSON %, not an object', new.id, jsonb_typeof(new.params)
    using errcode = 'check_violation',
      hint = 'Write params = ''{"horizon": 24}'', or ''{}'' for the suggested settings; without a request params is NULL, not ''null''.';
end
$$;
-- +goose StatementEnd

create trigger before_2_params before insert or update of params on public.jobs
  for each row when (jsonb_typeof(new.params) <> 'object')
  execute function pgcast.jobs_refuse_params();

-- Values that would stop more than this job: a sum that overflows in the claim of
-- everybody, a time that the services cannot read. Constraints would be checked at
-- each step of each job.
-- +goose StatementBegin
create function pgcast.jobs_refuse_values() returns trigger
  language plpgsql set search_path = ''
as $$
declare
  wrong constant text[] := case
    when new.user_id is null
      then array['a job has no user_id', 'Write whose job it is.']
    when new.max_attempts between 1 and 1000 is not true
      then array['max_attempts is ' || coalesce(new.max_attempts::text, 'null'), 'Set it to 1 to 1000.']
    when new.attempts between 0 and 1000000 is not true
      then array['attempts is ' || coalesce(new.attempts::text, 'null'), 'Set it to 0 to count anew.']
    when new.priority between -1000000 and 1000000 is not true
      then array['priority is ' || coalesce(new.priority::text, 'null'), 'Higher is claimed first, 0 is usual; a million is the most, each way.']
    when new.progress between 0 and 1 is not true
      then array['progress is ' || coalesce(new.progress::text, 'null'), 'It is written by processors, 0 to 1.']
    when new.run_at between '1970-01-01' and '9999-12-30' is not true
      then array['run_at is ' || coalesce(new.run_at::text, 'null'), 'Write a time before the year 9999, or status = ''canceled'' to park the job.']
    when new.created_at between '1000-01-01' and '9999-12-30' is not true
      or new.updated_at between '1000-01-01' and '9999-12-30' is not true
      or new.started_at between '1000-01-01' and '9999-12-30' is false
      or new.finished_at between '1000-01-01' and '9999-12-30' is false
      then array['a time of the row is missing or out of range', 'Leave created_at, updated_at, started_at and finished_at to the database.']
  end;
begin
  if wrong is not null then
    raise exception 'job %: %', new.id, wrong[1] using errcode = 'check_violation', hint = wrong[2];
  end if;
  return new;
end
$$;
-- +goose StatementEnd

create trigger before_2_values
  before update of max_attempts, attempts, priority, progress, run_at, created_at, updated_at, started_at, finished_at on public.jobs
  for each row when (new.version = old.version)
  execute function pgcast.jobs_refuse_values();

create trigger before_2_values_new before insert on public.jobs
  for each row execute function pgcast.jobs_refuse_values();

-- +goose StatementBegin
create function pgcast.jobs_refuse_id() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  raise exception 'the id of job % cannot be changed', old.id
    using errcode = 'check_violation', hint = 'Files, runs and events are found by it. Insert another row, or delete this one.';
end
$$;
-- +goose StatementEnd

create trigger before_2_id before update of id on public.jobs
  for each row when (new.id is distinct from old.id)
  execute function pgcast.jobs_refuse_id();

-- Naming status = 'pending' on a row that is pending already: run it, and now.
-- +goose StatementBegin
create function pgcast.jobs_ask_again() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  new.params := coalesce(new.params, '{}');
  if new.run_at = old.run_at and new.run_at > now() then
    new.run_at := now();
  end if;
  if old.attempts > 0 then
    new.attempts := 0;
    new.crashes := 0;
    new.error_code := null;
    new.error_message := null;
  end if;
  return new;
end
$$;
-- +goose StatementEnd

create trigger before_3_ask_again before update of status on public.jobs
  for each row
  when (new.version = old.version and old.status = 'pending' and new.status = 'pending')
  execute function pgcast.jobs_ask_again();

-- A new run is asked for: by a new row with params, of a job that is not
-- pending, or with other params. 100,000 rows of one statement come through here
-- one by one: so the places that the users of one transaction have come to are
-- remembered, in 128 settings that are emptied when they have grown to some 16
-- users. Users are told apart by a hash: should two have the same, they queue as
-- one for that transaction. A run's id is random for the transaction, and a number of its own: such
-- ids lie together in the index.
-- +goose StatementBegin
create function pgcast.jobs_ask() returns trigger
  language plpgsql set search_path = ''
as $$
declare
  ask constant bigint := nextval('pgcast.asks');
  clock constant bigint := coalesce(pg_sequence_last_value('pgcast.turns'), 0);
  hash constant integer := uuid_hash(new.user_id);
  whose text;
  drawer text;
  seats text;
  place integer;
  seat bigint;
begin
  if new.params is null and old.status <> 'pending' then
    new.params := '{}';
  end if;
  if new.run_at = old.run_at and (old.run_at <= now() or old.attempts > 0 or old.status <> 'pending') then
    new.run_at := now();
  end if;
  new.lane := case when current_setting('pgcast.asker', true) = 'api' then 0 else 1 end;
  new.due := new.params is not null and new.run_at <= now();

  -- A seat is written as a number for user, priority and lane, "=1", and 14 digits,
  -- the turn without its low bits. Padding text is dearer than a leading 1.
  whose := ' ' || (hash::bigint << 22 | (new.priority + 1048576 << 1) | new.lane) || '=1';
  drawer := 'pgcast.seats_' || (hash & 127);
  seats := coalesce(current_setting(drawer, true), '');
  place := strpos(seats, whose);
  if place = 0 then
    seat := pgcast.last_turn(new.user_id, new.lane, new.priority, clock) >> 20;
    seats := case when octet_length(seats) < 450 then seats else '' end;
  else
    seat := greatest(substr(seats, place + length(whose), 14)::bigint, clock >> 20);
    seats := left(seats, place - 1) || substr(seats, place + length(whose) + 14);
  end if;
  seats := set_config(drawer, left(whose, -1) || 100000000000001 + seat || seats, true);
  new.turn := (seat + 1) << 20 | (ask & 1048575);

  if new.params is null then
    new.forecast_id := null;
  else
    whose := coalesce(current_setting('pgcast.run_ids', true), '');
    if whose = '' then
      whose := set_config('pgcast.run_ids', left(gen_random_uuid()::text, 24), true);
    end if;
    new.forecast_id := whose || to_hex(17592186044416 + ask); -- 12 digits
  end if;

  if tg_op = 'UPDATE' or (new.progress, new.stage,
      num_nonnulls(new.started_at, new.finished_at, new.error_code, new.error_message, new.model_used, new.metrics))
    is distinct from (0, '', 0)
  then
    new.progress := 0;
    new.stage := '';
    new.attempts := 0;
    new.crashes := 0;
    new.fence := null;
    new.claimed_by := null;
    new.started_at := null;
    new.finished_at := null;
    new.error_code := null;
    new.error_message := null;
    new.model_used := null;
    new.metrics := null;
  end if;
  new.trace_id := nullif(current_setting('pgcast.trace', true), '')::uuid;
  if tg_op = 'UPDATE' then
    new.version := old.version + 1;
    new.updated_at := clock_timestamp();
  end if;
  return new;
end
$$;
-- +goose StatementEnd

create trigger before_4_ask before update on public.jobs
  for each row
  when (new.version = old.version and new.status = 'pending' and (old.status <> 'pending' or new.params is distinct from old.params))
  execute function pgcast.jobs_ask();

create trigger before_4_ask_new before insert on public.jobs
  for each row when (new.status = 'pending' and new.params is not null)
  execute function pgcast.jobs_ask();

-- Everything else: a job is stopped, moved in time, or changed in passing.
-- +goose StatementBegin
create function pgcast.jobs_before_update() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  if coalesce(current_setting('pgcast.verb', true), '') <> '' then
    return new;
  end if;
  if new.status is null then
    raise exception 'status of job % cannot be null', old.id
      using errcode = 'check_violation', hint = 'Set ''pending'' to run the job (again) or ''canceled'' to stop it.';
  end if;
  if new.status <> old.status then
    if new.status = 'canceled' and old.status in ('completed', 'failed') then
      raise exception 'job % is %: there is nothing to stop', old.id, old.status
        using errcode = 'PC409', hint = 'Stop only what has not ended: add "and status in (''pending'', ''processing'')".';
    elsif new.status <> 'canceled' then
      raise exception 'status of job % cannot be set to "%"', old.id, new.status
        using errcode = 'check_violation',
          hint = 'Set ''pending'' to run the job (again) or ''canceled'' to stop it; the other words are written by processors.';
    end if;
    new.stage := '';
    new.finished_at := clock_timestamp();
  elsif new.status = 'pending' then
    new.due := new.params is not null and new.run_at <= now();
    if new.due and not old.due then
      new.turn := pgcast.next_turn(new.user_id, new.lane, new.priority);
    end if;
  elsif new.params is distinct from old.params then
    perform pgcast.notice_params(old.id, old.status);
  end if;

  -- The wide texts are compared last, and only when nothing else has changed:
  -- comparing them fetches them.
  if new.status <> old.status
    or (new.user_id, new.attempts, new.max_attempts, new.run_at, new.priority, new.progress, new.stage)
      is distinct from (old.user_id, old.attempts, old.max_attempts, old.run_at, old.priority, old.progress, old.stage)
    or new is distinct from old
  then
    new.version := old.version + 1;
    new.updated_at := clock_timestamp();
  end if;
  return new;
end
$$;
-- +goose StatementEnd

-- One NOTICE per transaction, not one per row.
-- +goose StatementBegin
create function pgcast.notice_params(job uuid, status text) returns void
  language plpgsql set search_path = ''
as $$
declare
  xact text := pg_current_xact_id()::text;
begin
  if current_setting('pgcast.noticed', true) is distinct from xact then
    perform set_config('pgcast.noticed', xact, true);
    raise notice 'job % is %: new params alone do not run it', job, status
      using hint = 'Set status = ''pending'' as well, in the same UPDATE or in a later one.';
  end if;
end
$$;
-- +goose StatementEnd

create trigger before_5_update before update on public.jobs
  for each row
  when (new.version = old.version)
  execute function pgcast.jobs_before_update();

-- With wal_level = logical each update of a row writes all of it that lies in
-- the row, and texts move out of it only when together they pass 2 kB: so a
-- progress report might write 2 kB. Texts of middling size are filled up with
-- blanks, which JSON allows, until they move out; there blanks are compressed.
-- +goose StatementBegin
create function pgcast.jobs_move_out() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  if coalesce(octet_length(new.columns), 0) + coalesce(octet_length(new.time_candidates), 0) + coalesce(octet_length(new.preview), 0)
    + coalesce(pg_column_size(new.profile), 0) + coalesce(pg_column_size(new.params), 0) between 250 and 2100
  then
    new.preview := rpad(coalesce(new.preview, 'null'), 2100);
  end if;
  return new;
end
$$;
-- +goose StatementEnd

-- The condition is in the function because that of a trigger is read anew by
-- each statement.
create trigger before_6_move_out before insert or update of columns, time_candidates, preview, profile, params on public.jobs
  for each row execute function pgcast.jobs_move_out();
