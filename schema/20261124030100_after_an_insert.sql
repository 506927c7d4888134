-- +goose Up

-- What follows from new rows, as before, by statements that each do one thing: for
-- one row they cost less than one that does it all.
-- +goose StatementBegin
create or replace function pgcast.jobs_after_insert() returns trigger
  language plpgsql security definer set search_path = '' set jit = off
as $$
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
-- +goose StatementEnd
