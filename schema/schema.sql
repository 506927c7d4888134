-- What the migrations make, for reading. Written by: go test ./schema -update

CREATE SCHEMA pgcast;

CREATE TYPE pgcast.change AS (
	id uuid,
	user_id uuid,
	version bigint,
	status text,
	old_status text
);

CREATE TYPE pgcast.claimed AS (
	job_id uuid,
	user_id uuid,
	forecast_id uuid,
	fence bigint,
	attempt integer,
	max_attempts integer,
	params jsonb,
	input_file_path text,
	file_name text,
	run_at timestamp with time zone,
	priority integer,
	turn bigint,
	trace_id uuid
);

CREATE FUNCTION pgcast.actor() RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  if coalesce(current_setting('request.jwt.claims', true), '') || coalesce(current_setting('request.jwt.claim.role', true), '') = '' then
    return session_user;
  end if;
  return coalesce(case when auth.role() = 'authenticated' then auth.jwt() ->> 'sub' end, session_user);
end
$$;

CREATE FUNCTION pgcast.assure(jobs uuid[]) RETURNS void
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  delete from pgcast.doubts d where d.job_id = any (assure.jobs) and d.until <= now()
$$;

CREATE FUNCTION pgcast.backoff(attempts integer) RETURNS interval
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  select interval '1 second' * least(2 * 4 ^ greatest(least(attempts - 1, 10), 0), 600) * (0.8 + 0.4 * random())
$$;

CREATE TABLE public.jobs (
    id uuid DEFAULT (encode(set_bit(set_bit(OVERLAY(uuid_send(gen_random_uuid()) PLACING SUBSTRING(int8send(((EXTRACT(epoch FROM clock_timestamp()) * (1000)::numeric))::bigint) FROM 3) FROM 1), (52)::bigint, 1), (53)::bigint, 1), 'hex'::text))::uuid NOT NULL,
    user_id uuid NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    input_file_path text,
    output_file_path text,
    forecast_id text,
    model_used text,
    metrics jsonb,
    columns text,
    time_candidates text,
    preview text,
    error_message text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    params jsonb,
    progress real DEFAULT 0 NOT NULL,
    stage text DEFAULT ''::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    max_attempts integer DEFAULT 3 NOT NULL,
    run_at timestamp with time zone DEFAULT now() NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    lane smallint DEFAULT 1 NOT NULL,
    turn bigint DEFAULT 0 NOT NULL,
    due boolean DEFAULT false NOT NULL,
    crashes integer DEFAULT 0 NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    fence bigint,
    claimed_by text,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    error_code text,
    file_name text,
    file_bytes bigint,
    file_sha256 text,
    profile jsonb,
    trace_id uuid DEFAULT (NULLIF(current_setting('pgcast.trace'::text, true), ''::text))::uuid
)
WITH (fillfactor='50', toast_tuple_target='128', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_vacuum_cost_delay='0', autovacuum_analyze_scale_factor='0.02', autovacuum_analyze_threshold='1000');
ALTER TABLE ONLY public.jobs ALTER COLUMN status SET STORAGE MAIN;
ALTER TABLE ONLY public.jobs ALTER COLUMN input_file_path SET STORAGE MAIN;
ALTER TABLE ONLY public.jobs ALTER COLUMN output_file_path SET STORAGE MAIN;
ALTER TABLE ONLY public.jobs ALTER COLUMN forecast_id SET STORAGE MAIN;
ALTER TABLE ONLY public.jobs ALTER COLUMN model_used SET STORAGE MAIN;
ALTER TABLE ONLY public.jobs ALTER COLUMN stage SET STORAGE MAIN;
ALTER TABLE ONLY public.jobs ALTER COLUMN claimed_by SET STORAGE MAIN;
ALTER TABLE ONLY public.jobs ALTER COLUMN error_code SET STORAGE MAIN;
ALTER TABLE ONLY public.jobs ALTER COLUMN file_name SET STORAGE MAIN;
ALTER TABLE ONLY public.jobs ALTER COLUMN file_sha256 SET STORAGE MAIN;

COMMENT ON TABLE public.jobs IS 'One row per uploaded file: the request, the queue entry and the record. Set status = ''pending'' to run it (again), ''canceled'' to stop it.';

COMMENT ON COLUMN public.jobs.status IS 'pending, processing, completed, failed, canceled; older rows may carry other words';

COMMENT ON COLUMN public.jobs.output_file_path IS 'canonical output.json of the newest completed run';

COMMENT ON COLUMN public.jobs.forecast_id IS 'the newest run asked for, see job_runs';

COMMENT ON COLUMN public.jobs.columns IS 'JSON as text';

COMMENT ON COLUMN public.jobs.time_candidates IS 'JSON as text';

COMMENT ON COLUMN public.jobs.preview IS 'JSON as text';

COMMENT ON COLUMN public.jobs.params IS 'the forecast request; null = not asked for yet';

COMMENT ON COLUMN public.jobs.progress IS '0 to 1';

COMMENT ON COLUMN public.jobs.run_at IS 'not claimable before';

COMMENT ON COLUMN public.jobs.priority IS 'higher is claimed first';

COMMENT ON COLUMN public.jobs.lane IS '0 = asked through the API, 1 = asked by plain SQL; a user has a turn in each';

COMMENT ON COLUMN public.jobs.turn IS 'among equal priorities the smallest is claimed first; users take turns';

COMMENT ON COLUMN public.jobs.due IS 'a pending job may be claimed: it has params, and run_at has come';

COMMENT ON COLUMN public.jobs.crashes IS 'processors that died under the run asked for';

COMMENT ON COLUMN public.jobs.version IS 'grows by one with each change that anybody should see';

COMMENT ON COLUMN public.jobs.fence IS 'number of the newest claim; never repeats';

COMMENT ON COLUMN public.jobs.claimed_by IS 'processor of the newest claim';

COMMENT ON COLUMN public.jobs.trace_id IS 'W3C trace id of the HTTP request that asked for the newest run; null when SQL did';

CREATE FUNCTION pgcast.begin_job(j public.jobs) RETURNS public.jobs
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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

CREATE FUNCTION pgcast.cancel_job(job uuid) RETURNS public.jobs
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
declare
  own public.jobs := pgcast.own_job(job);
begin
  update public.jobs j set status = 'canceled'
  where j.id = job and j.status <> 'canceled'
  returning * into own;
  if found then
    return own;
  end if;
  return pgcast.own_job(job);
end
$$;

CREATE FUNCTION pgcast.claim(processor text, slots integer, above bigint DEFAULT 0) RETURNS SETOF pgcast.claimed
    LANGUAGE plpgsql
    SET search_path TO ''
    SET plan_cache_mode TO 'force_generic_plan'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_sort TO 'off'
    AS $$
declare
  actor constant text := session_user;
  application constant text := current_setting('application_name');
  picked tid[];
  top bigint;
  alive boolean;
  wanted boolean;
  changes pgcast.change[];
  verb text;
begin
  if above is null then
    picked := array(
      select j.ctid from public.jobs j
      where j.status = 'pending' and j.due and j.crashes >= 2
      order by j.turn
      limit slots
      for update skip locked
    );
  else
    with urgent as materialized (
      select j.ctid as place from public.jobs j
      where j.status = 'pending' and j.due and j.crashes < 2 and j.priority > 0
      order by j.priority desc, j.turn
      limit slots
      for update skip locked
    ), fair as materialized (
      select j.ctid as place, j.turn from public.jobs j
      where j.status = 'pending' and j.due and j.crashes < 2 and j.priority = 0 and j.turn >= above
      order by j.turn
      limit slots - (select count(*) from urgent)
      for update skip locked
    ), idle as materialized (
      select j.ctid as place from public.jobs j
      where j.status = 'pending' and j.due and j.crashes < 2 and j.priority < 0
      order by j.priority desc, j.turn
      limit slots - (select count(*) from urgent) - (select count(*) from fair)
      for update skip locked
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

  select exists (select from public.processors p where p.id = processor and p.heartbeat_at > clock_timestamp() - interval '5 seconds'),
    exists (select from pgcast.notifiers n where n.wants_status and n.heartbeat_at > now() - interval '30 seconds')
  into alive, wanted;
  if not alive then -- a processor that claims is, registered or not
    insert into public.processors as p (id) values (processor)
    on conflict (id) do update set heartbeat_at = clock_timestamp();
  end if;
  if wanted then
    changes := array(select (j.id, j.user_id, j.version + 1, 'processing', 'pending')::pgcast.change from public.jobs j where j.ctid = any (picked));
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
  )
  select t.id, t.user_id, t.forecast_id, t.fence, t.attempts, t.max_attempts, t.params, t.input_file_path, t.file_name,
    t.run_at, t.priority, t.turn, t.trace_id
  from taken t
  order by t.priority desc, t.turn;
  verb := set_config('pgcast.verb', '', true);
  if wanted then
    perform pgcast.notify_status('UPDATE', changes);
  end if;
end
$$;

CREATE FUNCTION pgcast.claim_suspect(processor text) RETURNS SETOF pgcast.claimed
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  select * from pgcast.claim(processor, 1, null)
$$;

