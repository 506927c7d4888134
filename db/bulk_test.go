package db_test

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db/dbtest"
)

// One UPDATE of 100,000 rows resets, fences and records every one of them, and
// wakes each listener once.
func TestHundredThousandRowsByOneUpdate(t *testing.T) {
	t.Parallel()
	const n = 100_000
	d, user := dbtest.New(t), newUser()
	d.Exec(t, fmt.Sprintf(`
		insert into jobs (user_id, status, params, preview, finished_at)
		select '%s'::uuid, 'failed', '{"horizon": 3}', repeat('x', 300), now() from generate_series(1, %d)`, user, n))

	s := listenIn(t, d)
	if _, err := s.conn.Exec(t.Context(), `update jobs set status = 'pending' where status = 'failed' and updated_at > now() - interval '1 day'`); err != nil {
		t.Fatal(err)
	}
	sent := s.notifications()
	if len(sent) != 1 || sent[0].Channel != "pgcast_wake" || sent[0].Payload != "" {
		t.Errorf("%d notifications, want one empty wake-up", len(sent))
	}

	var rows, runs, events int
	err := d.Pool().QueryRow(t.Context(), `
		select
			(select count(*) from jobs j join job_runs r on r.forecast_id::text = j.forecast_id where j.status = 'pending' and j.version = 2),
			(select count(*) from job_runs where status = 'pending'),
			(select count(*) from job_events where old_status = 'failed' and status = 'pending')`).Scan(&rows, &runs, &events)
	if err != nil || rows != n || runs != n || events != n {
		t.Errorf("%d rows with %d runs and %d events, %v; want %d of each", rows, runs, events, err, n)
	}

	// The plans of the triggers are kept: made for one row, they must do for many.
	for _, limit := range []int{1, 20_000} {
		_, err := s.conn.Exec(t.Context(), `update jobs set status = 'canceled' where id in (select id from jobs where status = 'pending' limit $1)`, limit)
		if err != nil {
			t.Fatal(err)
		}
	}
	if sent := s.notifications(); len(sent) != 0 {
		t.Errorf("%d notifications for stopping what waits, want none", len(sent))
	}
}

// Claim and complete keep their plans for the session: made when the tables held
// next to nothing, they must find many rows among many by key.
func TestPlansMadeForOneRowDoForMany(t *testing.T) {
	t.Parallel()
	const n = 2000
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	conn := d.Connect(t)
	const verbs = `
		with claimed as materialized (select array_agg(job_id) as jobs, array_agg(fence) as fences from pgcast.claim('p', $1::int)), filled as (
			select jobs, fences, array_fill('x'::text, array[$1::int]) as texts, array_fill('{}'::jsonb, array[$1::int]) as objects from claimed
		)
		select cardinality(held.places)
		from filled, pgcast.hold(jobs, fences) as held, pgcast.complete(held.places, fences, texts, texts, objects, texts, objects)`
	work := func(many int) {
		t.Helper()
		var completed int
		if err := conn.QueryRow(ctx, verbs, many).Scan(&completed); err != nil || completed != many {
			t.Fatalf("completed %d of %d, %v", completed, many, err)
		}
	}
	for range 7 {
		d.Job(t, user, `{}`)
		work(1)
	}
	insertJobs(t, d, user, 4*n)
	d.Exec(t, rerun)
	if _, err := conn.Exec(ctx, `begin`); err != nil {
		t.Fatal(err)
	}
	work(n)
	rows, err := conn.Query(ctx, `
		select relname, seq_scan, idx_tup_fetch from pg_stat_xact_user_tables where relname in ('jobs', 'job_runs') and coalesce(idx_tup_fetch, 0) > 0`)
	if err != nil {
		t.Fatal(err)
	}
	var table string
	var scans, fetched, tables int
	_, err = pgx.ForEachRow(rows, []any{&table, &scans, &fetched}, func() error {
		tables++
		if scans != 0 || fetched > 5*n {
			t.Errorf("%s: %d scans, %d rows fetched for %d jobs", table, scans, fetched, n)
		}
		return nil
	})
	if err != nil || tables != 2 {
		t.Errorf("%d tables, %v", tables, err)
	}
	if _, err := conn.Exec(ctx, `rollback`); err != nil {
		t.Fatal(err)
	}
}
