package db_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

// claimOrder claims n jobs one by one and says whose they were.
func claimOrder(t *testing.T, d *dbtest.DB, n int) (owners []job.UserID) {
	t.Helper()
	for range n {
		owners = append(owners, claimOne(t, d, "p").UserID)
	}
	return owners
}

func insertJobs(t *testing.T, d *dbtest.DB, user job.UserID, n int) {
	t.Helper()
	d.Exec(t, `insert into jobs (user_id, status) select $1::uuid, 'failed' from generate_series(1, $2::int)`, user.String(), n)
}

const rerun = `update jobs set status = 'pending' where status = 'failed'`

func TestOneJobBehindAnothersBacklogIsNext(t *testing.T) {
	t.Parallel()
	backlogs := map[string]func(t *testing.T, d *dbtest.DB, user job.UserID){
		"one UPDATE": func(t *testing.T, d *dbtest.DB, user job.UserID) {
			insertJobs(t, d, user, 5000)
			d.Exec(t, rerun)
		},
		"many asks": func(t *testing.T, d *dbtest.DB, user job.UserID) {
			insertJobs(t, d, user, 500)
			d.Exec(t, `do $$ declare j uuid; begin
				for j in select id from jobs loop
					update jobs set status = 'pending' where id = j;
					commit;
				end loop;
			end $$`)
		},
	}
	for name, ask := range backlogs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, many, one := dbtest.New(t), newUser(), newUser()
			ask(t, d, many)
			for range 3 { // at any time
				claimOrder(t, d, 5)
				id := d.Job(t, one, `{}`).ID
				if a, b := claimOne(t, d, "p"), claimOne(t, d, "p"); a.ID != id && b.ID != id {
					t.Errorf("claimed two jobs of %s before the one of %s", a.UserID, one)
				}
			}
			// Nor does a user wait for a backlog of their own when somebody
			// looks at the page.
			id := d.Job(t, many, `{}`).ID
			if a, b := claimOne(t, d, "p"), claimOne(t, d, "p"); a.ID != id && b.ID != id {
				t.Error("an upload waits behind the same user's rows from psql")
			}
		})
	}
}

func TestUsersOfOneUpdateTakeTurns(t *testing.T) {
	t.Parallel()
	d, a, b := dbtest.New(t), newUser(), newUser()
	insertJobs(t, d, a, 100)
	insertJobs(t, d, b, 20)
	d.Exec(t, rerun)
	seen := map[job.UserID]int{}
	for i, owner := range claimOrder(t, d, 40) {
		seen[owner]++
		if gap := seen[a] - seen[b]; gap < -1 || gap > 1 {
			t.Fatalf("after %d claims: %d of one and %d of the other", i+1, seen[a], seen[b])
		}
	}
	// Who was idle has no credit: b asks anew, and does not overtake twice.
	claimOrder(t, d, 30)
	insertJobs(t, d, b, 20)
	d.Exec(t, rerun)
	clear(seen)
	for range 10 {
		for _, owner := range claimOrder(t, d, 2) {
			seen[owner]++
		}
	}
	if seen[b] < 9 || seen[b] > 11 {
		t.Errorf("%d of 20 claims went to the one who was idle, want half", seen[b])
	}
}

// One UPDATE remembers where so many users stand; none is given a place twice,
// or behind the others.
func TestManyUsersOfOneUpdateTakeTurns(t *testing.T) {
	t.Parallel()
	const users, each = 3000, 3
	d := dbtest.New(t)
	d.Exec(t, fmt.Sprintf(`insert into jobs (user_id, status) select ('00000000-0000-0000-0000-' || lpad((i %% %d)::text, 12, '0'))::uuid, 'failed'
		from generate_series(1, %d) i`, users, users*each))
	d.Exec(t, rerun)
	var places, most, last int
	err := d.Pool().QueryRow(t.Context(), `
		select count(distinct turn), max(n), max(last) from (
			select turn, count(*) over (partition by user_id, turn >> 20) as n, turn >> 20 as last from jobs
		) x`).Scan(&places, &most, &last)
	if err != nil || places != users*each || most != 1 || last > 2*each {
		t.Errorf("%d places for %d jobs, %d of a user in one step, %d steps, %v; want %d steps", places, users*each, most, last, err, each)
	}
}

