-- +goose Up

-- What an UPDATE of jobs means, as before, by fewer triggers: the condition of
-- each is read and compiled by every statement that it might concern, those of the
-- verbs too.

-- Whether the time of a job has come is told by the clock, not by the begin of the
-- transaction: one that had waited for the row would take a job that was asked for
-- meanwhile for one of the future, and nobody would be woken for it.
--
-- 100,000 rows of one statement come through here one by one: so the places that
-- the users of one transaction have come to are remembered, in 128 settings that
-- are emptied when they have grown to some 16 users. Users are told apart by a hash:
-- should two have the same, they queue as one for that transaction. A run's id is
-- random for the transaction, and a number of its own: such ids lie together in the
-- index.
-- +goose StatementBegin
create or replace function pgcast.jobs_before_update() returns trigger
  language plpgsql set search_path = ''
as $$
declare
  ask bigint;
  clock bigint;
  hash integer;
  whose text;
  drawer text;
  seats text;
  behind text;
  seat bigint;
begin
  -- A new run is asked for: of a job that is not pending, or with other params.
  if new.status = 'pending' and (old.status <> 'pending' or new.params is distinct from old.params) then
    ask := nextval('pgcast.asks');
    clock := coalesce(pg_sequence_last_value('pgcast.turns'), 0);
    hash := uuid_hash(new.user_id);
    if new.params is null and old.status <> 'pending' then
      new.params := '{}';
    end if;
    if new.run_at = old.run_at and (old.run_at <= clock_timestamp() or old.attempts > 0 or old.status <> 'pending') then
      new.run_at := now();
    end if;
    new.lane := case when current_setting('pgcast.asker', true) = 'api' then 0 else 1 end;
    new.due := new.params is not null and new.run_at <= clock_timestamp();

    -- A seat is written as a number for user, priority and lane, "=1", and 14 digits,
    -- the turn without its low bits. Padding text is dearer than a leading 1.
    whose := ' ' || (hash::bigint << 22 | (new.priority + 1048576 << 1) | new.lane) || '=1';
    drawer := 'pgcast.seats_' || (hash & 127);
    seats := coalesce(current_setting(drawer, true), '');
    behind := left(split_part(seats, whose, 2), 14);
    if behind = '' then
      seat := pgcast.last_turn(new.user_id, new.lane, new.priority, clock) >> 20;
      seats := case when octet_length(seats) < 450 then seats else '' end || left(whose, -1) || 100000000000001 + seat;
    else
      seat := greatest(behind::bigint, clock >> 20);
      seats := replace(seats, whose || behind, left(whose, -1) || 100000000000001 + seat);
    end if;
    seats := set_config(drawer, seats, true);
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
    new.trace_id := nullif(current_setting('pgcast.trace', true), '')::uuid;
    new.version := old.version + 1;
    new.updated_at := clock_timestamp();
    return new;
  end if;

  -- Everything else: a job is stopped, moved in time, or changed in passing.
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
    new.due := new.params is not null and new.run_at <= clock_timestamp();
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

-- Naming status = 'pending' on a row that is pending already: run it, and now. No
-- verb names a status that stays.
-- +goose StatementBegin
create or replace function pgcast.jobs_ask_again() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  if new.status <> 'pending' then
    return new;
  end if;
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

drop trigger before_3_ask_again on public.jobs;
create trigger before_3_ask_again before update of status on public.jobs
  for each row when (new.status = old.status)
  execute function pgcast.jobs_ask_again();

drop trigger before_4_ask on public.jobs;
drop trigger before_5_update on public.jobs;
create trigger before_5_update before update on public.jobs
  for each row when (new.version = old.version)
  execute function pgcast.jobs_before_update();
drop function pgcast.jobs_ask();
