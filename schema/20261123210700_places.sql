-- +goose Up

-- A claim, and what is completed together, touches the indexes at as many places as
-- it has jobs. That is most of its price, so the places are to lie side by side, and
-- to be few.

-- Ids that plain SQL makes grow with time, as those of the door do: UUID version 7
-- (RFC 9562, section 5.7), made of one of version 4 whose first six bytes become the
-- milliseconds since 1970, and whose version the two bits more. It is no function,
-- because whoever inserts a row would need the right to call it.
alter table public.jobs alter column id set default encode(
  set_bit(set_bit(
    overlay(uuid_send(gen_random_uuid()) placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1),
    52, 1), 53, 1),
  'hex')::uuid;

-- Holds the rows of claims until the transaction ends, so that what is published
-- meanwhile is published by the holder of the fence. Answers where the row of each
-- claim lies, in their order, null when it is not held; and the fences of those that
-- are not held because somebody else has locked the row. One claim alone waits for
-- its row instead; many never wait, so that they cannot stand in a ring with an
-- operator's UPDATE of many rows.
-- +goose StatementBegin
create function pgcast.hold(jobs uuid[], fences bigint[], out places tid[], out busy bigint[])
  language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan set jit = off
  set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  place tid;
begin
  if cardinality(jobs) = 1 then
    select j.ctid into place
    from public.jobs j
    where j.id = jobs[1] and j.fence = fences[1] and j.status = 'processing'
    for no key update;
    places := array[place];
    return;
  end if;
  places := array(
    select (
      select j.ctid from public.jobs j
      where j.id = u.id and j.fence = u.fence and j.status = 'processing'
      for no key update skip locked
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
-- +goose StatementEnd

-- Ends runs with their results, and writes runs and events itself. The rows are
-- held, and lie where hold has found them. The plan is kept for the session, so
-- there is one way only, for one row and for many: rows are looked up by their
-- place, and runs by key. A status that stood by itself would tempt to read the
-- index of all that are processing.
-- +goose StatementBegin
create function pgcast.complete(
  places tid[], fences bigint[], folders text[], output_file_paths text[], checksums jsonb[], models_used text[], metrics jsonb[]
) returns void
  language plpgsql
  set search_path = '' set plan_cache_mode = force_generic_plan set jit = off
  set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
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
-- +goose StatementEnd

revoke all on function pgcast.hold(uuid[], bigint[]), pgcast.complete(tid[], bigint[], text[], text[], jsonb[], text[], jsonb[])
  from public, anon, authenticated;
grant execute on function pgcast.hold(uuid[], bigint[]), pgcast.complete(tid[], bigint[], text[], text[], jsonb[], text[], jsonb[])
  to service_role;

comment on function pgcast.hold_claims(uuid[], bigint[]) is 'for processors of the version before, see pgcast.hold';
comment on function pgcast.complete(uuid[], bigint[], text[], text[], jsonb[], text[], jsonb[]) is 'for processors of the version before';
