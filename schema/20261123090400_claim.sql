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

-- What a processor learns of a job that it claims. Processors that died under
-- it are not counted against its attempts.
create type pgcast.claimed as (
  job_id uuid, user_id uuid, forecast_id uuid, fence bigint, attempt integer, max_attempts integer,
  params jsonb, input_file_path text, file_name text, run_at timestamptz, priority integer, turn bigint, trace_id uuid
);

-- Takes up to so many jobs for a processor, in the order of priority and turn;
-- rows that another one is taking are passed over. Of priority 0 it looks only
-- at turns from above on: so it does not read again and again the index entries
-- of jobs long claimed, which stay while any old transaction is open. What may
-- lie before is found with above = 0. Without above it takes suspects alone.
--
-- It writes the events itself: the triggers that do it for everybody else pass
-- over it. What becomes of the run by a claim stands in the job's row alone until
-- the run ends, or its attempt does. Planning it would cost more than doing it:
-- the plan is kept, and may read the index of the claim alone, in its order. What
-- is forbidden to the planner counts as dear, and a dear plan would be compiled
-- at each call, for seconds: so this and what else forbids something says jit = off.
-- +goose StatementBegin
create function pgcast.claim(processor text, slots integer, above bigint default 0) returns setof pgcast.claimed
  language plpgsql
  set search_path = '' set plan_cache_mode = force_generic_plan set jit = off
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off
as $$
declare
  actor constant text := session_user;
  application constant text := current_setting('application_name');
  picked tid[];
  top bigint;
  verb text;
begin
  if above is null then
    picked := array(
      select j.ctid from public.jobs j
      where j.status = 'pending' and j.due and j.crashes >= 2
      order by j.turn
      limit slots
      for no key update skip locked
    );
  else
    with urgent as materialized (
      select j.ctid as place from public.jobs j
      where j.status = 'pending' and j.due and j.crashes < 2 and j.priority > 0
      order by j.priority desc, j.turn
      limit slots
      for no key update skip locked
    ), fair as materialized (
      select j.ctid as place, j.turn from public.jobs j
      where j.status = 'pending' and j.due and j.crashes < 2 and j.priority = 0 and j.turn >= above
      order by j.turn
      limit slots - (select count(*) from urgent)
      for no key update skip locked
    ), idle as materialized (
      select j.ctid as place from public.jobs j
      where j.status = 'pending' and j.due and j.crashes < 2 and j.priority < 0
      order by j.priority desc, j.turn
      limit slots - (select count(*) from urgent) - (select count(*) from fair)
      for no key update skip locked
    )
    select array_agg(p.place), max(p.turn) into picked, top
    from (select place, null::bigint as turn from urgent union all table fair union all select place, null from idle) p;
  end if;
  if coalesce(cardinality(picked), 0) = 0 then
    return;
  end if;

  -- The clock of turns moves on, never back: whoever finds another one at it
  -- leaves it to that one.
  if top > coalesce(pg_sequence_last_value('pgcast.turns'), 0)
    and pg_try_advisory_xact_lock('pgcast.turns'::regclass::oid::integer, 0)
  then
    top := setval('pgcast.turns', greatest(top, coalesce(pg_sequence_last_value('pgcast.turns'), 0)));
  end if;

  -- A processor that claims is alive, registered or not.
  if not exists (
    select from public.processors p
    where p.id = processor and p.heartbeat_at > clock_timestamp() - interval '5 seconds'
  ) then
    insert into public.processors as p (id) values (processor)
    on conflict (id) do update set heartbeat_at = clock_timestamp();
  end if;

  verb := set_config('pgcast.verb', 'claim', true);
  return query
  with taken as (
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
    where j.ctid = any (picked) -- where they were locked they stay
    returning j.id, j.user_id, j.forecast_id::uuid, j.fence, j.attempts, j.max_attempts + j.crashes as max_attempts,
      j.params, j.input_file_path, j.file_name, j.run_at, j.priority, j.turn, j.version, j.trace_id
  ), recorded as (
    insert into public.job_events (job_id, user_id, forecast_id, old_status, status, version, attempt, actor, application, processor, trace_id)
    select t.id, t.user_id, t.forecast_id, 'pending', 'processing', t.version, t.attempts,
      actor, application, processor, t.trace_id
    from taken t
  ), told as (
    select case when exists (select from pgcast.notifiers where wants_status and heartbeat_at > now() - interval '30 seconds')
      then pgcast.notify_status('UPDATE', array_agg((t.id, t.user_id, t.version, 'processing', 'pending')::pgcast.change))
    end
    from taken t
  )
  select t.id, t.user_id, t.forecast_id, t.fence, t.attempts, t.max_attempts, t.params, t.input_file_path, t.file_name,
    t.run_at, t.priority, t.turn, t.trace_id
  from taken t, told
  order by t.priority desc, t.turn;
  verb := set_config('pgcast.verb', '', true);
