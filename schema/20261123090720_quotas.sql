-- +goose Up

-- What one user may have and ask for. The standard is the doors' configuration;
-- a row here is for one user, and a null in it is the standard, 0 no bound:
--
--   insert into pgcast.quotas (user_id, runs_per_day) values ('…', 1000);

create table pgcast.quotas (
  user_id uuid primary key,
  jobs bigint,
  bytes bigint,
  runs_per_day bigint,
  waiting_runs bigint,
  constraint quotas_are_not_negative check (least(jobs, bytes, runs_per_day, waiting_runs) >= 0)
);

alter table pgcast.quotas enable row level security;

comment on table pgcast.quotas is 'Quotas of single users; null = the standard of the service, 0 = no bound.';
comment on column pgcast.quotas.jobs is 'jobs kept';
comment on column pgcast.quotas.bytes is 'of input files kept';
comment on column pgcast.quotas.runs_per_day is 'asked for within 24 hours; failed ones do not count';
comment on column pgcast.quotas.waiting_runs is 'not ended';

-- The quotas of the caller: their own, else the standard, which the door sends
-- along as pgcast.quotas, an array of the four.
-- +goose StatementBegin
create function pgcast.quotas_of(out jobs bigint, out bytes bigint, out runs bigint, out waiting bigint)
  language plpgsql stable security definer set search_path = ''
as $$
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
-- +goose StatementEnd

-- What the caller has used. A run of the last day belongs to a job that has
-- changed since.
-- +goose StatementBegin
create function pgcast.usage(out jobs bigint, out bytes bigint, out runs bigint, out waiting bigint, out oldest_run timestamptz)
  language plpgsql stable security definer set search_path = ''
as $$
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
-- +goose StatementEnd

-- Raises PC429 when what is about to be used would pass a quota; its detail is
-- the quota's name, the quota, and the seconds until it is worth another try. A
-- user's requests are counted one after another, until the transaction ends.
-- +goose StatementBegin
create function pgcast.spend(jobs bigint, bytes bigint, runs bigint) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  me constant uuid := pgcast.require_user();
  q record;
  u record;
  over text;
begin
  select * into q from pgcast.quotas_of();
  if greatest(q.jobs, q.bytes, q.runs, q.waiting) = 0 then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('pgcast.quotas ' || me, 0));
  select * into u from pgcast.usage();
  over := case
    when q.jobs > 0 and spend.jobs > 0 and u.jobs + spend.jobs > q.jobs then 'jobs ' || q.jobs || ' 0'
    when q.bytes > 0 and spend.jobs > 0 and u.bytes + spend.bytes > q.bytes then 'bytes ' || q.bytes || ' 0'
    when q.runs > 0 and spend.runs > 0 and u.runs + spend.runs > q.runs
      then 'runs_per_day ' || q.runs || ' ' || ceil(extract(epoch from u.oldest_run + interval '1 day' - now()))::bigint
    when q.waiting > 0 and spend.runs > 0 and u.waiting + spend.runs > q.waiting then 'waiting_runs ' || q.waiting || ' 5'
  end;
  if over is not null then
    raise exception 'a quota is used up' using errcode = 'PC429', detail = over;
  end if;
end
$$;
-- +goose StatementEnd

revoke all on pgcast.quotas from public, anon, authenticated, service_role;
revoke all on function pgcast.quotas_of(), pgcast.usage(), pgcast.spend(bigint, bigint, bigint) from public, anon, authenticated;
grant select, insert, update, delete on pgcast.quotas to service_role;
grant execute on function pgcast.quotas_of(), pgcast.usage(), pgcast.spend(bigint, bigint, bigint) to authenticated, service_role;
