-- +goose Up

-- The verbs of a processor's claim on a job. Each write names the fence of the
-- claim it was made under, a number that never repeats; a write under a fence
-- that is no longer the row's changes nothing and answers false. Time is the
-- database's alone.
--
-- Every verb puts its name into the setting pgcast.verb while it works: the
-- triggers on jobs leave such a row as it is and only draw the consequences. It
-- is set in the body because a role that is no superuser may not attach a
-- setting of its own making to a function.

create sequence pgcast.fences;

-- Takes up to so many jobs for a processor, in one statement; rows that another
-- one is taking are passed over.
-- +goose StatementBegin
create function pgcast.claim(processor text, slots integer)
  returns table (
    job_id uuid, user_id uuid, forecast_id uuid, fence bigint, attempt integer, max_attempts integer,
    params jsonb, input_file_path text, file_name text, run_at timestamptz
  )
  language plpgsql set search_path = ''
as $$
#variable_conflict use_column
begin
  perform set_config('pgcast.verb', 'claim', true);
  -- A processor that claims is alive, registered or not.
  insert into public.processors as p (id, slots) values (processor, slots)
  on conflict (id) do update set heartbeat_at = clock_timestamp()
  where p.heartbeat_at < clock_timestamp() - interval '5 seconds';

  return query
  with picked as (
    select j.id
    from public.jobs j
    where j.status = 'pending' and j.params is not null and j.run_at <= now()
    order by j.priority desc, j.run_at, j.id
    limit slots
    for update skip locked
  )
  update public.jobs j
  set status = 'processing',
      attempts = j.attempts + 1,
      fence = nextval('pgcast.fences'),
      claimed_by = processor,
      progress = 0,
      stage = '',
      started_at = clock_timestamp(),
      finished_at = null,
      error_code = null,
      error_message = null,
      version = j.version + 1,
      updated_at = clock_timestamp()
  from picked
  where j.id = picked.id
  returning j.id, j.user_id, j.forecast_id::uuid, j.fence, j.attempts, j.max_attempts, j.params, j.input_file_path, j.file_name, j.run_at;
  perform set_config('pgcast.verb', '', true);
end
$$;
-- +goose StatementEnd

-- Writes the progress of running jobs, at most once a second and job and only
-- when it moved, and answers the ids that are no longer the caller's: canceled,
-- reset, rescued or deleted.
-- +goose StatementBegin
create function pgcast.report_progress(ids uuid[], fences bigint[], fractions double precision[], stages text[])
  returns setof uuid
  language plpgsql set search_path = ''
as $$
begin
  perform set_config('pgcast.verb', 'report_progress', true);
  update public.jobs j
  set progress = coalesce(t.fraction, j.progress),
      stage = t.stage,
      version = j.version + 1,
      updated_at = clock_timestamp()
  from (
    select u.id, u.fence, coalesce(u.stage, '') as stage,
      case when u.fraction < 'NaN' then greatest(least(u.fraction, 1), 0)::real end as fraction
    from unnest(ids, fences, fractions, stages) as u (id, fence, fraction, stage)
  ) t
  where j.id = t.id
    and j.fence = t.fence
    and j.status = 'processing'
    and (j.progress, j.stage) is distinct from (coalesce(t.fraction, j.progress), t.stage)
    and j.updated_at <= clock_timestamp() - interval '1 second';
  perform set_config('pgcast.verb', '', true);

  return query
  select u.id
  from unnest(ids, fences) as u (id, fence)
  where not exists (select from public.jobs j where j.id = u.id and j.fence = u.fence and j.status = 'processing');
end
$$;
-- +goose StatementEnd

-- Holds the row until the transaction ends, so that what is published meanwhile
-- is published by the holder of the fence. False: the claim is lost.
create function pgcast.lock_claim(job uuid, fence bigint) returns boolean
  language sql set search_path = ''
as $$
  select coalesce((
    select true from public.jobs j
    where j.id = lock_claim.job and j.fence = lock_claim.fence and j.status = 'processing'
    for update
  ), false)
$$;

-- Ends a run with its result.
-- +goose StatementBegin
create function pgcast.complete(
  job uuid, fence bigint, folder text, output_file_path text, checksums jsonb, model_used text, metrics jsonb
) returns boolean
  language plpgsql set search_path = ''
