-- +goose Up

-- For a person at psql: what runs where, since when, how far.

create view public.jobs_live with (security_invoker = true) as
select
  j.id as job,
  j.file_name as file,
  coalesce(nullif(p.name, ''), j.claimed_by, '(unknown)') as processor,
  j.attempts || ' of ' || j.max_attempts + j.crashes as attempt,
  round((j.progress * 100)::numeric) || ' %' as done,
  j.stage,
  date_trunc('second', j.started_at) as since,
  date_trunc('second', clock_timestamp() - j.started_at) as running_for,
  date_trunc('second', clock_timestamp() - p.heartbeat_at) as last_heartbeat,
  j.user_id
from public.jobs j
left join public.processors p on p.id = j.claimed_by
where j.status = 'processing'
order by j.started_at;

comment on view public.jobs_live is 'What runs where, since when, how far.';

revoke all on public.jobs_live from public, anon, authenticated;
grant select on public.jobs_live to service_role;
