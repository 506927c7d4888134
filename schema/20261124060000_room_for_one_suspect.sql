-- +goose Up

-- Jobs under which processors died run alone in their process. While all
-- processors are busy, one of them makes room, and the others go on claiming: a
-- job that kills is not to keep the whole house waiting.

alter table public.processors add column alone_until timestamptz;
comment on column public.processors.alone_until is 'claims nothing until it holds nothing, to run a job alone under which processors died; renewed meanwhile';

-- make_room reports whether the processor is the one that makes room. It is for
-- 15 seconds, and may ask again before they are over.
-- +goose StatementBegin
create function pgcast.make_room(processor text) returns boolean
language plpgsql set search_path = '' as $$
begin
  perform pg_advisory_xact_lock('public.processors'::regclass::oid::integer, 0);
  update public.processors p
  set alone_until = clock_timestamp() + interval '15 seconds'
  where p.id = processor
    and not exists (select from public.processors o where o.id <> processor and o.alone_until > clock_timestamp());
  return found;
end
$$;
-- +goose StatementEnd

revoke all on function pgcast.make_room(text) from public, anon, authenticated;
grant execute on function pgcast.make_room(text) to service_role;
