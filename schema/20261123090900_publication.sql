-- +goose Up

-- What the notifiers read. No row filter and no column list: either can refuse
-- an ordinary UPDATE. supabase_realtime is left alone.
-- +goose StatementBegin
do $$
begin
  if not exists (select from pg_catalog.pg_publication where pubname = 'pgcast') then
    create publication pgcast for table public.jobs;
  elsif not exists (
    select from pg_catalog.pg_publication_tables where pubname = 'pgcast' and schemaname = 'public' and tablename = 'jobs'
  ) then
    alter publication pgcast add table public.jobs;
  end if;
end
$$;
-- +goose StatementEnd
