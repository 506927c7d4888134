-- +goose Up

-- What an INSERT into jobs means, as before, by one trigger in place of five: a
-- job is mostly asked for by a statement of one row, and then it is the number of
-- triggers and of expressions that it costs.

-- Why a value of a row cannot stand, and what to do; null when it can.
-- +goose StatementBegin
create function pgcast.wrong_value(
  user_id uuid, max_attempts integer, attempts integer, priority integer, progress real,
  run_at timestamptz, created_at timestamptz, updated_at timestamptz, started_at timestamptz, finished_at timestamptz
) returns text[]
  language plpgsql stable set search_path = ''
as $$
begin
  return case
    when user_id is null
      then array['a job has no user_id', 'Write whose job it is.']
    when max_attempts between 1 and 1000 is not true
      then array['max_attempts is ' || coalesce(max_attempts::text, 'null'), 'Set it to 1 to 1000.']
    when attempts between 0 and 1000000 is not true
      then array['attempts is ' || coalesce(attempts::text, 'null'), 'Set it to 0 to count anew.']
    when priority between -1000000 and 1000000 is not true
      then array['priority is ' || coalesce(priority::text, 'null'), 'Higher is claimed first, 0 is usual; a million is the most, each way.']
    when progress between 0 and 1 is not true
      then array['progress is ' || coalesce(progress::text, 'null'), 'It is written by processors, 0 to 1.']
    when run_at between '1970-01-01' and '9999-12-30' is not true
      then array['run_at is ' || coalesce(run_at::text, 'null'), 'Write a time before the year 9999, or status = ''canceled'' to park the job.']
    when created_at between '1000-01-01' and '9999-12-30' is not true
      or updated_at between '1000-01-01' and '9999-12-30' is not true
      or started_at between '1000-01-01' and '9999-12-30' is false
      or finished_at between '1000-01-01' and '9999-12-30' is false
      then array['a time of the row is missing or out of range', 'Leave created_at, updated_at, started_at and finished_at to the database.']
  end;
end
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function pgcast.jobs_refuse_values() returns trigger
  language plpgsql set search_path = ''
as $$
declare
  wrong constant text[] := pgcast.wrong_value(new.user_id, new.max_attempts, new.attempts, new.priority, new.progress,
    new.run_at, new.created_at, new.updated_at, new.started_at, new.finished_at);
begin
  if wrong is not null then
    raise exception 'job %: %', new.id, wrong[1] using errcode = 'check_violation', hint = wrong[2];
  end if;
  return new;
end
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function pgcast.refuse_params(job uuid, params jsonb) returns void
  language plpgsql set search_path = ''
as $$
begin
  raise exception 'params of job % are a JSON %, not an object', job, jsonb_typeof(params)
    using errcode = 'check_violation',
      hint = 'Write params = ''{"horizon": 24}'', or ''{}'' for the suggested settings; without a request params is NULL, not ''null''.';
end
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function pgcast.jobs_refuse_params() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  perform pgcast.refuse_params(new.id, new.params);
end
$$;
-- +goose StatementEnd

-- Takes the place behind the last one that the transaction has given a user, and
-- returns its step. An UPDATE of 100,000 rows does the same in its own trigger, and
-- cannot afford a call.
-- +goose StatementBegin
create function pgcast.take_seat(user_id uuid, lane smallint, priority integer) returns bigint
  language plpgsql set search_path = ''
as $$
declare
  clock constant bigint := pgcast.turn_clock();
  hash constant integer := uuid_hash(user_id);
  whose constant text := ' ' || (hash::bigint << 22 | (priority + 1048576 << 1) | lane) || '=1';
  drawer constant text := 'pgcast.seats_' || (hash & 127);
  seats text := coalesce(current_setting(drawer, true), '');
  behind constant text := left(split_part(seats, whose, 2), 14);
  seat bigint;
begin
  if behind = '' then
    seat := pgcast.last_turn(user_id, lane, priority, clock) >> 20;
    seats := case when octet_length(seats) < 450 then seats else '' end || left(whose, -1) || 100000000000001 + seat;
  else
    seat := greatest(behind::bigint, clock >> 20);
    seats := replace(seats, whose || behind, left(whose, -1) || 100000000000001 + seat);
  end if;
  seats := set_config(drawer, seats, true);
  return seat + 1;
end
$$;
-- +goose StatementEnd

-- Texts of middling size are filled up with blanks until they move out of the row.
-- The preview that is to be stored.
-- +goose StatementBegin
create function pgcast.fill_up(preview text, columns text, time_candidates text, profile jsonb, params jsonb) returns text
  language plpgsql set search_path = ''
as $$
#variable_conflict use_variable
begin
  if coalesce(octet_length(columns), 0) + coalesce(octet_length(time_candidates), 0) + coalesce(octet_length(preview), 0)
    + coalesce(pg_column_size(profile), 0) + coalesce(pg_column_size(params), 0) between 250 and 2100
  then
    return rpad(coalesce(preview, 'null'), 2100);
  end if;
  return preview;
end
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function pgcast.jobs_move_out() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  new.preview := pgcast.fill_up(new.preview, new.columns, new.time_candidates, new.profile, new.params);
  return new;
end
$$;
-- +goose StatementEnd

