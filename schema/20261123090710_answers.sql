-- +goose Up

-- What requests with an Idempotency-Key were answered, for a day: so a client
-- that did not hear the answer may ask again, and nothing happens twice. The
-- answer is written in the transaction of what it tells, by any of several doors;
-- a crash leaves both or neither.

create table pgcast.answers (
  user_id uuid not null,
  key text not null,
  fingerprint bytea not null,
  status integer,
  body text,
  expires_at timestamptz not null default clock_timestamp() + interval '24 hours',
  primary key (user_id, key)
);

alter table pgcast.answers enable row level security;
create index answers_expired on pgcast.answers (expires_at);

comment on table pgcast.answers is 'What requests with an Idempotency-Key were answered; kept for 24 hours.';
comment on column pgcast.answers.fingerprint is 'SHA-256 of the request: the same key with another one is refused';

-- Reserves a key until the transaction ends: no rows. Used before: the answer.
-- The insert waits for a transaction that has the same key under way. Raises
-- PC422 when the key was used for another request.
-- +goose StatementBegin
create function pgcast.recall(key text, fingerprint bytea) returns table (status integer, body text)
  language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  me constant uuid := pgcast.require_user();
  old pgcast.answers;
begin
  -- Of what has expired some goes with each call. An index is read up to now(),
  -- which stands still; clock_timestamp() would be compared with every row.
  delete from pgcast.answers a
  where a.ctid = any (array(
    select x.ctid from pgcast.answers x
    where x.expires_at < now()
    order by x.expires_at
    limit 100
    for update skip locked));
  delete from pgcast.answers a
  where a.user_id = me and a.key = recall.key and a.expires_at < now();

  insert into pgcast.answers (user_id, key, fingerprint) values (me, recall.key, recall.fingerprint)
  on conflict do nothing;
  if found then
    return;
  end if;
  select * into old from pgcast.answers a where a.user_id = me and a.key = recall.key;
  if old.fingerprint is distinct from recall.fingerprint then
    raise exception 'the key was used for another request' using errcode = 'PC422';
  end if;
  return query select old.status, old.body;
end
$$;
-- +goose StatementEnd

-- Keeps the answer under a key that the transaction has reserved.
-- +goose StatementBegin
create function pgcast.remember(key text, status integer, body text) returns void
  language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  me constant uuid := pgcast.require_user();
begin
  update pgcast.answers a
  set status = remember.status, body = remember.body
  where a.user_id = me and a.key = remember.key and a.status is null;
end
$$;
-- +goose StatementEnd

-- Whether a key was used: then its file need not be stored again.
-- +goose StatementBegin
create function pgcast.key_used(key text) returns boolean
  language plpgsql stable security definer set search_path = ''
as $$
declare
  me constant uuid := pgcast.require_user();
begin
  return exists (
    select from pgcast.answers a
    where a.user_id = me and a.key = key_used.key and a.expires_at >= clock_timestamp()
  );
end
$$;
-- +goose StatementEnd

-- Locks the caller's job until the transaction ends. Raises PC412 when its
-- version is none of these; none given: any will do.
-- +goose StatementBegin
create function pgcast.expect_version(job uuid, versions bigint[]) returns void
  language plpgsql security definer set search_path = ''
as $$
declare
  own constant public.jobs := pgcast.own_job(job);
begin
  if versions is not null and own.version <> all (versions) then
    raise exception 'job % has version %', job, own.version using errcode = 'PC412';
  end if;
end
$$;
-- +goose StatementEnd

revoke all on pgcast.answers from public, anon, authenticated, service_role;
revoke all on function pgcast.recall(text, bytea), pgcast.remember(text, integer, text),
  pgcast.key_used(text), pgcast.expect_version(uuid, bigint[]) from public, anon, authenticated;
grant execute on function pgcast.recall(text, bytea), pgcast.remember(text, integer, text),
  pgcast.key_used(text), pgcast.expect_version(uuid, bigint[]) to authenticated, service_role;
