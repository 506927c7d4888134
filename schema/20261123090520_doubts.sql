-- +goose Up

-- Jobs whose files may be wrong. Whoever loses a claim may still be writing: a
-- processor that froze copies an old result over a newer one when it thaws, or
-- stores files that nobody names. So when a claim ends in any other way than by
-- its completion, the job's files are looked at again and again for a while.
create table pgcast.doubts (
  job_id uuid primary key,
  due_at timestamptz not null default clock_timestamp() + interval '3 seconds',
  until timestamptz not null default clock_timestamp() + interval '3 minutes'
);

alter table pgcast.doubts enable row level security;
create index doubts_due on pgcast.doubts (due_at);

comment on table pgcast.doubts is 'Jobs that lost a claim lately. Processors compare their files with their newest result until then.';

-- Has the files of these jobs looked at, from now on for three minutes.
create function pgcast.doubt(jobs uuid[]) returns void
  language sql set search_path = ''
as $$
  insert into pgcast.doubts as d (job_id)
  select distinct u.id from unnest(jobs) as u (id) order by u.id
  on conflict (job_id) do update set until = excluded.until, due_at = least(d.due_at, excluded.due_at)
$$;

-- Hands out jobs whose files are due to be looked at, up to so many. Each comes
-- again after 15 seconds, until a look after its time has succeeded.
-- +goose StatementBegin
create function pgcast.inspect(most integer) returns setof uuid
  language plpgsql set search_path = ''
as $$
begin
  return query
  with due as (
    select d.job_id from pgcast.doubts d
    where d.due_at <= now()
    order by d.due_at
    limit most
    for update skip locked
  )
  update pgcast.doubts d
  set due_at = now() + interval '15 seconds'
  from due
  where d.job_id = due.job_id
  returning d.job_id;
end
$$;
-- +goose StatementEnd

-- Says that the files of these jobs have been looked at and are right.
create function pgcast.assure(jobs uuid[]) returns void
  language sql set search_path = ''
as $$
  delete from pgcast.doubts d where d.job_id = any (assure.jobs) and d.until <= now()
$$;
