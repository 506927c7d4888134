package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// The floor is what a queue costs that does nothing but this benchmark: one
// table with the same index for the claim, one statement to claim a hundred
// rows and one to complete a hundred, each fenced and with its events. Its ids
// grow with time, as pgcast's do. It has no triggers, no runs, no registry of
// processors, and nobody can steer it.
const floorSchema = `
create sequence fences;
create table jobs (
  id uuid primary key default encode(
    set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1), 52, 1), 53, 1),
    'hex')::uuid,
  user_id uuid not null default gen_random_uuid(),
  forecast_id text,
  status text not null default 'pending',
  params jsonb not null default '{}',
  priority integer not null default 0,
  turn bigint generated always as identity,
  attempts integer not null default 0,
  version bigint not null default 1,
  fence bigint,
  claimed_by text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz
);
create index jobs_claimable on jobs (priority desc, turn) where status = 'pending';
create table job_events (
  id bigint generated always as identity primary key,
  job_id uuid not null,
  user_id uuid not null,
  forecast_id text,
  old_status text,
  status text not null,
  version bigint not null,
  attempt integer not null default 0,
  actor text not null,
  application text not null default '',
  processor text,
  code text not null default '',
  message text not null default '',
  at timestamptz not null default clock_timestamp(),
  txid xid8 not null default pg_current_xact_id()
);
create index job_events_by_job on job_events (job_id, id);
create index job_events_by_time on job_events using brin (at);`

const floorPick = `
with picked as (
  select id
  from jobs
  where status = 'pending'
  order by priority desc, turn
  limit $1
  for update skip locked
), claimed as (
  update jobs j
  set status = 'processing', attempts = attempts + 1, version = version + 1, fence = nextval('fences'),
      claimed_by = 'floor', started_at = clock_timestamp(), updated_at = clock_timestamp()
  from picked
  where j.id = picked.id
  returning j.id, j.user_id, j.forecast_id, j.fence, j.version, j.attempts, j.params
)`

const floorClaim = floorPick + `, events as (
  insert into job_events (job_id, user_id, forecast_id, old_status, status, version, attempt, actor, application, processor)
  select id, user_id, forecast_id, 'pending', 'processing', version, attempts, session_user, 'floor', 'floor' from claimed
)
select id::text, fence from claimed`

const floorComplete = `
with done as (
  update jobs j
  set status = 'completed', version = version + 1, finished_at = clock_timestamp(), updated_at = clock_timestamp()
  from unnest($1::text[]::uuid[], $2::bigint[]) as u (id, fence)
  where j.id = u.id and j.fence = u.fence and j.status = 'processing'
  returning j.id, j.user_id, j.forecast_id, j.version, j.attempts
)
insert into job_events (job_id, user_id, forecast_id, old_status, status, version, attempt, actor, application, processor)
select id, user_id, forecast_id, 'processing', 'completed', version, attempts, session_user, 'floor', 'floor' from done`

type floorJob struct {
	ID    string
	Fence int64
}

// floorHouse is a database with the floor's tables.
func (b *bench) floorHouse(ctx context.Context) (url string, conn *pgx.Conn, drop func(), err error) {
	url, dropDatabase, err := b.database(ctx, "template1")
	if err != nil {
		return "", nil, nil, err
	}
	if conn, err = pgx.Connect(ctx, url); err != nil {
		dropDatabase()
		return "", nil, nil, err
	}
	drop = func() {
		_ = conn.Close(context.Background())
		dropDatabase()
	}
	if _, err = conn.Exec(ctx, floorSchema); err != nil {
		drop()
		return "", nil, nil, err
	}
	return url, conn, drop, nil
}

// floorClaimer takes jobs in batches and hands them to whoever reads work.
func floorClaimer(ctx context.Context, conn *pgx.Conn, batch int, work chan<- floorJob) error {
	defer close(work)
	for {
		rows, _ := conn.Query(ctx, floorClaim, batch)
		jobs, err := pgx.CollectRows(rows, pgx.RowToStructByPos[floorJob])
		if err != nil {
			return fmt.Errorf("claim: %w", err)
		}
		if len(jobs) == 0 {
			return nil
		}
		for _, j := range jobs {
			work <- j
		}
	}
}

// floorCompleter completes what is done, as much at a time as there is.
func floorCompleter(ctx context.Context, conn *pgx.Conn, batch int, done <-chan floorJob) error {
	for j := range done {
		ids, fences := []string{j.ID}, []int64{j.Fence}
		for len(ids) < batch {
			j, more := next(done)
			if !more {
				break
			}
			ids, fences = append(ids, j.ID), append(fences, j.Fence)
		}
		if _, err := conn.Exec(ctx, floorComplete, ids, fences); err != nil {
			return fmt.Errorf("complete: %w", err)
		}
	}
	return nil
}

// next waits for one more a little, as a batch wants to be full.
func next(done <-chan floorJob) (floorJob, bool) {
	select {
	case j, open := <-done:
		return j, open
	case <-time.After(time.Millisecond):
		return floorJob{}, false
	}
}
