-- +goose Up

-- As before, but whoever listens for changes of status is looked for beside the
-- processor, and told afterwards.
-- +goose StatementBegin
create or replace function pgcast.claim(processor text, slots integer, above bigint default 0) returns setof pgcast.claimed
  language plpgsql
  set search_path = '' set plan_cache_mode = force_generic_plan set jit = off
  set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off
as $$
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
-- +goose StatementEnd
