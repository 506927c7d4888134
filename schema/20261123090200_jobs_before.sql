-- +goose Up

-- What a plain UPDATE or INSERT on jobs means. An operator writes a status or
-- params; these triggers make the row whole before it is stored. The verbs of
-- schema pgcast write whole rows themselves, and say so in the setting
-- pgcast.verb while they work.

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
  new.version := 1;
  new.attempts := 0;
  new.fence := null;
  new.claimed_by := null;
  if new.status = 'pending' then
    new.forecast_id := case when new.params is not null then gen_random_uuid()::text end;
  end if;
  return new;
end
$$;
-- +goose StatementEnd

create trigger before_insert before insert on public.jobs
  for each row execute function pgcast.jobs_before_insert();

-- The constraint params_is_an_object would say it with the whole row.
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

create trigger before_params before insert or update of params on public.jobs
  for each row when (jsonb_typeof(new.params) <> 'object')
  execute function pgcast.jobs_refuse_params();

-- Naming status = 'pending' on a row that is pending already: run it, and now.
-- +goose StatementBegin
create function pgcast.jobs_ask_pending() returns trigger
  language plpgsql set search_path = ''
as $$
begin
  new.params := coalesce(new.params, '{}');
  if new.run_at = old.run_at and new.run_at > now() then
    new.run_at := now();
  end if;
  if old.attempts > 0 then
    new.attempts := 0;
    new.error_code := null;
    new.error_message := null;
  end if;
  return new;
end
$$;
-- +goose StatementEnd

-- Triggers fire in the order of their names: this one before "before_update".
create trigger before_ask before update of status on public.jobs
  for each row
  when (old.status = 'pending' and new.status = 'pending' and coalesce(current_setting('pgcast.verb', true), '') = '')
  execute function pgcast.jobs_ask_pending();

-- +goose StatementBegin
create function pgcast.jobs_before_update() returns trigger
  language plpgsql set search_path = ''
as $$
declare
  asked boolean := false;
begin
  -- Only the verbs write these.
  new.version := old.version;
  new.forecast_id := old.forecast_id;
  new.fence := old.fence;
  new.claimed_by := old.claimed_by;

  if new.status is distinct from old.status then
    if new.status = 'pending' then
      new.params := coalesce(new.params, '{}');
      asked := true;
    elsif new.status = 'canceled' and old.status in ('completed', 'failed') then
      raise exception 'job % is %: there is nothing to stop', old.id, old.status
        using errcode = 'PC409', hint = 'Stop only what has not ended: add "and status in (''pending'', ''processing'')".';
    elsif new.status = 'canceled' then
      new.stage := '';
      new.finished_at := clock_timestamp();
    else
      raise exception 'status of job % cannot be set to "%"', old.id, new.status
        using errcode = 'check_violation',
          hint = 'Set ''pending'' to run the job (again) or ''canceled'' to stop it; the other words are written by processors.';
    end if;
  elsif new.params is distinct from old.params then
    if new.status = 'pending' then
      asked := true;
    else
      perform pgcast.notice_params(old.id, old.status);
    end if;
  end if;

  if asked then
    new.forecast_id := case when new.params is not null then gen_random_uuid()::text end;
    if new.run_at = old.run_at and (old.run_at <= now() or old.attempts > 0 or old.status <> 'pending') then
      new.run_at := now();
    end if;
    new.progress := 0;
    new.stage := '';
    new.attempts := 0;
    new.fence := null;
    new.claimed_by := null;
    new.started_at := null;
    new.finished_at := null;
    new.error_code := null;
    new.error_message := null;
    new.model_used := null;
    new.metrics := null;
  end if;

  -- The wide texts are compared last, and only when nothing else has changed:
  -- comparing them fetches them.
  if asked
    or (new.status, new.user_id, new.attempts, new.max_attempts, new.run_at, new.priority, new.progress, new.stage)
      is distinct from (old.status, old.user_id, old.attempts, old.max_attempts, old.run_at, old.priority, old.progress, old.stage)
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

create trigger before_update before update on public.jobs
  for each row when (coalesce(current_setting('pgcast.verb', true), '') = '')
  execute function pgcast.jobs_before_update();
