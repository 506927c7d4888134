-- The part of Supabase that the schema leans on, for a plain Postgres: three
-- roles and the schema auth. Not a migration: `pgcast up` runs it first, and it
-- refuses to run where the real thing is. Safe to run again.

do $$
declare
  missing name;
  -- From 16 on who makes a role may administer it, and is a member, but may not
  -- become it.
  become text := case when current_setting('server_version_num')::int < 160000 then 'member' else 'set' end;
begin
  if to_regclass('auth.users') is not null
    or exists (select from pg_catalog.pg_roles where rolname in ('supabase_admin', 'supabase_auth_admin', 'supabase_storage_admin'))
  then
    raise exception 'this is a Supabase project: it has the roles and the schema auth already'
      using errcode = 'PC409', hint = 'Run "pgcast migrate" instead.';
  end if;

  foreach missing in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select from pg_catalog.pg_roles where rolname = missing) then
      begin
        execute format('create role %I nologin', missing);
      exception when duplicate_object or unique_violation then
        null; -- another database of this server was faster
      end;
    end if;
  end loop;
  if not (select rolbypassrls from pg_catalog.pg_roles where rolname = 'service_role') then
    alter role service_role bypassrls;
  end if;
  if not (pg_has_role('anon', become) and pg_has_role('authenticated', become) and pg_has_role('service_role', become)) then
    grant anon, authenticated, service_role to current_user;
  end if;
end
$$;

create schema if not exists auth;
grant usage on schema auth to anon, authenticated, service_role;
grant usage on schema public to anon, authenticated, service_role;

-- As in supabase/auth: the claims of the request, empty text counting as none.
create or replace function auth.jwt() returns jsonb
  language sql stable set search_path = ''
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
$$;

create or replace function auth.uid() returns uuid
  language sql stable set search_path = ''
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
  )::uuid
$$;

create or replace function auth.role() returns text
  language sql stable set search_path = ''
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
  )
$$;