func TestPrioritiesHoldAndTheClockNeverGoesBack(t *testing.T) {
	t.Parallel()
	d, user := dbtest.New(t), newUser()
	for _, priority := range []int{0, -5, 10, 0, 20, -5} {
		d.Exec(t, `insert into jobs (user_id, params, priority) values ($1::uuid, '{}', $2::int)`, user.String(), priority)
	}
	clock := func() (v int64) {
		t.Helper()
		if err := d.Pool().QueryRow(t.Context(), `select last_value from pgcast.turns`).Scan(&v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	last := clock()
	for _, want := range []int{20, 10, 0, 0, -5, -5} {
		c := claimOne(t, d, "p")
		now := clock()
		if c.Priority != want || now < last || (now > last) != (want == 0) || want == 0 && now != c.Turn {
			t.Errorf("priority %d, want %d; clock %d after %d", c.Priority, want, now, last)
		}
		last = now
	}
	d.Job(t, user, `{}`)
	d.Exec(t, `select setval('pgcast.turns', $1::bigint)`, last+1<<30) // as if others had claimed meanwhile
	if c, now := claimOne(t, d, "p"), clock(); c.Turn >= now || now != last+1<<30 {
		t.Errorf("clock %d after %d, which was past turn %d", now, last+1<<30, c.Turn)
	}
}

// TestAForgottenTransactionDoesNotSlowTheClaim counts pages, not time: an old
// snapshot keeps the dead entries of thousands of claimed jobs in the index.
func TestAForgottenTransactionDoesNotSlowTheClaim(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	old := d.Connect(t)
	if _, err := old.Exec(ctx, `begin isolation level repeatable read; select count(*) from jobs`); err != nil {
		t.Fatal(err)
	}
	insertJobs(t, d, user, 6000)
	d.Exec(t, rerun)
	var mark int64
	for range 11 {
		claims, err := d.Claim(ctx, "p", 500, 0)
		if err != nil || len(claims) != 500 {
			t.Fatal(len(claims), err)
		}
		mark = claims[len(claims)-1].Turn
	}
	pages := func(above int64) (n int) {
		t.Helper()
		conn := d.Connect(t)
		var plans []struct {
			Plan struct {
				Hit  int `json:"Shared Hit Blocks"`
				Read int `json:"Shared Read Blocks"`
			}
		}
		for range 2 { // the first one of a session reads the catalog
			q := fmt.Sprintf(`explain (analyze, buffers, format json) select * from pgcast.claim('p', 1, %d)`, above)
			if err := conn.QueryRow(ctx, q).Scan(&plans); err != nil {
				t.Fatal(err)
			}
		}
		return plans[0].Plan.Hit + plans[0].Plan.Read
	}
	all, bounded := pages(0), pages(mark)
	t.Logf("%d pages without a mark, %d with it", all, bounded)
	if bounded > 250 || all < 4*bounded {
		t.Errorf("a claim read %d pages with a mark and %d without", bounded, all)
	}
	var scans int
	err := old.QueryRow(ctx, `select count(*) from jobs`).Scan(&scans)
	if err != nil || scans != 0 {
		t.Errorf("the old transaction sees %d rows, %v", scans, err)
	}
}

// Index ranges are all that a claim reads.
func TestAClaimScansNoTable(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.New(t), t.Context()
	insertJobs(t, d, newUser(), 3000)
	d.Exec(t, rerun+`; analyze jobs`)
	tx, err := d.Connect(t).Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	var scans, fetched int
	for _, sql := range []string{`select pgcast.claim('p', 10, 5)`, `select pgcast.promote()`, `select pgcast.claim_suspect('p')`} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	err = tx.QueryRow(ctx, `select seq_scan, idx_tup_fetch from pg_stat_xact_user_tables where relname = 'jobs'`).Scan(&scans, &fetched)
	if err != nil || scans != 0 || fetched > 60 {
		t.Errorf("%d scans, %d rows fetched for 10 claims, %v", scans, fetched, err)
	}
}

func TestAnEmptyClaimWritesNothing(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.New(t), t.Context()
	d.Job(t, newUser(), `{}`)
	claimOne(t, d, "p")
	var xid *string
	tx, err := d.Connect(t).Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	for _, sql := range []string{`select pgcast.claim('p', 10)`, `select pgcast.claim_suspect('p')`, `select pgcast.promote()`, `select pgcast.release('{}', '{}')`} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.QueryRow(ctx, `select pg_current_xact_id_if_assigned()::text`).Scan(&xid); err != nil || xid != nil {
		t.Errorf("transaction %v, %v", *xid, err)
	}
}

func TestJobsWaitForTheirTime(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	promote := func() job.Promotion {
		t.Helper()
		p, err := d.Promote(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if p := promote(); p != (job.Promotion{}) {
		t.Errorf("%+v of no jobs", p)
	}
	d.Exec(t, `insert into jobs (user_id, params, run_at) values ($1::uuid, '{}', now() + interval '1 hour')`, user.String())
	if p := promote(); p.Promoted != 0 || p.Next < 59*time.Minute || p.Next > time.Hour {
		t.Errorf("%+v", p)
	}
	if none, err := d.Claim(ctx, "p", 1, 0); err != nil || len(none) != 0 {
		t.Errorf("claimed before its time: %v, %v", none, err)
	}
	s := listenIn(t, d)
	if said := s.run(`update jobs set run_at = now()`); said.err != nil || !said.wakes {
		t.Errorf("%+v: moved to now, it is to be claimed", said)
	}
	s.run(`update jobs set run_at = now() + interval '1 second'`)
	if none, err := d.Claim(ctx, "p", 1, 0); err != nil || len(none) != 0 {
		t.Errorf("claimed although it was moved away: %v, %v", none, err)
	}
	dbtest.Eventually(t, "the time to come", func() bool { return promote().Promoted == 1 })
	woken := false
	for _, n := range s.notifications() {
		woken = woken || n.Channel == "pgcast_wake"
	}
	if c := claimOne(t, d, "p"); !woken || c.Attempt != 1 {
		t.Errorf("woken %v, %+v", woken, c)
	}
}

// release, promote and a report pass over rows that somebody holds.
func TestVerbsDoNotWaitForRows(t *testing.T) {
	t.Parallel()
	d, user := dbtest.New(t), newUser()
	_, claim := jobIn(t, d, user, "processing")
	_, other := jobIn(t, d, user, "processing")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	operator := d.Connect(t)
	if _, err := operator.Exec(ctx, fmt.Sprintf(`begin; select from jobs where id = '%s' for update`, claim.ID)); err != nil {
		t.Fatal(err)
	}
	lost, err := d.Report(ctx, []job.Tick{{ID: claim.ID, Fence: claim.Fence, Progress: job.Progress{Fraction: 0.5}}})
	if err != nil || len(lost) != 0 {
		t.Errorf("report: lost %v, %v", lost, err)
	}
	published := 0
	errs := d.Complete(ctx, []job.Completion{{Claim: claim, Outcome: outcome(claim)}, {Claim: other, Outcome: outcome(other)}, {Claim: job.Claim{ID: other.ID, Fence: 1e9}}},
		func(context.Context, job.Claim) error { published++; return nil })
	if !is(errs, job.ErrBusy, nil, job.ErrLeaseLost) || published != 1 {
		t.Errorf("complete: %v, published %d", errs, published)
	}
	if err := d.Release(ctx, []job.Claim{claim}); err != nil {
		t.Error(err)
	}
	if row(t, d, claim.ID).Status != job.Processing || row(t, d, other.ID).Status != job.Completed {
		t.Error("the held row moved, or the other did not")
	}
	if _, err := operator.Exec(ctx, `rollback`); err != nil {
		t.Fatal(err)
	}
	if err := completeOne(ctx, d, claim); err != nil {
		t.Error(err)
	}
}
