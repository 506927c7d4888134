-- +goose Up

-- Who is to be told that a run has ended. A delivery is written in the
-- transaction that ends the run: there is one exactly when the run has ended and
-- its request named a webhook. It keeps its id and its text through all attempts.
-- Send one again with
--   update webhook_deliveries set status = 'pending', due_at = now(), attempts = 0 where id = '…';

create table public.webhook_deliveries (
  id uuid primary key default gen_random_uuid(),
  forecast_id uuid not null
    constraint run_is_told_of_once unique,
  job_id uuid not null,
  user_id uuid not null,
  status text not null default 'pending'
    constraint delivery_status_is_known check (status in ('pending', 'delivered', 'failed')),
  url text not null,
  payload text not null,
  attempts integer not null default 0,
  due_at timestamptz not null default clock_timestamp(),
  attempted_at timestamptz,
  held_until timestamptz,
  response_status integer,
  error_message text not null default '',
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz
);

alter table public.webhook_deliveries enable row level security;
create index webhook_deliveries_due on public.webhook_deliveries (user_id, due_at) where status = 'pending';
create index webhook_deliveries_held on public.webhook_deliveries (user_id) where held_until is not null;
create index webhook_deliveries_by_job on public.webhook_deliveries (job_id);
create index webhook_deliveries_ended on public.webhook_deliveries (ended_at) where status <> 'pending';

comment on table public.webhook_deliveries is 'One row per ended run whose request named a webhook. Processors deliver them, and try again for most of a day.';
comment on column public.webhook_deliveries.id is 'the webhook-id of every attempt';
comment on column public.webhook_deliveries.payload is 'the body, byte for byte';
comment on column public.webhook_deliveries.due_at is 'not tried before; moves on when an attempt begins, so that another processor takes over from one that died';
comment on column public.webhook_deliveries.held_until is 'an attempt is under way until then; null: none is';
comment on column public.webhook_deliveries.response_status is 'HTTP status of the last attempt; null: there was no answer';

revoke all on public.webhook_deliveries from public, anon, authenticated;
grant all on public.webhook_deliveries to service_role;
grant select on public.webhook_deliveries to authenticated;
create policy "users read their own deliveries" on public.webhook_deliveries
  for select to authenticated using ((select auth.uid()) = user_id);

-- +goose StatementBegin
create function pgcast.enqueue_webhook() returns trigger
  language plpgsql security definer set search_path = ''
as $$
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
-- +goose StatementEnd

create trigger after_end_webhook after update on public.job_runs
  for each row when (new.status in ('completed', 'failed') and old.status <> new.status and new.params ? 'webhook')
  execute function pgcast.enqueue_webhook();

-- Nobody is told of a run that was removed.
-- +goose StatementBegin
create function pgcast.drop_webhook() returns trigger
  language plpgsql security definer set search_path = ''
as $$
begin
  delete from public.webhook_deliveries d where d.forecast_id = old.forecast_id;
  return null;
end
$$;
-- +goose StatementEnd

create trigger after_delete_webhook after delete on public.job_runs
  for each row when (old.params ? 'webhook')
  execute function pgcast.drop_webhook();

-- Hands out deliveries that are due, up to so many, each for one attempt. It
-- comes again after a minute, to this processor or another, until the outcome of
-- the attempt is told. Of one user at most eight are under way at once, in all
-- processors, and users with fewer under way come first: receivers that do not
-- answer delay their own user's deliveries. One call after another looks, so
-- that each sees what the one before has taken.
-- +goose StatementBegin
create function pgcast.due_webhooks(most integer) returns setof public.webhook_deliveries
  language plpgsql set search_path = '' set jit = off set enable_seqscan = off set enable_bitmapscan = off
as $$
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
-- +goose StatementEnd

-- Tells the outcome of an attempt; problem '' means delivered. Unless that is
-- final the next one comes after 5 s, 20 s, 80 s …, at most 6 hours, give or take
-- a fifth; the tenth, after some 20 hours, is the last. Answers the status of the
-- delivery now, null when another attempt has begun meanwhile.
-- +goose StatementBegin
create function pgcast.webhook_tried(delivery uuid, attempt integer, response integer, problem text, final boolean) returns text
  language plpgsql set search_path = ''
as $$
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
-- +goose StatementEnd

-- Removes deliveries that ended a month ago, and answers how many, 1,000 at most.
-- +goose StatementBegin
create function pgcast.forget_webhooks() returns integer
  language plpgsql set search_path = ''
as $$
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
-- +goose StatementEnd