end
$$;
-- +goose StatementEnd

-- Takes one job under which processors died. It is for a processor that runs
-- nothing else meanwhile: then it can harm no other job.
create function pgcast.claim_suspect(processor text) returns setof pgcast.claimed
  language sql set search_path = ''
as $$
  select * from pgcast.claim(processor, 1, null)
$$;

-- Makes jobs claimable whose time has come, up to 1,000. Answers how many, the
-- seconds until the next one (null: none waits), and whether suspects wait. A
-- job that comes back for another attempt goes to the front.
-- +goose StatementBegin
create function pgcast.promote(out promoted integer, out next double precision, out suspects boolean)
  language plpgsql set search_path = '' set jit = off set enable_seqscan = off set enable_bitmapscan = off
as $$
declare
  ready uuid[] := array(
    select j.id from public.jobs j
    where j.status = 'pending' and not j.due and j.params is not null and j.run_at <= now() -- stands still, so that an index is read up to it
    order by j.run_at
    limit 1000
    for no key update skip locked
  );
begin
  promoted := cardinality(ready);
  if promoted > 0 then
    perform set_config('pgcast.verb', 'promote', true);
    update public.jobs j
    set due = true,
        turn = case when j.attempts > 0 then pgcast.front_turn() else pgcast.next_turn(j.user_id, j.lane, j.priority) end
    where j.id = any (ready);
    perform set_config('pgcast.verb', '', true);
  end if;
  next := (
    select greatest(extract(epoch from j.run_at - clock_timestamp()), 0.001)
    from public.jobs j
    where j.status = 'pending' and not j.due and j.params is not null
    order by j.run_at
    limit 1
  );
  suspects := exists (select from public.jobs j where j.status = 'pending' and j.due and j.crashes >= 2);
end
$$;
-- +goose StatementEnd

-- Writes the progress of running jobs, at most once a second and job and only
-- when it moved, and answers the ids that are no longer the caller's: canceled,
-- reset, rescued or deleted. A row that somebody else holds is left for the next
-- report.
-- +goose StatementBegin
create function pgcast.report_progress(ids uuid[], fences bigint[], fractions double precision[], stages text[])
  returns setof uuid
  language plpgsql set search_path = '' set jit = off set enable_seqscan = off set enable_bitmapscan = off
as $$
begin
  perform set_config('pgcast.verb', 'report_progress', true);
  with moved as materialized (
    select j.id, t.fraction, t.stage
    from public.jobs j
    cross join lateral (
      select coalesce(stages[place], '') as stage,
        coalesce(case when fractions[place] < 'NaN' then greatest(least(fractions[place], 1), 0)::real end, j.progress) as fraction
      from array_position(fences, j.fence) as place
    ) t
    where j.id = any (ids)
      and j.fence = any (fences)
      and j.status = 'processing'
      and (j.progress, j.stage) is distinct from (t.fraction, t.stage)
      and j.updated_at <= clock_timestamp() - interval '1 second'
    for no key update of j skip locked
  )
  update public.jobs j
  set (progress, stage) = (select m.fraction, m.stage from moved m where m.id = j.id),
      version = j.version + 1,
      updated_at = clock_timestamp()
  where j.id = any (array(select m.id from moved m));
  perform set_config('pgcast.verb', '', true);

  -- Who reports lives: its lock was lost in the network, and it may not know yet.
  -- From here on the age of the heartbeat decides.
  update public.processors p
  set lock_key = null, lock_lost_at = null
  where p.lock_lost_at is not null
    and p.id = any (array(select j.claimed_by from public.jobs j where j.id = any (ids) and j.fence = any (fences)));

  return query
  select u.id
  from unnest(ids, fences) as u (id, fence)
  where not exists (select from public.jobs j where j.id = u.id and j.fence = u.fence and j.status = 'processing');
