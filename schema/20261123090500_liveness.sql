-- +goose Up

-- Who is alive, and what becomes of the jobs of those who are not.

-- Registers a process, and says every few seconds that it lives. A lock key
-- names a session advisory lock that the process holds already.
create function pgcast.heartbeat(processor text, name text, slots integer, running integer, lock_key bigint) returns void
  language sql set search_path = ''
as $$
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

-- Takes a process off the list; what it still holds is rescued by the next pass.
create function pgcast.deregister(processor text) returns void
  language sql set search_path = ''
as $$
  delete from public.processors p where p.id = processor
$$;

create function pgcast.lock_is_held(key bigint) returns boolean
  language sql volatile set search_path = ''
as $$
  select exists (
    select from pg_catalog.pg_locks l
    where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
      and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
      and l.classid::bigint = ((key >> 32) & 4294967295)
      and l.objid::bigint = (key & 4294967295)
  )
$$;

-- Takes dead processes off the list, and their jobs back: pending again at once,
-- or failed when the third processor has died under the job. Any process may
-- call it at any time; answers how many jobs it took back.
--
-- Dead is who has not sent a heartbeat for 30 seconds, and who lost its lock and
-- did not register again or report progress within 600 ms: a connection may
-- break while the process lives, and all of them do when the server restarts.
-- +goose StatementBegin
create function pgcast.rescue() returns integer
  language plpgsql set search_path = ''
as $$
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
$$;
-- +goose StatementEnd

-- A notifier says whether it wants a NOTIFY per change of status.
-- +goose StatementBegin
create function pgcast.want_status(notifier text, wants boolean) returns void
  language sql set search_path = ''
as $$
  delete from pgcast.notifiers n where n.heartbeat_at < clock_timestamp() - interval '1 hour';
  insert into pgcast.notifiers (id, wants_status) values (notifier, wants)
  on conflict (id) do update set wants_status = excluded.wants_status, heartbeat_at = clock_timestamp()
$$;
-- +goose StatementEnd

-- Removes events older than that, up to 10,000 a call, and answers how many.
-- Transactions grow with time, so the oldest lie together at the front of their
-- index; those of a restored dump may lie behind all of this database's own.
-- +goose StatementBegin
create function pgcast.prune_events(older interval) returns integer
  language plpgsql set search_path = '' set enable_seqscan = off set enable_bitmapscan = off set jit = off
as $$
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
-- +goose StatementEnd

-- How many jobs wait to be claimed, at most so many: a table is not counted to
-- know that there is much to do.
create function pgcast.queue_depth(most integer) returns integer
  language sql stable set search_path = '' set enable_seqscan = off
as $$
  select count(*)::integer from (select from public.jobs j where j.status = 'pending' and j.due limit most) waiting
$$;
