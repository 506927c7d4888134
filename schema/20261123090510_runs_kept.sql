-- +goose Up

-- Which files are kept, which are removed, and which are looked at again.

-- Marks runs as expired whose folders are no longer kept, and leaves the folders
-- to be swept: those beyond the newest so many completed of their job, and those
-- that ended without a result. Looks at the jobs of up to 1,000 runs whose time to
-- look has come: a run that followed another has completed, or any has ended
-- without a result a minute ago. Answers at how many it looked.
-- +goose StatementBegin
create function pgcast.expire(keep integer) returns integer
  language plpgsql set search_path = '' set jit = off
as $$
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
-- +goose StatementEnd

-- Hands out folders that are due to be removed, up to so many. Each comes again
-- after five minutes, to this processor or another, until swept is told that
-- it has gone. The folder of a job that was put back is not left over.
-- +goose StatementBegin
create function pgcast.sweep(most integer) returns setof pgcast.leftovers
  language plpgsql set search_path = ''
as $$
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
-- +goose StatementEnd

-- Says that the folders of these leftovers have gone.
create function pgcast.swept(leftovers bigint[]) returns void
  language sql set search_path = ''
as $$
  delete from pgcast.leftovers l where l.id = any (swept.leftovers)
$$;