end
$$;
-- +goose StatementEnd

-- Holds the rows of claims until the transaction ends, so that what is published
-- meanwhile is published by the holder of the fence. Answers for each claim, in
-- their order: held, lost, or busy when somebody else has locked the row. One
-- claim alone waits for its row instead; many never wait, so that they cannot
-- stand in a ring with an operator's UPDATE of many rows.
-- +goose StatementBegin
create function pgcast.hold_claims(jobs uuid[], fences bigint[]) returns setof text
  language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan set jit = off set enable_seqscan = off set enable_bitmapscan = off
as $$
declare
  held bigint[];
begin
  if cardinality(jobs) = 1 then
    perform from public.jobs j
    where j.id = jobs[1] and j.fence = fences[1] and j.status = 'processing'
    for no key update;
    return next case when found then 'held' else 'lost' end;
    return;
  end if;
  held := array(
    select j.fence
    from public.jobs j
    where j.id = any (jobs) and j.fence = any (fences) and j.status = 'processing'
    for no key update skip locked
  );
  return query
  select case
      when u.fence = any (held) then 'held'
      when exists (select from public.jobs j where j.id = u.id and j.fence = u.fence and j.status = 'processing') then 'busy'
      else 'lost'
    end
  from unnest(jobs, fences) with ordinality as u (id, fence, place)
  order by u.place;
end
$$;
-- +goose StatementEnd

-- Ends runs with their results, and writes runs and events itself. Answers the
-- fences of those that were still the caller's. The plan is kept for the
-- session, so there is one way only, for one row and for many in tables of any
-- size: rows are looked up by key and meet their values by hashing.
-- +goose StatementBegin
create function pgcast.complete(
  jobs uuid[], fences bigint[], folders text[], output_file_paths text[], checksums jsonb[], models_used text[], metrics jsonb[]
) returns setof bigint
  language plpgsql
  set search_path = '' set plan_cache_mode = force_generic_plan set jit = off
  set enable_seqscan = off set enable_bitmapscan = off set enable_nestloop = off set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  actor constant text := session_user;
  application constant text := current_setting('application_name');
  verb text := set_config('pgcast.verb', 'complete', true);
  ended bigint[];
  doubted uuid[];
  changes pgcast.change[];
begin
  with results as (
    select *
    from unnest(jobs, fences, folders, output_file_paths, checksums, models_used, metrics)
      as u (id, fence, folder, output_file_path, checksums, model_used, metrics)
  ), ended as (
    update public.jobs j
    set status = 'completed',
        progress = 1,
        stage = '',
        output_file_path = r.output_file_path,
        model_used = r.model_used,
        metrics = r.metrics,
        error_code = null,
        error_message = null,
        finished_at = clock_timestamp(),
        version = j.version + 1,
        updated_at = clock_timestamp()
    from results r
    where j.id = any (complete.jobs) and j.id = r.id and j.fence = r.fence and j.status = 'processing'
    returning j.id, j.user_id, j.forecast_id::uuid, j.version, j.claimed_by, j.attempts, j.started_at, j.finished_at,
      j.fence, r.folder, r.checksums, j.model_used, j.metrics, j.trace_id
  ), kept as (
    update public.job_runs r
    set status = 'completed',
        fence = e.fence,
        folder = e.folder,
        checksums = e.checksums,
        model_used = e.model_used,
        metrics = e.metrics,
        attempts = e.attempts,
        started_at = e.started_at,
        finished_at = e.finished_at,
        look_at = case when r.follows then e.finished_at end,
        error_code = null,
        error_message = null
    from ended e
    where r.forecast_id = any (array(select x.forecast_id from ended x)) and r.forecast_id = e.forecast_id
  ), recorded as (
    insert into public.job_events (job_id, user_id, forecast_id, old_status, status, version, attempt, actor, application, processor, trace_id)
    select e.id, e.user_id, e.forecast_id, 'processing', 'completed', e.version, e.attempts,
      actor, application, e.claimed_by, e.trace_id
    from ended e
  )
  select array_agg(e.fence), array_agg(e.id) filter (where e.attempts > 1),
    array_agg((e.id, e.user_id, e.version, 'completed', 'processing')::pgcast.change)
      filter (where exists (select from pgcast.notifiers where wants_status and heartbeat_at > now() - interval '30 seconds'))
  into ended, doubted, changes
  from ended e;
  verb := set_config('pgcast.verb', '', true);

  if doubted is not null then
    perform pgcast.doubt(doubted);
  end if;
  if changes is not null then
    perform pgcast.notify_status('UPDATE', changes);
  end if;
  return query select unnest(ended);
