-- +goose Up

-- Which runs' files are kept, and which are looked at again.

-- Marks runs as expired whose folders may be removed, and answers them, each
-- once: those beyond the newest so many completed of their job, and those that
-- ended without a result.
-- +goose StatementBegin
create function pgcast.expire(keep integer) returns setof public.job_runs
  language plpgsql set search_path = ''
as $$
begin
  return query
  with crowded as (
    select r.job_id from public.job_runs r
    where r.status = 'completed' and r.expired_at is null
    group by r.job_id having count(*) > keep
  ), old as (
    select o.forecast_id
    from crowded c
    cross join lateral (
      select r.forecast_id from public.job_runs r
      where r.job_id = c.job_id and r.status = 'completed' and r.expired_at is null
      order by r.finished_at desc, r.forecast_id
      offset keep
    ) o
    union all
    select r.forecast_id from public.job_runs r
    where r.status in ('failed', 'canceled') and r.expired_at is null
      and r.finished_at < clock_timestamp() - interval '1 minute'
  )
  update public.job_runs r
  set expired_at = clock_timestamp()
  from old
  where r.forecast_id = old.forecast_id and r.expired_at is null
  returning r.*;
end
$$;
-- +goose StatementEnd

-- The newest completed run of each job whose status changed within a time,
-- newest first: what a late write of a frozen processor may have touched.
-- +goose StatementBegin
create function pgcast.recent_runs(within interval) returns setof public.job_runs
  language plpgsql stable set search_path = ''
as $$
begin
  return query
  with changed as (
    select distinct e.job_id from public.job_events e
    where e.at > now() - within
  )
  select r.*
  from changed c
  cross join lateral (
    select k.* from public.job_runs k
    where k.job_id = c.job_id and k.status = 'completed' and k.expired_at is null
    order by k.finished_at desc limit 1
  ) r
  order by r.finished_at desc;
end
$$;
-- +goose StatementEnd
