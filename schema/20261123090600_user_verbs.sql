-- +goose Up

-- What a user may do, and only with rows of their own: users have no right to
-- write the tables. PC404 says there is no such row of theirs, PC409 that the
-- job's state does not allow it.

-- +goose StatementBegin
create function pgcast.require_user() returns uuid
  language plpgsql stable set search_path = ''
as $$
declare
  me constant uuid := auth.uid();
begin
  if me is null then
    raise exception 'nobody is signed in'
      using errcode = 'insufficient_privilege', hint = 'Set request.jwt.claims to the claims of the user.';
  end if;
  return me;
end
$$;
-- +goose StatementEnd

-- The caller's job, locked. Raises PC404.
-- +goose StatementBegin
create function pgcast.own_job(job uuid) returns public.jobs
  language plpgsql set search_path = ''
as $$
declare
  own public.jobs;
begin
  select * into own from public.jobs j where j.id = job and j.user_id = pgcast.require_user() for update;
  if not found then
    raise exception 'no job % of yours', job using errcode = 'PC404';
  end if;
  return own;
end
$$;
-- +goose StatementEnd

-- Stores an uploaded file; with params it is queued at once. The input must lie
-- in the job's own folder: services read it with the right to read everything.
-- +goose StatementBegin
create function pgcast.create_job(
  id uuid, input_file_path text, file_name text, file_bytes bigint, file_sha256 text,
  columns text, time_candidates text, preview text, profile jsonb, params jsonb
) returns public.jobs
  language plpgsql security definer set search_path = ''
as $$
declare
  me constant uuid := pgcast.require_user();
  made public.jobs;
begin
  if input_file_path is distinct from me || '/' || id || '/input.csv' then
    raise exception 'input_file_path is "%"', input_file_path
      using errcode = 'check_violation', hint = format('The input of this job is %s/%s/input.csv.', me, id);
  end if;
  perform pgcast.spend(1, create_job.file_bytes, case when create_job.params is null then 0 else 1 end);
  perform set_config('pgcast.asker', 'api', true);
  insert into public.jobs (
    id, user_id, input_file_path, file_name, file_bytes, file_sha256, columns, time_candidates, preview, profile, params
  )
  values (
    create_job.id, me, create_job.input_file_path, create_job.file_name, create_job.file_bytes, create_job.file_sha256,
    create_job.columns, create_job.time_candidates, create_job.preview, create_job.profile, create_job.params
  )
  returning * into made;
  perform set_config('pgcast.asker', '', true);
  return made;
end
$$;
-- +goose StatementEnd

-- Asks for a forecast: a pending job takes the params, one that has ended gets a
-- new run, a running one is left alone (PC409).
-- +goose StatementBegin
create function pgcast.request_run(job uuid, params jsonb) returns public.jobs
  language plpgsql security definer set search_path = ''
as $$
declare
  own public.jobs := pgcast.own_job(job);
begin
  if own.status = 'processing' then
    raise exception 'job % is running', job
      using errcode = 'PC409', hint = 'Wait until it has ended, or cancel it first.';
  end if;
  perform pgcast.spend(0, 0, case when own.status = 'pending' and own.params is not null then 0 else 1 end);
  perform set_config('pgcast.asker', 'api', true);
  update public.jobs j set params = coalesce(request_run.params, '{}'), status = 'pending'
  where j.id = job
  returning * into own;
  perform set_config('pgcast.asker', '', true);
  return own;
end
$$;
-- +goose StatementEnd

-- Runs a job again; without params, as it ran before.
-- +goose StatementBegin
create function pgcast.reprocess(job uuid, params jsonb default null) returns public.jobs
  language plpgsql security definer set search_path = ''
as $$
declare
  own public.jobs := pgcast.own_job(job);
begin
  return pgcast.request_run(job, coalesce(reprocess.params, own.params));
end
$$;
-- +goose StatementEnd

-- Stops a job, also while it runs. A canceled one stays as it is; one that has
-- completed or failed has nothing to stop (PC409).
-- +goose StatementBegin
create function pgcast.cancel_job(job uuid) returns public.jobs
  language plpgsql security definer set search_path = ''
as $$
declare
  own public.jobs := pgcast.own_job(job);
begin
  update public.jobs j set status = 'canceled'
  where j.id = job and j.status <> 'canceled'
  returning * into own;
  if found then
    return own;
  end if;
  return pgcast.own_job(job);
end
$$;
-- +goose StatementEnd

-- Removes a job and its runs; the audit trail stays.
-- +goose StatementBegin
create function pgcast.delete_job(job uuid) returns void
  language plpgsql security definer set search_path = ''
as $$
begin
  perform pgcast.own_job(job);
  delete from public.jobs j where j.id = job;
end
$$;
-- +goose StatementEnd

-- A ticket that opens one connection within 30 seconds, for clients that cannot
-- set headers.
-- +goose StatementBegin
create function pgcast.issue_ticket() returns table (ticket text, expires_at timestamptz)
  language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  me constant uuid := pgcast.require_user();
  secret constant text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
begin
  delete from pgcast.tickets t
  where t.hash = any (array(
    select x.hash from pgcast.tickets x
    where x.expires_at < now()
    order by x.expires_at
    limit 100
    for update skip locked));

  return query
  insert into pgcast.tickets as t (hash, user_id, role, expires_at)
  values (
    sha256(convert_to(secret, 'UTF8')), me, coalesce(auth.role(), 'authenticated'),
    clock_timestamp() + interval '30 seconds'
  )
  returning secret, t.expires_at;
end
$$;
-- +goose StatementEnd

-- Uses a ticket up. No row: unknown, used or expired.
create function pgcast.redeem_ticket(ticket text) returns table (user_id uuid, role text)
  language sql set search_path = ''
as $$
  delete from pgcast.tickets t
  where t.hash = sha256(convert_to(ticket, 'UTF8')) and t.expires_at > clock_timestamp() and t.pass is null
  returning t.user_id, t.role
$$;

-- Uses a ticket up for a stream of events, and yields a pass: an EventSource that
-- was cut comes back by itself to the address it knows, with the used ticket in
-- it, and shows in a header what the stream has told it. No row: unknown, used or
-- expired.
create function pgcast.open_stream(ticket text, term interval)
  returns table (user_id uuid, role text, pass text, expires_at timestamptz)
  language sql set search_path = ''
as $$
  with made as materialized (
    select replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '') as secret
  )
  update pgcast.tickets t
  set pass = sha256(convert_to(made.secret, 'UTF8')), expires_at = clock_timestamp() + term
  from made
  where t.hash = sha256(convert_to(ticket, 'UTF8')) and t.expires_at > clock_timestamp() and t.pass is null
  returning t.user_id, t.role, made.secret, t.expires_at
$$;

-- Whose stream a ticket and its pass open again. No row: they do not belong
-- together, or their time is over.
create function pgcast.reopen_stream(ticket text, pass text)
  returns table (user_id uuid, role text, expires_at timestamptz)
  language sql stable set search_path = ''
as $$
  select t.user_id, t.role, t.expires_at
  from pgcast.tickets t
  where t.hash = sha256(convert_to(ticket, 'UTF8')) and t.pass = sha256(convert_to(reopen_stream.pass, 'UTF8'))
    and t.expires_at > clock_timestamp()
$$;

-- Ends what a pass is good for.
create function pgcast.end_pass(pass text) returns void
  language sql set search_path = ''
as $$
  delete from pgcast.tickets t where t.pass = sha256(convert_to(end_pass.pass, 'UTF8'))
$$;