as $$
#variable_conflict use_variable
begin
  if not pgcast.lock_claim(job, fence) then
    return false;
  end if;
  perform set_config('pgcast.verb', 'complete', true);

  update public.job_runs r
  set status = 'completed',
      fence = complete.fence,
      folder = complete.folder,
      checksums = complete.checksums,
      model_used = complete.model_used,
      metrics = complete.metrics,
      attempts = j.attempts,
      started_at = j.started_at,
      finished_at = clock_timestamp(),
      error_code = null,
      error_message = null
  from public.jobs j
  where j.id = job and r.forecast_id = j.forecast_id::uuid;

  update public.jobs j
  set status = 'completed',
      progress = 1,
      stage = '',
      output_file_path = complete.output_file_path,
      model_used = complete.model_used,
      metrics = complete.metrics,
      error_code = null,
      error_message = null,
      finished_at = clock_timestamp(),
      version = j.version + 1,
      updated_at = clock_timestamp()
  where j.id = job;
  perform set_config('pgcast.verb', '', true);
  return true;
end
$$;
-- +goose StatementEnd

-- How long to wait after so many attempts: 2 s, 8 s, 32 s …, at most 10 minutes,
-- give or take a fifth.
create function pgcast.backoff(attempts integer) returns interval
  language sql volatile set search_path = ''
as $$
  select interval '1 second' * least(2 * 4 ^ least(attempts - 1, 10), 600) * (0.8 + 0.4 * random())
$$;

-- Ends an attempt without a result. With retry, and while attempts are left, the
-- job waits and is tried again.
-- +goose StatementBegin
create function pgcast.fail(job uuid, fence bigint, code text, message text, retry boolean) returns boolean
  language plpgsql set search_path = ''
as $$
#variable_conflict use_variable
declare
  held boolean;
begin
  perform set_config('pgcast.verb', 'fail', true);
  update public.jobs j
  set status = case when retry and j.attempts < j.max_attempts then 'pending' else 'failed' end,
      run_at = case when retry and j.attempts < j.max_attempts
        then clock_timestamp() + pgcast.backoff(j.attempts) else j.run_at end,
      finished_at = case when retry and j.attempts < j.max_attempts then null else clock_timestamp() end,
      progress = 0,
      stage = '',
      error_code = code,
      error_message = message,
      version = j.version + 1,
      updated_at = clock_timestamp()
  where j.id = job and j.fence = fail.fence and j.status = 'processing';
  held := found;
  perform set_config('pgcast.verb', '', true);
  return held;
end
$$;
-- +goose StatementEnd

-- Hands claims back untried: they start elsewhere at once, and the attempt does
-- not count. Answers how many were still the caller's.
-- +goose StatementBegin
create function pgcast.release(jobs uuid[], fences bigint[]) returns integer
  language plpgsql set search_path = ''
as $$
declare
  released integer;
begin
  perform set_config('pgcast.verb', 'release', true);
  update public.jobs j
  set status = 'pending',
      attempts = greatest(j.attempts - 1, 0),
      run_at = now(),
      progress = 0,
      stage = '',
      claimed_by = null,
      started_at = null,
      version = j.version + 1,
      updated_at = clock_timestamp()
  from unnest(release.jobs, release.fences) as u (id, fence)
  where j.id = u.id and j.fence = u.fence and j.status = 'processing';
  get diagnostics released = row_count;
  perform set_config('pgcast.verb', '', true);
  return released;
end
$$;
-- +goose StatementEnd

-- Hands back what a processor holds beside the claims it knows of: the answer
-- to a claim may be lost on the way.
-- +goose StatementBegin
create function pgcast.reconcile(processor text, held bigint[]) returns integer
  language plpgsql set search_path = ''
as $$
declare
  unknown record;
begin
  select array_agg(j.id) as jobs, array_agg(j.fence) as fences into unknown
  from public.jobs j
  where j.status = 'processing' and j.claimed_by = processor and j.fence <> all (held);
  return pgcast.release(coalesce(unknown.jobs, '{}'), coalesce(unknown.fences, '{}'));
end
$$;
-- +goose StatementEnd
