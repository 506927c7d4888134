-- +goose Up

-- As before, and a row that was written without triggers (session_replication_role
-- = replica, a subscription) gets the run that it lacks: without one no claim that
-- comes to it succeeds.
-- +goose StatementBegin
create or replace function pgcast.promote(OUT promoted integer, OUT next double precision, OUT suspects boolean) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO ''
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    AS $body$
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
$body$;
-- +goose StatementEnd
