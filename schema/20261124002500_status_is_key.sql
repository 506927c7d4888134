-- +goose Up

-- The status of a job is in a unique index, from which replication has the old one.
-- For Postgres that makes it a key: whoever writes it takes the strongest lock on
-- the row, which waits for open transactions that refer to the job. So the verbs
-- that pass over rows that are locked ask for that lock when they pick, and neither
-- wait for such a row after all, nor lock each row a second time. They are as
-- before but for that word.
-- +goose StatementBegin
do $$
declare
  verb regprocedure;
  body text;
begin
  foreach verb in array array[
    'pgcast.claim(text, integer, bigint)', 'pgcast.hold(uuid[], bigint[])', 'pgcast.hold_claims(uuid[], bigint[])', 'pgcast.release(uuid[], bigint[])'
  ]::regprocedure[] loop
    body := pg_get_functiondef(verb);
    execute replace(body, 'for no key update', 'for update');
  end loop;
end
$$;
-- +goose StatementEnd

-- Each change of status leaves an entry here that the next vacuum takes away, and
-- each job three events: beside those that came first there is room for them, so
-- that pages are not split, or searched for entries to remove, all the time.
alter index if exists public.jobs_pkey set (fillfactor = 40);
alter index public.jobs_by_user set (fillfactor = 40);
alter index public.job_events_pkey set (fillfactor = 40);
