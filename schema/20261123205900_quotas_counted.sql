-- +goose Up

-- Counts what a quota is about to bound, and nothing else: whoever asks for a
-- run does not have their files added up. Otherwise as before.
-- +goose StatementBegin
create or replace function pgcast.spend(jobs bigint, bytes bigint, runs bigint) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  me constant uuid := pgcast.require_user();
  q record;
  used bigint;
  oldest timestamptz;
  over text;
begin
  select * into q from pgcast.quotas_of();
  if not (spend.jobs > 0 and greatest(q.jobs, q.bytes) > 0 or spend.runs > 0 and greatest(q.runs, q.waiting) > 0) then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('pgcast.quotas ' || me, 0));

  if q.jobs > 0 and spend.jobs > 0 then
    select count(*) into used from public.jobs j where j.user_id = me;
    if used + spend.jobs > q.jobs then
      over := 'jobs ' || q.jobs || ' 0';
    end if;
  end if;

  if over is null and q.bytes > 0 and spend.jobs > 0 then
    select coalesce(sum(j.file_bytes), 0) into used from public.jobs j where j.user_id = me;
    if used + spend.bytes > q.bytes then
      over := 'bytes ' || q.bytes || ' 0';
    end if;
  end if;

  if over is null and q.runs > 0 and spend.runs > 0 then
    select count(*), min(r.created_at)
    into used, oldest
    from public.jobs j
    join public.job_runs r on r.job_id = j.id
    where j.user_id = me
      and j.updated_at > now() - interval '1 day'
      and r.created_at > now() - interval '1 day'
      and r.status <> 'failed';
    if used + spend.runs > q.runs then
      over := 'runs_per_day ' || q.runs || ' ' || ceil(extract(epoch from oldest + interval '1 day' - now()))::bigint;
    end if;
  end if;

  -- Each part has an index of its own; a job that is due has params.
  if over is null and q.waiting > 0 and spend.runs > 0 then
    used := (select count(*) from public.jobs j where j.user_id = me and j.status = 'pending' and j.due)
      + (select count(*) from public.jobs j where j.user_id = me and j.status = 'pending' and not j.due and j.params is not null)
      + (select count(*) from public.jobs j where j.user_id = me and j.status = 'processing');
    if used + spend.runs > q.waiting then
      over := 'waiting_runs ' || q.waiting || ' 5';
    end if;
  end if;

  if over is not null then
    raise exception 'a quota is used up' using errcode = 'PC429', detail = over;
  end if;
end
$$;
-- +goose StatementEnd
