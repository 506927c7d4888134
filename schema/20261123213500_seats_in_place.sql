-- +goose Up

-- As before, but a seat is written over where it stands: taking the text apart at
-- it counts characters from the beginning, several times for each row.
-- +goose StatementBegin
create or replace function pgcast.jobs_ask() returns trigger
  language plpgsql set search_path = ''
as $$
declare
  ask constant bigint := nextval('pgcast.asks');
  clock constant bigint := coalesce(pg_sequence_last_value('pgcast.turns'), 0);
  hash constant integer := uuid_hash(new.user_id);
  whose text;
  drawer text;
  seats text;
  behind text;
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