-- Refuses a new row, or puts right what its writer has no say in.
-- +goose StatementBegin
create function pgcast.begin_job(j public.jobs) returns public.jobs
  language plpgsql set search_path = ''
as $$
declare
  wrong text[];
begin
  j.status := coalesce(j.status, 'pending');
  if j.status not in ('pending', 'completed', 'failed', 'canceled') then
    raise exception 'a job cannot begin as "%"', j.status
      using errcode = 'check_violation', hint = 'Leave status out: a new row is pending, and runs when it has params.';
  end if;
  j.version := 1;
  j.attempts := 0;
  j.crashes := 0;
  j.turn := 0;
  j.fence := null;
  j.claimed_by := null;
  if jsonb_typeof(j.params) <> 'object' then
    perform pgcast.refuse_params(j.id, j.params);
  end if;
  wrong := pgcast.wrong_value(j.user_id, j.max_attempts, j.attempts, j.priority, j.progress,
    j.run_at, j.created_at, j.updated_at, j.started_at, j.finished_at);
  if wrong is not null then
    raise exception 'job %: %', j.id, wrong[1] using errcode = 'check_violation', hint = wrong[2];
  end if;
  if j.status = 'pending' then
    j.forecast_id := null;
    if j.params is not null then
      j.progress := 0;
      j.stage := '';
      j.started_at := null;
      j.finished_at := null;
      j.error_code := null;
      j.error_message := null;
      j.model_used := null;
      j.metrics := null;
    end if;
  end if;
  return j;
end
$$;
-- +goose StatementEnd

-- The first row that a transaction writes is asked for without a memory of others.
-- +goose StatementBegin
create or replace function pgcast.jobs_before_insert() returns trigger
  language plpgsql set search_path = ''
as $$
declare
  clock bigint;
  ask bigint;
  whose text;
begin
  -- Each expression costs, and mostly there is nothing to put right or to refuse.
  if ((new.status, new.version, new.attempts, new.max_attempts, new.crashes, new.turn, new.priority, new.progress, new.stage, new.created_at, new.updated_at)
      = ('pending', 1, 0, 3, 0, 0, 0, 0, '', new.run_at, new.run_at)
    and new.run_at = now() and new.user_id is not null
    and num_nonnulls(new.forecast_id, new.fence, new.claimed_by, new.started_at, new.finished_at, new.error_code, new.error_message, new.model_used, new.metrics) = 0
    and (new.params is null or jsonb_typeof(new.params) = 'object')) is not true
  then
    new := pgcast.begin_job(new);
  end if;

  new.due := new.params is not null and new.run_at <= now();
  if new.params is not null and new.status = 'pending' then
    new.lane := case when current_setting('pgcast.asker', true) = 'api' then 0 else 1 end;
    new.trace_id := nullif(current_setting('pgcast.trace', true), '')::uuid;
    if pg_current_xact_id_if_assigned() is null then
      clock := coalesce(pg_sequence_last_value('pgcast.turns'), 0);
      new.turn := ((pgcast.last_turn(new.user_id, new.lane, new.priority, clock) >> 20) + 1) << 20 | (nextval('pgcast.asks') & 1048575);
      new.forecast_id := gen_random_uuid()::text;
    else
      ask := nextval('pgcast.asks');
      new.turn := pgcast.take_seat(new.user_id, new.lane, new.priority) << 20 | (ask & 1048575);
      whose := coalesce(current_setting('pgcast.run_ids', true), '');
      if whose = '' then
        whose := set_config('pgcast.run_ids', left(gen_random_uuid()::text, 24), true);
      end if;
      new.forecast_id := whose || to_hex(17592186044416 + ask); -- 12 digits
    end if;
  end if;

  if num_nonnulls(new.columns, new.time_candidates, new.preview, new.profile) > 0 or pg_column_size(new.params) >= 250 then
    new.preview := pgcast.fill_up(new.preview, new.columns, new.time_candidates, new.profile, new.params);
  end if;
  return new;
end
$$;
-- +goose StatementEnd

drop trigger before_2_values_new on public.jobs;
drop trigger before_4_ask_new on public.jobs;
drop trigger before_2_params on public.jobs;
create trigger before_2_params before update of params on public.jobs
  for each row when (jsonb_typeof(new.params) <> 'object')
  execute function pgcast.jobs_refuse_params();
drop trigger before_6_move_out on public.jobs;
create trigger before_6_move_out before update of columns, time_candidates, preview, profile, params on public.jobs
  for each row execute function pgcast.jobs_move_out();

revoke all on function pgcast.wrong_value(uuid, integer, integer, integer, real, timestamptz, timestamptz, timestamptz, timestamptz, timestamptz),
  pgcast.refuse_params(uuid, jsonb), pgcast.take_seat(uuid, smallint, integer), pgcast.fill_up(text, text, text, jsonb, jsonb), pgcast.begin_job(public.jobs)
  from public, anon, authenticated;
grant execute on function pgcast.wrong_value(uuid, integer, integer, integer, real, timestamptz, timestamptz, timestamptz, timestamptz, timestamptz),
  pgcast.refuse_params(uuid, jsonb), pgcast.take_seat(uuid, smallint, integer), pgcast.fill_up(text, text, text, jsonb, jsonb), pgcast.begin_job(public.jobs)
  to service_role;
