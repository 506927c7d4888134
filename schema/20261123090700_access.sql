-- +goose Up

-- Who may do what. Everything is closed first, then opened by name: older
-- projects have default grants, newer ones have none.

revoke all on public.jobs, public.job_runs, public.job_events, public.processors from public, anon, authenticated;
revoke all on all tables in schema pgcast from public, anon, authenticated, service_role;
revoke all on all sequences in schema pgcast from public, anon, authenticated;
revoke all on sequence public.job_events_id_seq from public, anon, authenticated;
revoke all on all functions in schema pgcast from public, anon, authenticated;

-- The service role passes by row level security, so it needs no policy.
grant usage on schema pgcast to service_role;
grant all on public.jobs, public.job_runs, public.job_events, public.processors to service_role;
grant all on pgcast.notifiers, pgcast.tickets, pgcast.leftovers, pgcast.doubts to service_role;
grant all on sequence public.job_events_id_seq, pgcast.fences, pgcast.turns, pgcast.asks to service_role;
grant execute on all functions in schema pgcast to service_role;

-- A user reads rows of their own, and writes through the verbs alone.
grant usage on schema pgcast to authenticated;
grant select on public.jobs, public.job_runs, public.job_events to authenticated;
grant execute on function
  pgcast.create_job(uuid, text, text, bigint, text, text, text, text, jsonb, jsonb),
  pgcast.request_run(uuid, jsonb),
  pgcast.reprocess(uuid, jsonb),
  pgcast.cancel_job(uuid),
  pgcast.delete_job(uuid),
  pgcast.issue_ticket()
to authenticated;

create policy "users read their own jobs" on public.jobs
  for select to authenticated using ((select auth.uid()) = user_id);
create policy "users read their own runs" on public.job_runs
  for select to authenticated using ((select auth.uid()) = user_id);
create policy "users read their own events" on public.job_events
  for select to authenticated using ((select auth.uid()) = user_id);

-- Files, where the database knows them (Supabase): a user may put an upload into
-- their own folder and read what lies there. Results are written by processors
-- only. A policy that opens our bucket to everyone is dropped.
-- +goose StatementBegin
do $$
declare
  policy name;
begin
  if to_regclass('storage.objects') is null then
    return;
  end if;
  for policy in
    select p.policyname from pg_catalog.pg_policies p
    where p.schemaname = 'storage' and p.tablename = 'objects'
      and (p.policyname in ('users read their own forecast files', 'users upload into their own folder')
        or (p.roles = '{public}' and coalesce(p.qual, '') || coalesce(p.with_check, '') like '%''forecast-uploads''%'))
  loop
    execute format('drop policy %I on storage.objects', policy);
  end loop;

  create policy "users read their own forecast files" on storage.objects
    for select to authenticated
    using (bucket_id = 'forecast-uploads' and split_part(name, '/', 1) = (select auth.uid())::text);
  create policy "users upload into their own folder" on storage.objects
    for insert to authenticated
    with check (
      bucket_id = 'forecast-uploads'
      and split_part(name, '/', 1) = (select auth.uid())::text
      and name not like '%/runs/%'
      and name !~ '/(output\.json|forecast\.csv|forecast\.png)$'
    );
exception when insufficient_privilege then
  raise warning 'policies on storage.objects are left as they are: %', sqlerrm
    using hint = 'Run the migrations as the role postgres of the project.';
end
$$;
-- +goose StatementEnd