CREATE FUNCTION pgcast.complete(places tid[], fences bigint[], folders text[], output_file_paths text[], checksums jsonb[], models_used text[], metrics jsonb[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    SET plan_cache_mode TO 'force_generic_plan'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
#variable_conflict use_column
declare
  actor constant text := session_user;
  application constant text := current_setting('application_name');
  verb text := set_config('pgcast.verb', 'complete', true);
  many bigint;
  doubted uuid[];
  changes pgcast.change[];
begin
  with results as (
    select *
    from unnest(places, fences, folders, output_file_paths, checksums, models_used, metrics)
      as u (place, fence, folder, output_file_path, checksums, model_used, metrics)
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
    where j.ctid = r.place and j.fence = case j.status when 'processing' then r.fence end
    returning j.id, j.user_id, j.forecast_id, j.version, j.claimed_by, j.attempts, j.started_at, j.finished_at,
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
    where r.forecast_id = e.forecast_id::uuid
  ), recorded as (
    insert into public.job_events (job_id, user_id, forecast_id, old_status, status, version, attempt, actor, application, processor, trace_id)
    select e.id, e.user_id, e.forecast_id, 'processing', 'completed', e.version, e.attempts,
      actor, application, e.claimed_by, e.trace_id
    from ended e
  )
  select count(*), array_agg(e.id) filter (where e.attempts > 1),
    array_agg((e.id, e.user_id, e.version, 'completed', 'processing')::pgcast.change)
      filter (where exists (select from pgcast.notifiers where wants_status and heartbeat_at > now() - interval '30 seconds'))
  into many, doubted, changes
  from ended e;
  verb := set_config('pgcast.verb', '', true);

  if many <> cardinality(places) then
    raise exception '% of % jobs are not held', cardinality(places) - many, cardinality(places)
      using hint = 'Call pgcast.hold in the same transaction, and complete what it found.';
  end if;
  if doubted is not null then
    perform pgcast.doubt(doubted);
  end if;
  if changes is not null then
    perform pgcast.notify_status('UPDATE', changes);
  end if;
end
$$;

CREATE FUNCTION pgcast.complete(jobs uuid[], fences bigint[], folders text[], output_file_paths text[], checksums jsonb[], models_used text[], metrics jsonb[]) RETURNS SETOF bigint
    LANGUAGE plpgsql
    SET search_path TO ''
    SET plan_cache_mode TO 'force_generic_plan'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_nestloop TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
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

COMMENT ON FUNCTION pgcast.complete(jobs uuid[], fences bigint[], folders text[], output_file_paths text[], checksums jsonb[], models_used text[], metrics jsonb[]) IS 'for processors of the version before';

CREATE FUNCTION pgcast.create_job(id uuid, input_file_path text, file_name text, file_bytes bigint, file_sha256 text, columns text, time_candidates text, preview text, profile jsonb, params jsonb) RETURNS public.jobs
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
declare
  me constant uuid := pgcast.require_user();
  made public.jobs;
begin
  if input_file_path is distinct from me || '/' || id || '/input.csv' then
    raise exception 'input_file_path is "%"', input_file_path
      using errcode = 'check_violation', hint = format('The input of this job is %s/%s/input.csv.', me, id);
  end if;
  perform pgcast.spend(1, create_job.file_bytes, case when create_job.params is null then 0 else 1 end);
  perform set_config('pgcast.asker', 'api', true);
  insert into public.jobs (
    id, user_id, input_file_path, file_name, file_bytes, file_sha256, columns, time_candidates, preview, profile, params
  )
  values (
    create_job.id, me, create_job.input_file_path, create_job.file_name, create_job.file_bytes, create_job.file_sha256,
    create_job.columns, create_job.time_candidates, create_job.preview, create_job.profile, create_job.params
  )
  returning * into made;
  perform set_config('pgcast.asker', '', true);
  return made;
end
$$;

CREATE FUNCTION pgcast.delete_job(job uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  perform pgcast.own_job(job);
  delete from public.jobs j where j.id = job;
end
$$;

CREATE FUNCTION pgcast.deregister(processor text) RETURNS void
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  delete from public.processors p where p.id = processor
$$;

CREATE FUNCTION pgcast.doubt(jobs uuid[]) RETURNS void
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  insert into pgcast.doubts as d (job_id)
  select distinct u.id from unnest(jobs) as u (id) order by u.id
  on conflict (job_id) do update set until = excluded.until, due_at = least(d.due_at, excluded.due_at)
$$;

CREATE FUNCTION pgcast.drop_webhook() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  delete from public.webhook_deliveries d where d.forecast_id = old.forecast_id;
  return null;
end
$$;

CREATE TABLE public.webhook_deliveries (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    forecast_id uuid NOT NULL,
    job_id uuid NOT NULL,
    user_id uuid NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    url text NOT NULL,
    payload text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    due_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    attempted_at timestamp with time zone,
    held_until timestamp with time zone,
    response_status integer,
    error_message text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT delivery_status_is_known CHECK ((status = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text])))
);

COMMENT ON TABLE public.webhook_deliveries IS 'One row per ended run whose request named a webhook. Processors deliver them, and try again for most of a day.';

COMMENT ON COLUMN public.webhook_deliveries.id IS 'the webhook-id of every attempt';

COMMENT ON COLUMN public.webhook_deliveries.payload IS 'the body, byte for byte';

COMMENT ON COLUMN public.webhook_deliveries.due_at IS 'not tried before; moves on when an attempt begins, so that another processor takes over from one that died';

COMMENT ON COLUMN public.webhook_deliveries.held_until IS 'an attempt is under way until then; null: none is';

COMMENT ON COLUMN public.webhook_deliveries.response_status IS 'HTTP status of the last attempt; null: there was no answer';

CREATE FUNCTION pgcast.due_webhooks(most integer) RETURNS SETOF public.webhook_deliveries
    LANGUAGE plpgsql
    SET search_path TO ''
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    AS $$
declare
  each constant integer := 8;
begin
  perform pg_advisory_xact_lock('public.webhook_deliveries'::regclass::oid::integer, 0);
  return query
  with recursive users as ( -- the index is entered once a user, however much waits for one
    (select d.user_id from public.webhook_deliveries d where d.status = 'pending' order by d.user_id limit 1)
    union all
    select (
      select d.user_id from public.webhook_deliveries d
      where d.status = 'pending' and d.user_id > u.user_id
      order by d.user_id
      limit 1)
    from users u
    where u.user_id is not null
  ), due as (
    select w.id
    from users u
    cross join lateral (
      select count(*) as n from public.webhook_deliveries d
      where d.user_id = u.user_id and d.held_until > now()
    ) under_way
    cross join lateral (
      select d.id, d.due_at, under_way.n + row_number() over (order by d.due_at) as place
      from public.webhook_deliveries d
      where d.user_id = u.user_id and d.status = 'pending' and d.due_at <= now()
      order by d.due_at
      limit greatest(each - under_way.n, 0)
    ) w
    order by w.place, w.due_at
    limit most
  )
  update public.webhook_deliveries d
  set attempts = d.attempts + 1,
      attempted_at = clock_timestamp(),
      due_at = clock_timestamp() + interval '1 minute',
      held_until = clock_timestamp() + interval '1 minute'
  where d.id = any (array(select due.id from due))
    and d.status = 'pending' and d.due_at <= now()
  returning d.*;
end
$$;

CREATE FUNCTION pgcast.end_pass(pass text) RETURNS void
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  delete from pgcast.tickets t where t.pass = sha256(convert_to(end_pass.pass, 'UTF8'))
$$;

CREATE FUNCTION pgcast.enqueue_webhook() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  insert into public.webhook_deliveries (forecast_id, job_id, user_id, url, payload)
  values (
    new.forecast_id, new.job_id, new.user_id, coalesce(new.params -> 'webhook' ->> 'url', ''),
    json_build_object(
      'type', 'job.' || new.status,
      'timestamp', to_char(new.finished_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      'data', json_build_object(
        'job_id', new.job_id,
        'forecast_id', new.forecast_id,
        'user_id', new.user_id,
        'status', new.status,
        'attempts', new.attempts,
        'model_used', coalesce(new.model_used, ''),
        'error_code', coalesce(new.error_code, ''),
        'error_message', coalesce(new.error_message, '')))::text)
  on conflict (forecast_id) do nothing;
  perform pg_notify('pgcast_webhook', '');
  return null;
end
$$;

CREATE FUNCTION pgcast.expect_version(job uuid, versions bigint[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
declare
  own constant public.jobs := pgcast.own_job(job);
begin
  if versions is not null and own.version <> all (versions) then
    raise exception 'job % has version %', job, own.version using errcode = 'PC412';
  end if;
end
$$;

CREATE FUNCTION pgcast.expire(keep integer) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    SET jit TO 'off'
    AS $$
declare
  due uuid[];
  crowded uuid[];
  seen integer;
begin
  with looked_at as (
    update public.job_runs r
    set look_at = null
    where r.forecast_id = any (array(
      select d.forecast_id from public.job_runs d
      where d.look_at <= now()
      order by d.look_at
      limit 1000
      for no key update skip locked))
    returning r.forecast_id, r.job_id, r.folder
  )
  select count(*), array_agg(l.forecast_id) filter (where l.folder is null), array_agg(distinct l.job_id) filter (where l.folder is not null)
  into seen, due, crowded
  from looked_at l;

  with beyond as (
    select o.forecast_id
    from unnest(crowded) as c (job_id)
    cross join lateral (
      select r.forecast_id from public.job_runs r
      where r.job_id = c.job_id and r.folder is not null and r.expired_at is null
      order by r.created_at desc
      offset keep
    ) o
    union all
    select unnest(due)
  ), expired as (
    update public.job_runs r
    set expired_at = clock_timestamp()
    from beyond
    where r.forecast_id = beyond.forecast_id and r.expired_at is null
    returning r.user_id, r.job_id, r.forecast_id
  )
  insert into pgcast.leftovers (user_id, job_id, forecast_id)
  select e.user_id, e.job_id, e.forecast_id
  from expired e;
  return seen;
end
$$;

CREATE FUNCTION pgcast.fail(job uuid, fence bigint, code text, message text, retry boolean) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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

CREATE FUNCTION pgcast.fill_up(preview text, columns text, time_candidates text, profile jsonb, params jsonb) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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

CREATE FUNCTION pgcast.follow(runs uuid[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    AS $$
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

CREATE FUNCTION pgcast.forget_webhooks() RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  gone integer;
begin
  delete from public.webhook_deliveries d
  where d.id = any (array(
    select o.id from public.webhook_deliveries o
    where o.status <> 'pending' and o.ended_at < now() - interval '30 days'
    order by o.ended_at
    limit 1000
    for update skip locked));
  get diagnostics gone = row_count;
  return gone;
end
$$;

CREATE FUNCTION pgcast.front_turn() RETURNS bigint
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  select ((pgcast.turn_clock() >> 20) + 1) << 20 | (nextval('pgcast.asks') & 1048575)
$$;

CREATE FUNCTION pgcast.heartbeat(processor text, name text, slots integer, running integer, lock_key bigint) RETURNS void
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  insert into public.processors as p (id, name, slots, running, lock_key)
  values (processor, name, slots, running, lock_key)
  on conflict (id) do update
  set name = excluded.name,
      slots = excluded.slots,
      running = excluded.running,
      lock_key = excluded.lock_key,
      heartbeat_at = clock_timestamp(),
      lock_lost_at = null
$$;

CREATE FUNCTION pgcast.hold(jobs uuid[], fences bigint[], OUT places tid[], OUT busy bigint[]) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO ''
    SET plan_cache_mode TO 'force_generic_plan'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
declare
  place tid;
begin
  if cardinality(jobs) = 1 then
    select j.ctid into place
    from public.jobs j
    where j.id = jobs[1] and j.fence = fences[1] and j.status = 'processing'
    for update;
    places := array[place];
    return;
  end if;
  places := array(
    select (
      select j.ctid from public.jobs j
      where j.id = u.id and j.fence = u.fence and j.status = 'processing'
      for update skip locked
    )
    from unnest(jobs, fences) with ordinality as u (id, fence, nr)
    order by u.nr
  );
  if array_position(places, null) is not null then
    busy := array(
      select u.fence
      from unnest(jobs, fences, places) as u (id, fence, place)
      where u.place is null and exists (select from public.jobs j where j.id = u.id and j.fence = u.fence and j.status = 'processing')
    );
  end if;
end
$$;

CREATE FUNCTION pgcast.hold_claims(jobs uuid[], fences bigint[]) RETURNS SETOF text
    LANGUAGE plpgsql
    SET search_path TO ''
    SET plan_cache_mode TO 'force_generic_plan'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    AS $$
declare
  held bigint[];
begin
  if cardinality(jobs) = 1 then
    perform from public.jobs j
    where j.id = jobs[1] and j.fence = fences[1] and j.status = 'processing'
    for update;
    return next case when found then 'held' else 'lost' end;
    return;
  end if;
  held := array(
    select j.fence
    from public.jobs j
    where j.id = any (jobs) and j.fence = any (fences) and j.status = 'processing'
    for update skip locked
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

COMMENT ON FUNCTION pgcast.hold_claims(jobs uuid[], fences bigint[]) IS 'for processors of the version before, see pgcast.hold';

CREATE FUNCTION pgcast.inspect(most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  return query
  with due as (
    select d.job_id from pgcast.doubts d
    where d.due_at <= now()
    order by d.due_at
    limit most
    for update skip locked
  )
  update pgcast.doubts d
  set due_at = now() + interval '15 seconds'
  from due
  where d.job_id = due.job_id
  returning d.job_id;
end
$$;

CREATE FUNCTION pgcast.issue_ticket() RETURNS TABLE(ticket text, expires_at timestamp with time zone)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
#variable_conflict use_column
declare
  me constant uuid := pgcast.require_user();
  secret constant text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
begin
  delete from pgcast.tickets t
  where t.hash = any (array(
    select x.hash from pgcast.tickets x
    where x.expires_at < now()
    order by x.expires_at
    limit 100
    for update skip locked));

  return query
  insert into pgcast.tickets as t (hash, user_id, role, expires_at)
  values (
    sha256(convert_to(secret, 'UTF8')), me, coalesce(auth.role(), 'authenticated'),
    clock_timestamp() + interval '30 seconds'
  )
  returning secret, t.expires_at;
end
$$;

CREATE FUNCTION pgcast.jobs_after_delete() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    AS $$
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

CREATE FUNCTION pgcast.jobs_after_insert() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET jit TO 'off'
    AS $$
declare
  actor text := session_user;
begin
  if coalesce(current_setting('request.jwt.claims', true), '') || coalesce(current_setting('request.jwt.claim.role', true), '') <> '' then
    actor := pgcast.actor();
  end if;

  insert into public.job_runs (forecast_id, job_id, user_id, status, params)
  select n.forecast_id::uuid, n.id, n.user_id, 'pending', n.params
  from new_rows n
  where n.status = 'pending' and n.params is not null;
  if found then
    perform pg_notify('pgcast_wake', '');
  end if;

  insert into public.job_events (job_id, user_id, forecast_id, status, version, actor, application)
  select n.id, n.user_id, n.forecast_id, n.status, n.version, actor, current_setting('application_name')
  from new_rows n;

  if exists (select from pgcast.notifiers where wants_status and heartbeat_at > now() - interval '30 seconds') then
    perform pgcast.notify_status('INSERT', array(select (n.id, n.user_id, n.version, n.status, null)::pgcast.change from new_rows n));
  end if;
  return null;
end
$$;

CREATE FUNCTION pgcast.jobs_after_owner() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  update public.job_runs set user_id = new.user_id where job_id = new.id;
  return null;
end
$$;

CREATE FUNCTION pgcast.jobs_after_update() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    SET enable_nestloop TO 'off'
    SET enable_mergejoin TO 'off'
    SET jit TO 'off'
    SET work_mem TO '64MB'
    AS $_$
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
$_$;

CREATE FUNCTION pgcast.jobs_ask_again() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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

CREATE FUNCTION pgcast.jobs_before_insert() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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

CREATE FUNCTION pgcast.jobs_before_truncate() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
begin
  delete from public.jobs;
  return null;
end
$$;

CREATE FUNCTION pgcast.jobs_before_update() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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

CREATE FUNCTION pgcast.jobs_keep() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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

CREATE FUNCTION pgcast.jobs_move_out() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  new.preview := pgcast.fill_up(new.preview, new.columns, new.time_candidates, new.profile, new.params);
  return new;
end
$$;

CREATE FUNCTION pgcast.jobs_refuse_id() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  raise exception 'the id of job % cannot be changed', old.id
    using errcode = 'check_violation', hint = 'Files, runs and events are found by it. Insert another row, or delete this one.';
end
$$;

CREATE FUNCTION pgcast.jobs_refuse_params() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  perform pgcast.refuse_params(new.id, new.params);
end
$$;

CREATE FUNCTION pgcast.jobs_refuse_values() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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

CREATE FUNCTION pgcast.key_used(key text) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    AS $$
declare
  me constant uuid := pgcast.require_user();
begin
  return exists (
    select from pgcast.answers a
    where a.user_id = me and a.key = key_used.key and a.expires_at >= clock_timestamp()
  );
end
$$;

CREATE FUNCTION pgcast.last_turn(user_id uuid, lane smallint, priority integer, clock bigint) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO ''
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_sort TO 'off'
    AS $$
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

CREATE FUNCTION pgcast.lock_is_held(key bigint) RETURNS boolean
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  select exists (
    select from pg_catalog.pg_locks l
    where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
      and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
      and l.classid::bigint = ((key >> 32) & 4294967295)
      and l.objid::bigint = (key & 4294967295)
  )
$$;

CREATE FUNCTION pgcast.make_room(processor text) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  perform pg_advisory_xact_lock('public.processors'::regclass::oid::integer, 0);
  update public.processors p
  set alone_until = clock_timestamp() + interval '15 seconds'
  where p.id = processor
    and not exists (select from public.processors o where o.id <> processor and o.alone_until > clock_timestamp());
  return found;
end
$$;

CREATE FUNCTION pgcast.next_turn(user_id uuid, lane smallint, priority integer) RETURNS bigint
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  select ((pgcast.last_turn(user_id, lane, priority, pgcast.turn_clock()) >> 20) + 1) << 20
    | (nextval('pgcast.asks') & 1048575)
$$;

CREATE FUNCTION pgcast.notice_params(job uuid, status text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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

CREATE FUNCTION pgcast.notify_status(op text, changes pgcast.change[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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

CREATE FUNCTION pgcast.open_stream(ticket text, term interval) RETURNS TABLE(user_id uuid, role text, pass text, expires_at timestamp with time zone)
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  with made as materialized (
    select replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '') as secret
  )
  update pgcast.tickets t
  set pass = sha256(convert_to(made.secret, 'UTF8')), expires_at = clock_timestamp() + term
  from made
  where t.hash = sha256(convert_to(ticket, 'UTF8')) and t.expires_at > clock_timestamp() and t.pass is null
  returning t.user_id, t.role, made.secret, t.expires_at
$$;

CREATE FUNCTION pgcast.own_job(job uuid) RETURNS public.jobs
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  own public.jobs;
begin
  select * into own from public.jobs j where j.id = job and j.user_id = pgcast.require_user() for update;
  if not found then
    raise exception 'no job % of yours', job using errcode = 'PC404';
  end if;
  return own;
end
$$;

CREATE FUNCTION pgcast.promote(OUT promoted integer, OUT next double precision, OUT suspects boolean) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO ''
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    AS $_$
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
        forecast_id = coalesce(case when j.forecast_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then j.forecast_id end, gen_random_uuid()::text),
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
$_$;

CREATE FUNCTION pgcast.prune_events(older interval) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS $$
declare
  pruned integer;
begin
  delete from public.job_events e
  where e.ctid = any (array(
    select o.place
    from (
      (select x.ctid as place, x.at from public.job_events x
        where x.txid < pg_snapshot_xmax(pg_current_snapshot()) order by x.txid limit 10000)
      union all
      (select x.ctid, x.at from public.job_events x
        where x.txid >= pg_snapshot_xmax(pg_current_snapshot()) order by x.txid limit 10000)
    ) o
    where o.at < clock_timestamp() - older
    limit 10000));
  get diagnostics pruned = row_count;
  return pruned;
end
$$;

CREATE FUNCTION pgcast.queue_depth(most integer) RETURNS integer
    LANGUAGE sql STABLE
    SET search_path TO ''
    SET enable_seqscan TO 'off'
    AS $$
  select count(*)::integer from (select from public.jobs j where j.status = 'pending' and j.due limit most) waiting
$$;

CREATE FUNCTION pgcast.quotas_of(OUT jobs bigint, OUT bytes bigint, OUT runs bigint, OUT waiting bigint) RETURNS record
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    AS $$
declare
  me constant uuid := pgcast.require_user();
  standard constant bigint[] := nullif(current_setting('pgcast.quotas', true), '')::bigint[];
  own pgcast.quotas;
begin
  select * into own from pgcast.quotas q where q.user_id = me;
  jobs := coalesce(own.jobs, standard[1], 0);
  bytes := coalesce(own.bytes, standard[2], 0);
  runs := coalesce(own.runs_per_day, standard[3], 0);
  waiting := coalesce(own.waiting_runs, standard[4], 0);
end
$$;

CREATE FUNCTION pgcast.recall(key text, fingerprint bytea) RETURNS TABLE(status integer, body text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
#variable_conflict use_column
declare
  me constant uuid := pgcast.require_user();
  old pgcast.answers;
begin
  -- Of what has expired some goes with each call. An index is read up to now(),
  -- which stands still; clock_timestamp() would be compared with every row.
  delete from pgcast.answers a
  where a.ctid = any (array(
    select x.ctid from pgcast.answers x
    where x.expires_at < now()
    order by x.expires_at
    limit 100
    for update skip locked));
  delete from pgcast.answers a
  where a.user_id = me and a.key = recall.key and a.expires_at < now();

  insert into pgcast.answers (user_id, key, fingerprint) values (me, recall.key, recall.fingerprint)
  on conflict do nothing;
  if found then
    return;
  end if;
  select * into old from pgcast.answers a where a.user_id = me and a.key = recall.key;
  if old.fingerprint is distinct from recall.fingerprint then
    raise exception 'the key was used for another request' using errcode = 'PC422';
  end if;
  return query select old.status, old.body;
end
$$;

CREATE FUNCTION pgcast.reconcile(processor text, held bigint[]) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  unknown record;
begin
  select array_agg(j.id) as jobs, array_agg(j.fence) as fences into unknown
  from public.jobs j
  where j.status = 'processing' and j.claimed_by = processor and j.fence <> all (held);
  return pgcast.release(coalesce(unknown.jobs, '{}'), coalesce(unknown.fences, '{}'));
end
$$;

CREATE FUNCTION pgcast.redeem_ticket(ticket text) RETURNS TABLE(user_id uuid, role text)
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  delete from pgcast.tickets t
  where t.hash = sha256(convert_to(ticket, 'UTF8')) and t.expires_at > clock_timestamp() and t.pass is null
  returning t.user_id, t.role
$$;

CREATE FUNCTION pgcast.refuse_params(job uuid, params jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  raise exception 'params of job % are a JSON %, not an object', job, jsonb_typeof(params)
    using errcode = 'check_violation',
      hint = 'Write params = ''{"horizon": 24}'', or ''{}'' for the suggested settings; without a request params is NULL, not ''null''.';
end
$$;

CREATE FUNCTION pgcast.release(jobs uuid[], fences bigint[]) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    AS $$
declare
  mine uuid[] := array(
    select j.id
    from public.jobs j
    where j.id = any (release.jobs) and j.fence = any (release.fences) and j.status = 'processing'
    for update skip locked
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

CREATE FUNCTION pgcast.remember(key text, status integer, body text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
#variable_conflict use_column
declare
  me constant uuid := pgcast.require_user();
begin
  update pgcast.answers a
  set status = remember.status, body = remember.body
  where a.user_id = me and a.key = remember.key and a.status is null;
end
$$;

CREATE FUNCTION pgcast.reopen_stream(ticket text, pass text) RETURNS TABLE(user_id uuid, role text, expires_at timestamp with time zone)
    LANGUAGE sql STABLE
    SET search_path TO ''
    AS $$
  select t.user_id, t.role, t.expires_at
  from pgcast.tickets t
  where t.hash = sha256(convert_to(ticket, 'UTF8')) and t.pass = sha256(convert_to(reopen_stream.pass, 'UTF8'))
    and t.expires_at > clock_timestamp()
$$;

CREATE FUNCTION pgcast.report_progress(ids uuid[], fences bigint[], fractions double precision[], stages text[]) RETURNS SETOF uuid
    LANGUAGE plpgsql
    SET search_path TO ''
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    AS $$
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

CREATE FUNCTION pgcast.reprocess(job uuid, params jsonb DEFAULT NULL::jsonb) RETURNS public.jobs
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
declare
  own public.jobs := pgcast.own_job(job);
begin
  return pgcast.request_run(job, coalesce(reprocess.params, own.params));
end
$$;

CREATE FUNCTION pgcast.request_run(job uuid, params jsonb) RETURNS public.jobs
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
declare
  own public.jobs := pgcast.own_job(job);
begin
  if own.status = 'processing' then
    raise exception 'job % is running', job
      using errcode = 'PC409', hint = 'Wait until it has ended, or cancel it first.';
  end if;
  perform pgcast.spend(0, 0, case when own.status = 'pending' and own.params is not null then 0 else 1 end);
  perform set_config('pgcast.asker', 'api', true);
  update public.jobs j set params = coalesce(request_run.params, '{}'), status = 'pending'
  where j.id = job
  returning * into own;
  perform set_config('pgcast.asker', '', true);
  return own;
end
$$;

CREATE FUNCTION pgcast.require_user() RETURNS uuid
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
declare
  me constant uuid := auth.uid();
begin
  if me is null then
    raise exception 'nobody is signed in'
      using errcode = 'insufficient_privilege', hint = 'Set request.jwt.claims to the claims of the user.';
  end if;
  return me;
end
$$;

CREATE FUNCTION pgcast.rescue() RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $_$
declare
  rescued integer;
begin
  update public.processors p
  set lock_lost_at = clock_timestamp()
  where p.lock_key is not null and p.lock_lost_at is null and not pgcast.lock_is_held(p.lock_key);

  delete from public.processors p
  where p.heartbeat_at < clock_timestamp() - interval '30 seconds'
    or (p.lock_lost_at < clock_timestamp() - interval '600 milliseconds' and not pgcast.lock_is_held(p.lock_key));

  perform set_config('pgcast.verb', 'rescue', true);
  with orphans as (
    select j.id
    from public.jobs j
    where j.status = 'processing'
      and not exists (select from public.processors p where p.id = j.claimed_by)
    limit 1000
    for update skip locked
  )
  update public.jobs j
  set status = case when j.crashes >= 2 then 'failed' else 'pending' end,
      crashes = j.crashes + 1,
      params = pgcast.run_params(j.forecast_id, j.params),
      forecast_id = coalesce(case when j.forecast_id ~ '^[0-9a-f-]{36}$' then j.forecast_id end, gen_random_uuid()::text),
      run_at = now(),
      due = true,
      turn = pgcast.front_turn(),
      finished_at = case when j.crashes >= 2 then clock_timestamp() end,
      progress = 0,
      stage = '',
      error_code = 'processor_lost',
      error_message = 'The processor that ran the job stopped without a word.',
      version = j.version + 1,
      updated_at = clock_timestamp()
  from orphans
  where j.id = orphans.id;
  get diagnostics rescued = row_count;
  perform set_config('pgcast.verb', '', true);
  return rescued;
end
$_$;

CREATE FUNCTION pgcast.run_params(run text, params jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $_$
#variable_conflict use_variable
begin
  if run !~ '^[0-9a-f-]{36}$' then -- older than the record of runs
    return coalesce(params, '{}');
  end if;
  return coalesce((select r.params from public.job_runs r where r.forecast_id = run::uuid), params, '{}');
end
$_$;

CREATE FUNCTION pgcast.spend(jobs bigint, bytes bigint, runs bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
declare
  me constant uuid := pgcast.require_user();
  q record;
  used bigint;
  oldest timestamptz;
  over text;
begin
  select * into q from pgcast.quotas_of();
  if not (spend.jobs > 0 and greatest(q.jobs, q.bytes) > 0 or spend.runs > 0 and greatest(q.runs, q.waiting) > 0) then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('pgcast.quotas ' || me, 0));

  if q.jobs > 0 and spend.jobs > 0 then
    select count(*) into used from public.jobs j where j.user_id = me;
    if used + spend.jobs > q.jobs then
      over := 'jobs ' || q.jobs || ' 0';
    end if;
  end if;

  if over is null and q.bytes > 0 and spend.jobs > 0 then
    select coalesce(sum(j.file_bytes), 0) into used from public.jobs j where j.user_id = me;
    if used + spend.bytes > q.bytes then
      over := 'bytes ' || q.bytes || ' 0';
    end if;
  end if;

  if over is null and q.runs > 0 and spend.runs > 0 then
    select count(*), min(r.created_at)
    into used, oldest
    from public.jobs j
    join public.job_runs r on r.job_id = j.id
    where j.user_id = me
      and j.updated_at > now() - interval '1 day'
      and r.created_at > now() - interval '1 day'
      and r.status <> 'failed';
    if used + spend.runs > q.runs then
      over := 'runs_per_day ' || q.runs || ' ' || ceil(extract(epoch from oldest + interval '1 day' - now()))::bigint;
    end if;
  end if;

  -- Each part has an index of its own; a job that is due has params.
  if over is null and q.waiting > 0 and spend.runs > 0 then
    used := (select count(*) from public.jobs j where j.user_id = me and j.status = 'pending' and j.due)
      + (select count(*) from public.jobs j where j.user_id = me and j.status = 'pending' and not j.due and j.params is not null)
      + (select count(*) from public.jobs j where j.user_id = me and j.status = 'processing');
    if used + spend.runs > q.waiting then
      over := 'waiting_runs ' || q.waiting || ' 5';
    end if;
  end if;

  if over is not null then
    raise exception 'a quota is used up' using errcode = 'PC429', detail = over;
  end if;
end
$$;

CREATE FUNCTION pgcast.status_wanted() RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
begin
  return exists (select from pgcast.notifiers where wants_status and heartbeat_at > now() - interval '30 seconds');
end
$$;

CREATE TABLE pgcast.leftovers (
    id bigint NOT NULL,
    user_id uuid NOT NULL,
    job_id uuid NOT NULL,
    forecast_id uuid,
    due_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

COMMENT ON TABLE pgcast.leftovers IS 'Folders in the bucket that are to be removed, by job or by run. Processors do it within minutes.';

COMMENT ON COLUMN pgcast.leftovers.forecast_id IS 'null: the whole folder of the job';

COMMENT ON COLUMN pgcast.leftovers.due_at IS 'not removed before; moves on with each try';

CREATE FUNCTION pgcast.sweep(most integer) RETURNS SETOF pgcast.leftovers
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  delete from pgcast.leftovers l
  where l.due_at <= now() and l.forecast_id is null
    and exists (select from public.jobs j where j.id = l.job_id);

  return query
  with due as (
    select l.id from pgcast.leftovers l
    where l.due_at <= now()
    order by l.due_at, l.id
    limit most
    for update skip locked
  )
  update pgcast.leftovers l
  set due_at = now() + interval '5 minutes'
  from due
  where l.id = due.id
  returning l.*;
end
$$;

CREATE FUNCTION pgcast.swept(leftovers bigint[]) RETURNS void
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  delete from pgcast.leftovers l where l.id = any (swept.leftovers)
$$;

CREATE FUNCTION pgcast.take_seat(user_id uuid, lane smallint, priority integer) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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

CREATE FUNCTION pgcast.turn_clock() RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  return coalesce(pg_sequence_last_value('pgcast.turns'), 0);
end
$$;

CREATE FUNCTION pgcast.usage(OUT jobs bigint, OUT bytes bigint, OUT runs bigint, OUT waiting bigint, OUT oldest_run timestamp with time zone) RETURNS record
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO ''
    AS $$
declare
  me constant uuid := pgcast.require_user();
begin
  select count(*), coalesce(sum(j.file_bytes), 0), count(*) filter (where j.params is not null and j.status in ('pending', 'processing'))
  into jobs, bytes, waiting
  from public.jobs j
  where j.user_id = me;

  select count(*), min(r.created_at)
  into runs, oldest_run
  from public.jobs j
  join public.job_runs r on r.job_id = j.id
  where j.user_id = me
    and j.updated_at > now() - interval '1 day'
    and r.created_at > now() - interval '1 day'
    and r.status <> 'failed';
end
$$;

CREATE FUNCTION pgcast.want_status(notifier text, wants boolean) RETURNS void
    LANGUAGE sql
    SET search_path TO ''
    AS $$
  delete from pgcast.notifiers n where n.heartbeat_at < clock_timestamp() - interval '1 hour';
  insert into pgcast.notifiers (id, wants_status) values (notifier, wants)
  on conflict (id) do update set wants_status = excluded.wants_status, heartbeat_at = clock_timestamp()
$$;

CREATE FUNCTION pgcast.webhook_tried(delivery uuid, attempt integer, response integer, problem text, final boolean) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
declare
  told text;
begin
  update public.webhook_deliveries d
  set status = case when problem = '' then 'delivered' when final or d.attempts >= 10 then 'failed' else 'pending' end,
      ended_at = case when problem = '' or final or d.attempts >= 10 then clock_timestamp() end,
      due_at = clock_timestamp()
        + interval '1 second' * least(5 * 4 ^ greatest(least(attempt - 1, 10), 0), 21600) * (0.8 + 0.4 * random()),
      held_until = null,
      response_status = response,
      error_message = problem
  where d.id = delivery and d.attempts = attempt and d.status = 'pending'
  returning d.status into told;
  return told;
end
$$;

CREATE FUNCTION pgcast.wrong_value(user_id uuid, max_attempts integer, attempts integer, priority integer, progress real, run_at timestamp with time zone, created_at timestamp with time zone, updated_at timestamp with time zone, started_at timestamp with time zone, finished_at timestamp with time zone) RETURNS text[]
    LANGUAGE plpgsql STABLE
    SET search_path TO ''
    AS $$
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

CREATE TABLE pgcast.answers (
    user_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status integer,
    body text,
    expires_at timestamp with time zone DEFAULT (clock_timestamp() + '24:00:00'::interval) NOT NULL
);

COMMENT ON TABLE pgcast.answers IS 'What requests with an Idempotency-Key were answered; kept for 24 hours.';

COMMENT ON COLUMN pgcast.answers.fingerprint IS 'SHA-256 of the request: the same key with another one is refused';

CREATE SEQUENCE pgcast.asks
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE pgcast.doubts (
    job_id uuid NOT NULL,
    due_at timestamp with time zone DEFAULT (clock_timestamp() + '00:00:03'::interval) NOT NULL,
    until timestamp with time zone DEFAULT (clock_timestamp() + '00:03:00'::interval) NOT NULL
);

COMMENT ON TABLE pgcast.doubts IS 'Jobs that lost a claim lately. Processors compare their files with their newest result until then.';

CREATE SEQUENCE pgcast.fences
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER TABLE pgcast.leftovers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME pgcast.leftovers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE pgcast.notifiers (
    id text NOT NULL,
    wants_status boolean NOT NULL,
    heartbeat_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE pgcast.quotas (
    user_id uuid NOT NULL,
    jobs bigint,
    bytes bigint,
    runs_per_day bigint,
    waiting_runs bigint,
    CONSTRAINT quotas_are_not_negative CHECK ((LEAST(jobs, bytes, runs_per_day, waiting_runs) >= 0))
);

COMMENT ON TABLE pgcast.quotas IS 'Quotas of single users; null = the standard of the service, 0 = no bound.';

COMMENT ON COLUMN pgcast.quotas.jobs IS 'jobs kept';

COMMENT ON COLUMN pgcast.quotas.bytes IS 'of input files kept';

COMMENT ON COLUMN pgcast.quotas.runs_per_day IS 'asked for within 24 hours; failed ones do not count';

COMMENT ON COLUMN pgcast.quotas.waiting_runs IS 'not ended';

CREATE TABLE pgcast.tickets (
    hash bytea NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    pass bytea
);

CREATE SEQUENCE pgcast.turns
    START WITH 0
    INCREMENT BY 1
    MINVALUE 0
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.job_events (
    id bigint NOT NULL,
    job_id uuid NOT NULL,
    user_id uuid NOT NULL,
    forecast_id text,
    old_status text,
    status text NOT NULL,
    version bigint NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    actor text NOT NULL,
    application text DEFAULT ''::text NOT NULL,
    processor text,
    code text DEFAULT ''::text NOT NULL,
    message text DEFAULT ''::text NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    txid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    trace_id uuid DEFAULT (NULLIF(current_setting('pgcast.trace'::text, true), ''::text))::uuid
);

COMMENT ON TABLE public.job_events IS 'Append-only: every change of status, who made it, and when.';

COMMENT ON COLUMN public.job_events.status IS 'the new status; "deleted" when the row went away';

COMMENT ON COLUMN public.job_events.actor IS 'the user id when the API acted for a user, else the session user';

COMMENT ON COLUMN public.job_events.txid IS 'ids become visible out of order; a cursor needs the transaction as well';

COMMENT ON COLUMN public.job_events.trace_id IS 'of the HTTP request that asked for the run';

ALTER TABLE public.job_events ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.job_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.job_runs (
    forecast_id uuid NOT NULL,
    job_id uuid NOT NULL,
    user_id uuid NOT NULL,
    status text NOT NULL,
    params jsonb NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    fence bigint,
    folder text,
    checksums jsonb,
    model_used text,
    metrics jsonb,
    error_code text,
    error_message text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    expired_at timestamp with time zone,
    follows boolean DEFAULT false NOT NULL,
    look_at timestamp with time zone,
    trace_id uuid DEFAULT (NULLIF(current_setting('pgcast.trace'::text, true), ''::text))::uuid,
    CONSTRAINT completed_run_names_its_folder CHECK (((status <> 'completed'::text) OR ((fence IS NOT NULL) AND (folder IS NOT NULL)))),
    CONSTRAINT run_ends_when_it_has_finished CHECK (((finished_at IS NULL) = (status = ANY (ARRAY['pending'::text, 'processing'::text])))),
    CONSTRAINT run_status_is_known CHECK ((status = ANY (ARRAY['pending'::text, 'processing'::text, 'completed'::text, 'failed'::text, 'canceled'::text])))
)
WITH (fillfactor='45');

COMMENT ON TABLE public.job_runs IS 'One row per run asked for. A run that was superseded or stopped is canceled.';

COMMENT ON COLUMN public.job_runs.status IS 'pending until the run has ended: whether it waits or runs stands in jobs, as do its attempts';

COMMENT ON COLUMN public.job_runs.fence IS 'the claim that completed the run';

COMMENT ON COLUMN public.job_runs.folder IS 'the folder in the bucket that holds the result; the result is whole before the row says completed';

COMMENT ON COLUMN public.job_runs.checksums IS 'file name to SHA-256 in hex';

COMMENT ON COLUMN public.job_runs.expired_at IS 'the folder is no longer kept since';

COMMENT ON COLUMN public.job_runs.follows IS 'the job had been run before';

COMMENT ON COLUMN public.job_runs.look_at IS 'when to see whether folders of the job are no longer kept, see expire';

COMMENT ON COLUMN public.job_runs.trace_id IS 'of the HTTP request that asked for it';

CREATE TABLE public.processors (
    id text NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    slots integer DEFAULT 0 NOT NULL,
    running integer DEFAULT 0 NOT NULL,
    lock_key bigint,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    heartbeat_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    lock_lost_at timestamp with time zone,
    alone_until timestamp with time zone
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='200');

COMMENT ON TABLE public.processors IS 'Who is alive: one row and one heartbeat per process. A row that is gone leaves its jobs to be rescued.';

COMMENT ON COLUMN public.processors.lock_key IS 'session advisory lock held by the process; Postgres frees it when the process dies. Null: only the heartbeat tells.';

COMMENT ON COLUMN public.processors.lock_lost_at IS 'when rescue first missed the lock';

COMMENT ON COLUMN public.processors.alone_until IS 'claims nothing until it holds nothing, to run a job alone under which processors died; renewed meanwhile';

CREATE VIEW public.jobs_live WITH (security_invoker='true') AS
 SELECT j.id AS job,
    j.file_name AS file,
    COALESCE(NULLIF(p.name, ''::text), j.claimed_by, '(unknown)'::text) AS processor,
    ((j.attempts || ' of '::text) || (j.max_attempts + j.crashes)) AS attempt,
    (round(((j.progress * (100)::double precision))::numeric) || ' %'::text) AS done,
    j.stage,
    date_trunc('second'::text, j.started_at) AS since,
    date_trunc('second'::text, (clock_timestamp() - j.started_at)) AS running_for,
    date_trunc('second'::text, (clock_timestamp() - p.heartbeat_at)) AS last_heartbeat,
    j.user_id
   FROM (public.jobs j
     LEFT JOIN public.processors p ON ((p.id = j.claimed_by)))
  WHERE (j.status = 'processing'::text)
  ORDER BY j.started_at;

COMMENT ON VIEW public.jobs_live IS 'What runs where, since when, how far.';

ALTER TABLE ONLY pgcast.answers
    ADD CONSTRAINT answers_pkey PRIMARY KEY (user_id, key);

ALTER TABLE ONLY pgcast.doubts
    ADD CONSTRAINT doubts_pkey PRIMARY KEY (job_id);

ALTER TABLE ONLY pgcast.leftovers
    ADD CONSTRAINT leftovers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY pgcast.notifiers
    ADD CONSTRAINT notifiers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY pgcast.quotas
    ADD CONSTRAINT quotas_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY pgcast.tickets
    ADD CONSTRAINT tickets_pass_key UNIQUE (pass);

ALTER TABLE ONLY pgcast.tickets
    ADD CONSTRAINT tickets_pkey PRIMARY KEY (hash);

ALTER TABLE ONLY public.job_events
    ADD CONSTRAINT job_events_pkey PRIMARY KEY (job_id, id) WITH (fillfactor='40');

ALTER TABLE ONLY public.job_runs
    ADD CONSTRAINT job_runs_pkey PRIMARY KEY (forecast_id);

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id) WITH (fillfactor='40');

ALTER TABLE ONLY public.processors
    ADD CONSTRAINT processors_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT run_is_told_of_once UNIQUE (forecast_id);

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id);

CREATE INDEX answers_expired ON pgcast.answers USING btree (expires_at);

CREATE INDEX doubts_due ON pgcast.doubts USING btree (due_at);

CREATE INDEX leftovers_due ON pgcast.leftovers USING btree (due_at, id);

CREATE INDEX tickets_expire ON pgcast.tickets USING btree (expires_at);

CREATE INDEX job_events_by_transaction ON public.job_events USING btree (txid, user_id);

CREATE INDEX job_runs_by_job ON public.job_runs USING btree (job_id, created_at DESC);

CREATE INDEX job_runs_to_look_at ON public.job_runs USING btree (look_at) WHERE (look_at IS NOT NULL);

CREATE UNIQUE INDEX jobs_by_user ON public.jobs USING btree (user_id, created_at DESC, id DESC, status) WITH (fillfactor='40');

ALTER TABLE ONLY public.jobs REPLICA IDENTITY USING INDEX jobs_by_user;

CREATE INDEX jobs_claimable ON public.jobs USING btree (priority DESC, turn) WHERE ((status = 'pending'::text) AND due AND (crashes < 2));

CREATE INDEX jobs_processing ON public.jobs USING btree (id) WHERE (status = 'processing'::text);

CREATE INDEX jobs_suspect ON public.jobs USING btree (turn) WHERE ((status = 'pending'::text) AND due AND (crashes >= 2));

CREATE INDEX jobs_turns ON public.jobs USING btree (user_id, lane, priority, turn) WHERE ((status = 'pending'::text) AND due);

CREATE INDEX jobs_waiting ON public.jobs USING btree (run_at) WHERE ((status = 'pending'::text) AND (NOT due) AND (params IS NOT NULL));

CREATE INDEX webhook_deliveries_by_job ON public.webhook_deliveries USING btree (job_id);

CREATE INDEX webhook_deliveries_due ON public.webhook_deliveries USING btree (user_id, due_at) WHERE (status = 'pending'::text);

CREATE INDEX webhook_deliveries_ended ON public.webhook_deliveries USING btree (ended_at) WHERE (status <> 'pending'::text);

CREATE INDEX webhook_deliveries_held ON public.webhook_deliveries USING btree (user_id) WHERE (held_until IS NOT NULL);

CREATE TRIGGER after_delete AFTER DELETE ON public.jobs REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION pgcast.jobs_after_delete();

CREATE TRIGGER after_delete_webhook AFTER DELETE ON public.job_runs FOR EACH ROW WHEN ((old.params ? 'webhook'::text)) EXECUTE FUNCTION pgcast.drop_webhook();

CREATE TRIGGER after_end_webhook AFTER UPDATE ON public.job_runs FOR EACH ROW WHEN (((new.status = ANY (ARRAY['completed'::text, 'failed'::text])) AND (old.status <> new.status) AND (new.params ? 'webhook'::text))) EXECUTE FUNCTION pgcast.enqueue_webhook();

CREATE TRIGGER after_insert AFTER INSERT ON public.jobs REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pgcast.jobs_after_insert();

CREATE TRIGGER after_update AFTER UPDATE ON public.jobs REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT WHEN ((COALESCE(current_setting('pgcast.verb'::text, true), ''::text) <> ALL (ARRAY['claim'::text, 'complete'::text, 'report_progress'::text]))) EXECUTE FUNCTION pgcast.jobs_after_update();

CREATE TRIGGER after_update_owner AFTER UPDATE OF user_id ON public.jobs FOR EACH ROW WHEN ((old.user_id <> new.user_id)) EXECUTE FUNCTION pgcast.jobs_after_owner();

CREATE TRIGGER before_1_insert BEFORE INSERT ON public.jobs FOR EACH ROW EXECUTE FUNCTION pgcast.jobs_before_insert();

CREATE TRIGGER before_1_keep BEFORE UPDATE OF version, forecast_id, fence, claimed_by, lane, turn, due, crashes ON public.jobs FOR EACH ROW WHEN ((COALESCE(current_setting('pgcast.verb'::text, true), ''::text) = ''::text)) EXECUTE FUNCTION pgcast.jobs_keep();

CREATE TRIGGER before_2_id BEFORE UPDATE OF id ON public.jobs FOR EACH ROW WHEN ((new.id IS DISTINCT FROM old.id)) EXECUTE FUNCTION pgcast.jobs_refuse_id();

CREATE TRIGGER before_2_params BEFORE UPDATE OF params ON public.jobs FOR EACH ROW WHEN ((jsonb_typeof(new.params) <> 'object'::text)) EXECUTE FUNCTION pgcast.jobs_refuse_params();

CREATE TRIGGER before_2_values BEFORE UPDATE OF max_attempts, attempts, priority, progress, run_at, created_at, updated_at, started_at, finished_at ON public.jobs FOR EACH ROW WHEN ((new.version = old.version)) EXECUTE FUNCTION pgcast.jobs_refuse_values();

CREATE TRIGGER before_3_ask_again BEFORE UPDATE OF status ON public.jobs FOR EACH ROW WHEN ((new.status = old.status)) EXECUTE FUNCTION pgcast.jobs_ask_again();

CREATE TRIGGER before_5_update BEFORE UPDATE ON public.jobs FOR EACH ROW WHEN ((new.version = old.version)) EXECUTE FUNCTION pgcast.jobs_before_update();

CREATE TRIGGER before_6_move_out BEFORE UPDATE OF columns, time_candidates, preview, profile, params ON public.jobs FOR EACH ROW EXECUTE FUNCTION pgcast.jobs_move_out();

CREATE TRIGGER before_truncate BEFORE TRUNCATE ON public.jobs FOR EACH STATEMENT EXECUTE FUNCTION pgcast.jobs_before_truncate();

ALTER TABLE pgcast.answers ENABLE ROW LEVEL SECURITY;

ALTER TABLE pgcast.doubts ENABLE ROW LEVEL SECURITY;

ALTER TABLE pgcast.leftovers ENABLE ROW LEVEL SECURITY;

ALTER TABLE pgcast.notifiers ENABLE ROW LEVEL SECURITY;

ALTER TABLE pgcast.quotas ENABLE ROW LEVEL SECURITY;

ALTER TABLE pgcast.tickets ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.job_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.job_runs ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.jobs ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.processors ENABLE ROW LEVEL SECURITY;

CREATE POLICY "users read their own deliveries" ON public.webhook_deliveries FOR SELECT TO authenticated USING ((( SELECT auth.uid() AS uid) = user_id));

CREATE POLICY "users read their own events" ON public.job_events FOR SELECT TO authenticated USING ((( SELECT auth.uid() AS uid) = user_id));

CREATE POLICY "users read their own jobs" ON public.jobs FOR SELECT TO authenticated USING ((( SELECT auth.uid() AS uid) = user_id));

CREATE POLICY "users read their own runs" ON public.job_runs FOR SELECT TO authenticated USING ((( SELECT auth.uid() AS uid) = user_id));

ALTER TABLE public.webhook_deliveries ENABLE ROW LEVEL SECURITY;

CREATE PUBLICATION pgcast WITH (publish = 'insert, update, delete, truncate');

ALTER PUBLICATION pgcast ADD TABLE ONLY public.jobs;

GRANT USAGE ON SCHEMA pgcast TO service_role;
GRANT USAGE ON SCHEMA pgcast TO authenticated;

GRANT USAGE ON SCHEMA public TO anon;
GRANT USAGE ON SCHEMA public TO authenticated;
GRANT USAGE ON SCHEMA public TO service_role;

REVOKE ALL ON FUNCTION pgcast.actor() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.actor() TO service_role;

REVOKE ALL ON FUNCTION pgcast.assure(jobs uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.assure(jobs uuid[]) TO service_role;

REVOKE ALL ON FUNCTION pgcast.backoff(attempts integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.backoff(attempts integer) TO service_role;

GRANT ALL ON TABLE public.jobs TO service_role;
GRANT SELECT ON TABLE public.jobs TO authenticated;

REVOKE ALL ON FUNCTION pgcast.begin_job(j public.jobs) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.begin_job(j public.jobs) TO service_role;

REVOKE ALL ON FUNCTION pgcast.cancel_job(job uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.cancel_job(job uuid) TO service_role;
GRANT ALL ON FUNCTION pgcast.cancel_job(job uuid) TO authenticated;

REVOKE ALL ON FUNCTION pgcast.claim(processor text, slots integer, above bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.claim(processor text, slots integer, above bigint) TO service_role;

REVOKE ALL ON FUNCTION pgcast.claim_suspect(processor text) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.claim_suspect(processor text) TO service_role;

REVOKE ALL ON FUNCTION pgcast.complete(places tid[], fences bigint[], folders text[], output_file_paths text[], checksums jsonb[], models_used text[], metrics jsonb[]) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.complete(places tid[], fences bigint[], folders text[], output_file_paths text[], checksums jsonb[], models_used text[], metrics jsonb[]) TO service_role;

REVOKE ALL ON FUNCTION pgcast.complete(jobs uuid[], fences bigint[], folders text[], output_file_paths text[], checksums jsonb[], models_used text[], metrics jsonb[]) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.complete(jobs uuid[], fences bigint[], folders text[], output_file_paths text[], checksums jsonb[], models_used text[], metrics jsonb[]) TO service_role;

REVOKE ALL ON FUNCTION pgcast.create_job(id uuid, input_file_path text, file_name text, file_bytes bigint, file_sha256 text, columns text, time_candidates text, preview text, profile jsonb, params jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.create_job(id uuid, input_file_path text, file_name text, file_bytes bigint, file_sha256 text, columns text, time_candidates text, preview text, profile jsonb, params jsonb) TO service_role;
GRANT ALL ON FUNCTION pgcast.create_job(id uuid, input_file_path text, file_name text, file_bytes bigint, file_sha256 text, columns text, time_candidates text, preview text, profile jsonb, params jsonb) TO authenticated;

REVOKE ALL ON FUNCTION pgcast.delete_job(job uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.delete_job(job uuid) TO service_role;
GRANT ALL ON FUNCTION pgcast.delete_job(job uuid) TO authenticated;

REVOKE ALL ON FUNCTION pgcast.deregister(processor text) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.deregister(processor text) TO service_role;

REVOKE ALL ON FUNCTION pgcast.doubt(jobs uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.doubt(jobs uuid[]) TO service_role;

REVOKE ALL ON FUNCTION pgcast.drop_webhook() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.drop_webhook() TO service_role;

GRANT ALL ON TABLE public.webhook_deliveries TO service_role;
GRANT SELECT ON TABLE public.webhook_deliveries TO authenticated;

REVOKE ALL ON FUNCTION pgcast.due_webhooks(most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.due_webhooks(most integer) TO service_role;

REVOKE ALL ON FUNCTION pgcast.end_pass(pass text) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.end_pass(pass text) TO service_role;

REVOKE ALL ON FUNCTION pgcast.enqueue_webhook() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.enqueue_webhook() TO service_role;

REVOKE ALL ON FUNCTION pgcast.expect_version(job uuid, versions bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.expect_version(job uuid, versions bigint[]) TO authenticated;
GRANT ALL ON FUNCTION pgcast.expect_version(job uuid, versions bigint[]) TO service_role;

REVOKE ALL ON FUNCTION pgcast.expire(keep integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.expire(keep integer) TO service_role;

REVOKE ALL ON FUNCTION pgcast.fail(job uuid, fence bigint, code text, message text, retry boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.fail(job uuid, fence bigint, code text, message text, retry boolean) TO service_role;

REVOKE ALL ON FUNCTION pgcast.fill_up(preview text, columns text, time_candidates text, profile jsonb, params jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.fill_up(preview text, columns text, time_candidates text, profile jsonb, params jsonb) TO service_role;

REVOKE ALL ON FUNCTION pgcast.follow(runs uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.follow(runs uuid[]) TO service_role;

REVOKE ALL ON FUNCTION pgcast.forget_webhooks() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.forget_webhooks() TO service_role;

REVOKE ALL ON FUNCTION pgcast.front_turn() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.front_turn() TO service_role;

REVOKE ALL ON FUNCTION pgcast.heartbeat(processor text, name text, slots integer, running integer, lock_key bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.heartbeat(processor text, name text, slots integer, running integer, lock_key bigint) TO service_role;

REVOKE ALL ON FUNCTION pgcast.hold(jobs uuid[], fences bigint[], OUT places tid[], OUT busy bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.hold(jobs uuid[], fences bigint[], OUT places tid[], OUT busy bigint[]) TO service_role;

REVOKE ALL ON FUNCTION pgcast.hold_claims(jobs uuid[], fences bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.hold_claims(jobs uuid[], fences bigint[]) TO service_role;

REVOKE ALL ON FUNCTION pgcast.inspect(most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.inspect(most integer) TO service_role;

REVOKE ALL ON FUNCTION pgcast.issue_ticket() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.issue_ticket() TO service_role;
GRANT ALL ON FUNCTION pgcast.issue_ticket() TO authenticated;

REVOKE ALL ON FUNCTION pgcast.jobs_after_delete() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.jobs_after_delete() TO service_role;

REVOKE ALL ON FUNCTION pgcast.jobs_after_insert() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.jobs_after_insert() TO service_role;

REVOKE ALL ON FUNCTION pgcast.jobs_after_owner() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.jobs_after_owner() TO service_role;

REVOKE ALL ON FUNCTION pgcast.jobs_after_update() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.jobs_after_update() TO service_role;

REVOKE ALL ON FUNCTION pgcast.jobs_ask_again() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.jobs_ask_again() TO service_role;

REVOKE ALL ON FUNCTION pgcast.jobs_before_insert() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.jobs_before_insert() TO service_role;

REVOKE ALL ON FUNCTION pgcast.jobs_before_truncate() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.jobs_before_truncate() TO service_role;

REVOKE ALL ON FUNCTION pgcast.jobs_before_update() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.jobs_before_update() TO service_role;

REVOKE ALL ON FUNCTION pgcast.jobs_keep() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.jobs_keep() TO service_role;

REVOKE ALL ON FUNCTION pgcast.jobs_move_out() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.jobs_move_out() TO service_role;

REVOKE ALL ON FUNCTION pgcast.jobs_refuse_id() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.jobs_refuse_id() TO service_role;

REVOKE ALL ON FUNCTION pgcast.jobs_refuse_params() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.jobs_refuse_params() TO service_role;

REVOKE ALL ON FUNCTION pgcast.jobs_refuse_values() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.jobs_refuse_values() TO service_role;

REVOKE ALL ON FUNCTION pgcast.key_used(key text) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.key_used(key text) TO authenticated;
GRANT ALL ON FUNCTION pgcast.key_used(key text) TO service_role;

REVOKE ALL ON FUNCTION pgcast.last_turn(user_id uuid, lane smallint, priority integer, clock bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.last_turn(user_id uuid, lane smallint, priority integer, clock bigint) TO service_role;

REVOKE ALL ON FUNCTION pgcast.lock_is_held(key bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.lock_is_held(key bigint) TO service_role;

REVOKE ALL ON FUNCTION pgcast.make_room(processor text) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.make_room(processor text) TO service_role;

REVOKE ALL ON FUNCTION pgcast.next_turn(user_id uuid, lane smallint, priority integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.next_turn(user_id uuid, lane smallint, priority integer) TO service_role;

REVOKE ALL ON FUNCTION pgcast.notice_params(job uuid, status text) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.notice_params(job uuid, status text) TO service_role;

REVOKE ALL ON FUNCTION pgcast.notify_status(op text, changes pgcast.change[]) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.notify_status(op text, changes pgcast.change[]) TO service_role;

REVOKE ALL ON FUNCTION pgcast.open_stream(ticket text, term interval) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.open_stream(ticket text, term interval) TO service_role;

REVOKE ALL ON FUNCTION pgcast.own_job(job uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.own_job(job uuid) TO service_role;

REVOKE ALL ON FUNCTION pgcast.promote(OUT promoted integer, OUT next double precision, OUT suspects boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.promote(OUT promoted integer, OUT next double precision, OUT suspects boolean) TO service_role;

REVOKE ALL ON FUNCTION pgcast.prune_events(older interval) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.prune_events(older interval) TO service_role;

REVOKE ALL ON FUNCTION pgcast.queue_depth(most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.queue_depth(most integer) TO service_role;

REVOKE ALL ON FUNCTION pgcast.quotas_of(OUT jobs bigint, OUT bytes bigint, OUT runs bigint, OUT waiting bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.quotas_of(OUT jobs bigint, OUT bytes bigint, OUT runs bigint, OUT waiting bigint) TO authenticated;
GRANT ALL ON FUNCTION pgcast.quotas_of(OUT jobs bigint, OUT bytes bigint, OUT runs bigint, OUT waiting bigint) TO service_role;

REVOKE ALL ON FUNCTION pgcast.recall(key text, fingerprint bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.recall(key text, fingerprint bytea) TO authenticated;
GRANT ALL ON FUNCTION pgcast.recall(key text, fingerprint bytea) TO service_role;

REVOKE ALL ON FUNCTION pgcast.reconcile(processor text, held bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.reconcile(processor text, held bigint[]) TO service_role;

REVOKE ALL ON FUNCTION pgcast.redeem_ticket(ticket text) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.redeem_ticket(ticket text) TO service_role;

REVOKE ALL ON FUNCTION pgcast.refuse_params(job uuid, params jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.refuse_params(job uuid, params jsonb) TO service_role;

REVOKE ALL ON FUNCTION pgcast.release(jobs uuid[], fences bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.release(jobs uuid[], fences bigint[]) TO service_role;

REVOKE ALL ON FUNCTION pgcast.remember(key text, status integer, body text) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.remember(key text, status integer, body text) TO authenticated;
GRANT ALL ON FUNCTION pgcast.remember(key text, status integer, body text) TO service_role;

REVOKE ALL ON FUNCTION pgcast.reopen_stream(ticket text, pass text) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.reopen_stream(ticket text, pass text) TO service_role;

REVOKE ALL ON FUNCTION pgcast.report_progress(ids uuid[], fences bigint[], fractions double precision[], stages text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.report_progress(ids uuid[], fences bigint[], fractions double precision[], stages text[]) TO service_role;

REVOKE ALL ON FUNCTION pgcast.reprocess(job uuid, params jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.reprocess(job uuid, params jsonb) TO service_role;
GRANT ALL ON FUNCTION pgcast.reprocess(job uuid, params jsonb) TO authenticated;

REVOKE ALL ON FUNCTION pgcast.request_run(job uuid, params jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.request_run(job uuid, params jsonb) TO service_role;
GRANT ALL ON FUNCTION pgcast.request_run(job uuid, params jsonb) TO authenticated;

REVOKE ALL ON FUNCTION pgcast.require_user() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.require_user() TO service_role;

REVOKE ALL ON FUNCTION pgcast.rescue() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.rescue() TO service_role;

REVOKE ALL ON FUNCTION pgcast.run_params(run text, params jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.run_params(run text, params jsonb) TO service_role;

REVOKE ALL ON FUNCTION pgcast.spend(jobs bigint, bytes bigint, runs bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.spend(jobs bigint, bytes bigint, runs bigint) TO authenticated;
GRANT ALL ON FUNCTION pgcast.spend(jobs bigint, bytes bigint, runs bigint) TO service_role;

REVOKE ALL ON FUNCTION pgcast.status_wanted() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.status_wanted() TO service_role;

GRANT ALL ON TABLE pgcast.leftovers TO service_role;

REVOKE ALL ON FUNCTION pgcast.sweep(most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.sweep(most integer) TO service_role;

REVOKE ALL ON FUNCTION pgcast.swept(leftovers bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.swept(leftovers bigint[]) TO service_role;

REVOKE ALL ON FUNCTION pgcast.take_seat(user_id uuid, lane smallint, priority integer) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.take_seat(user_id uuid, lane smallint, priority integer) TO service_role;

REVOKE ALL ON FUNCTION pgcast.turn_clock() FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.turn_clock() TO service_role;

REVOKE ALL ON FUNCTION pgcast.usage(OUT jobs bigint, OUT bytes bigint, OUT runs bigint, OUT waiting bigint, OUT oldest_run timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.usage(OUT jobs bigint, OUT bytes bigint, OUT runs bigint, OUT waiting bigint, OUT oldest_run timestamp with time zone) TO authenticated;
GRANT ALL ON FUNCTION pgcast.usage(OUT jobs bigint, OUT bytes bigint, OUT runs bigint, OUT waiting bigint, OUT oldest_run timestamp with time zone) TO service_role;

REVOKE ALL ON FUNCTION pgcast.want_status(notifier text, wants boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.want_status(notifier text, wants boolean) TO service_role;

REVOKE ALL ON FUNCTION pgcast.webhook_tried(delivery uuid, attempt integer, response integer, problem text, final boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.webhook_tried(delivery uuid, attempt integer, response integer, problem text, final boolean) TO service_role;

REVOKE ALL ON FUNCTION pgcast.wrong_value(user_id uuid, max_attempts integer, attempts integer, priority integer, progress real, run_at timestamp with time zone, created_at timestamp with time zone, updated_at timestamp with time zone, started_at timestamp with time zone, finished_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION pgcast.wrong_value(user_id uuid, max_attempts integer, attempts integer, priority integer, progress real, run_at timestamp with time zone, created_at timestamp with time zone, updated_at timestamp with time zone, started_at timestamp with time zone, finished_at timestamp with time zone) TO service_role;

GRANT ALL ON SEQUENCE pgcast.asks TO service_role;

GRANT ALL ON TABLE pgcast.doubts TO service_role;

GRANT ALL ON SEQUENCE pgcast.fences TO service_role;

GRANT ALL ON TABLE pgcast.notifiers TO service_role;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE pgcast.quotas TO service_role;

GRANT ALL ON TABLE pgcast.tickets TO service_role;

GRANT ALL ON SEQUENCE pgcast.turns TO service_role;

GRANT ALL ON TABLE public.job_events TO service_role;
GRANT SELECT ON TABLE public.job_events TO authenticated;

GRANT ALL ON SEQUENCE public.job_events_id_seq TO service_role;

GRANT ALL ON TABLE public.job_runs TO service_role;
GRANT SELECT ON TABLE public.job_runs TO authenticated;

GRANT ALL ON TABLE public.processors TO service_role;

GRANT SELECT ON TABLE public.jobs_live TO service_role;