end
$$;
-- +goose StatementEnd

-- The request of a run that is to be tried again: as it was when it was asked
-- for, whatever the row says by now.
-- +goose StatementBegin
create function pgcast.run_params(run text, params jsonb) returns jsonb
  language plpgsql set search_path = ''
as $$
#variable_conflict use_variable
begin
  if run !~ '^[0-9a-f-]{36}$' then -- older than the record of runs
    return coalesce(params, '{}');
  end if;
  return coalesce((select r.params from public.job_runs r where r.forecast_id = run::uuid), params, '{}');
end
$$;
-- +goose StatementEnd

-- How long to wait after so many attempts: 2 s, 8 s, 32 s …, at most 10 minutes,
-- give or take a fifth.
create function pgcast.backoff(attempts integer) returns interval
  language sql volatile set search_path = ''
as $$
  select interval '1 second' * least(2 * 4 ^ greatest(least(attempts - 1, 10), 0), 600) * (0.8 + 0.4 * random())
$$;

-- Ends an attempt without a result. With retry, and while attempts are left, the
-- job waits and is tried again; attempts that ended with their processor do not
-- count.
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
  set status = case when again then 'pending' else 'failed' end,
      run_at = case when again then clock_timestamp() + pgcast.backoff(h.attempts - h.crashes) else j.run_at end,
      due = false,
      params = case when again then pgcast.run_params(j.forecast_id, j.params) else j.params end,
      finished_at = case when not again then clock_timestamp() end,
      progress = 0,
      stage = '',
      error_code = code,
      error_message = message,
      version = j.version + 1,
      updated_at = clock_timestamp()
  from (
    select c.id, c.attempts, c.crashes, retry and c.attempts - c.crashes < c.max_attempts as again
    from public.jobs c
    where c.id = job and c.fence = fail.fence and c.status = 'processing'
    for no key update
  ) h
  where j.id = h.id;
  held := found;
  perform set_config('pgcast.verb', '', true);
  return held;
end
$$;
-- +goose StatementEnd

-- Hands claims back untried: they start elsewhere at once, and the attempt does
-- not count. Answers how many were still the caller's; a row that somebody else
-- holds is left for the next call.
-- +goose StatementBegin
create function pgcast.release(jobs uuid[], fences bigint[]) returns integer
  language plpgsql set search_path = '' set jit = off set enable_seqscan = off set enable_bitmapscan = off
as $$
declare
  mine uuid[] := array(
    select j.id
    from public.jobs j
    where j.id = any (release.jobs) and j.fence = any (release.fences) and j.status = 'processing'
    for no key update skip locked
  );
begin
  if cardinality(mine) > 0 then
    perform set_config('pgcast.verb', 'release', true);
    update public.jobs j
    set status = 'pending',
        attempts = greatest(j.attempts - 1, 0),
        run_at = now(),
        due = true,
        turn = pgcast.front_turn(),
        params = pgcast.run_params(j.forecast_id, j.params),
        progress = 0,
        stage = '',
        claimed_by = null,
        started_at = null,
        version = j.version + 1,
        updated_at = clock_timestamp()
    where j.id = any (mine);
    perform set_config('pgcast.verb', '', true);
  end if;
  return cardinality(mine);
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
