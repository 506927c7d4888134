-- +goose Up

-- Which files are kept, which are removed, and which are looked at again.

-- Marks runs as expired whose folders are no longer kept, and leaves the folders
-- to be swept: those beyond the newest so many completed of their job, and those
-- that ended without a result. Answers how many it marked, 1,000 at most.
-- +goose StatementBegin
create function pgcast.expire(keep integer) returns integer
  language plpgsql set search_path = ''
as $$
declare
  marked integer;
begin
  with crowded as (
    select r.job_id from public.job_runs r
    where r.folder is not null and r.expired_at is null
    group by r.job_id having count(*) > keep
  ), beyond as (
    select o.forecast_id
    from crowded c
    cross join lateral (
      select r.forecast_id from public.job_runs r
      where r.job_id = c.job_id and r.folder is not null and r.expired_at is null
      order by r.finished_at desc, r.forecast_id
      offset keep
    ) o
    union all
    select r.forecast_id from public.job_runs r
    where r.folder is null and r.expired_at is null
      and r.finished_at < clock_timestamp() - interval '1 minute'
  ), expired as (
    update public.job_runs r
    set expired_at = clock_timestamp()
    from (select b.forecast_id from beyond b limit 1000) old
    where r.forecast_id = old.forecast_id and r.expired_at is null
    returning r.user_id, r.job_id, r.forecast_id
  )
  insert into pgcast.leftovers (user_id, job_id, forecast_id)
  select e.user_id, e.job_id, e.forecast_id
  from expired e;
  get diagnostics marked = row_count;
  return marked;
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
