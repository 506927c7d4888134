package db_test

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

func TestJobsOfADeadProcessorAreTakenBack(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	_, claim := jobIn(t, d, user, "processing")

	const key = int64(math.MinInt64 + 7) // any 64-bit number is a key
	life := d.Connect(t)
	if _, err := life.Exec(ctx, `select pg_advisory_lock($1)`, key); err != nil {
		t.Fatal(err)
	}
	if err := d.Heartbeat(ctx, job.Processor{ID: "first", Name: "host", Slots: 4, Running: 1, LockKey: key}); err != nil {
		t.Fatal(err)
	}
	if n, err := d.Rescue(ctx); err != nil || n != 0 {
		t.Fatalf("rescued %d of a living processor, %v", n, err)
	}

	died := time.Now()
	if err := life.Close(ctx); err != nil { // what the death of the process does
		t.Fatal(err)
	}
	dbtest.Eventually(t, "the job to be rescued", func() bool {
		n, err := d.Rescue(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return n == 1
	})
	if took := time.Since(died); took < 500*time.Millisecond || took > 20*time.Second { // a wide bar for a busy machine; without its lock it would be 40 s
		t.Errorf("took %v; a living processor has 600 ms to register again, and a dead one's jobs wait at most 2 s", took)
	}
	after := row(t, d, claim.ID)
	if after.Status != job.Pending || after.ErrorCode != "processor_lost" || after.Attempts != 1 || after.RunAt.After(time.Now()) {
		t.Errorf("row %+v", after)
	}
}

func TestLostLockOfALivingProcessorIsNoCrash(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.New(t), t.Context()
	jobIn(t, d, newUser(), "processing")
	if err := d.Heartbeat(ctx, job.Processor{ID: "first", LockKey: 42}); err != nil { // nobody holds 42
		t.Fatal(err)
	}
	if n, err := d.Rescue(ctx); err != nil || n != 0 {
		t.Fatalf("rescued %d at once, %v", n, err)
	}
	if err := d.Heartbeat(ctx, job.Processor{ID: "first"}); err != nil { // it registers again, without a lock
		t.Fatal(err)
	}
	d.Exec(t, `update processors set heartbeat_at = now() - interval '20 seconds'`)
	if n, err := d.Rescue(ctx); err != nil || n != 0 {
		t.Errorf("rescued %d of a processor heard of 20 s ago, %v", n, err)
	}
	if err := d.Deregister(ctx, "first"); err != nil {
		t.Fatal(err)
	}
	if n, err := d.Rescue(ctx); err != nil || n != 1 {
		t.Errorf("rescued %d of a processor that left, %v", n, err)
	}
}

// TestPoisonousJobHarmsNobody: a job under which two processors died is not
// claimed among others, and ends with the third.
func TestPoisonousJobHarmsNobody(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	id := d.Job(t, user, `{}`).ID
	die := func() {
		t.Helper()
		d.Exec(t, `update processors set heartbeat_at = now() - interval '31 seconds'`)
		if n, err := d.Rescue(ctx); err != nil || n != 1 {
			t.Fatalf("rescued %d, %v", n, err)
		}
	}
	for range 2 {
		if none, err := d.ClaimSuspect(ctx, "victim"); err != nil || len(none) != 0 {
			t.Errorf("a suspect too early: %v, %v", none, err)
		}
		claimOne(t, d, "victim")
		die()
	}
	if none, err := d.Claim(ctx, "victim", 5, 0); err != nil || len(none) != 0 {
		t.Errorf("claimed among others: %v, %v", none, err)
	}
	if p, err := d.Promote(ctx); err != nil || !p.Suspects {
		t.Errorf("%+v, %v; want suspects", p, err)
	}
	alone, err := d.ClaimSuspect(ctx, "victim")
	if err != nil || len(alone) != 1 || alone[0].ID != id || alone[0].Attempt != 3 || alone[0].MaxAttempts != 5 {
		t.Fatalf("%+v, %v", alone, err)
	}
	die()
	if after := row(t, d, id); after.Status != job.Failed || after.ErrorCode != "processor_lost" || after.FinishedAt == nil {
		t.Errorf("row %+v", after)
	}
	events, err := d.Events(ctx, user, id)
	if last := events[len(events)-1]; err != nil || last.Status != job.Failed || last.Code != "processor_lost" || last.Processor != "victim" {
		t.Errorf("last event %+v, %v", last, err)
	}

	// Asked for again, it starts without a past.
	d.Exec(t, `update jobs set status = 'pending'`)
	if c := claimOne(t, d, "p"); c.Attempt != 1 || c.MaxAttempts != 3 {
		t.Errorf("%+v", c)
	}
}

func TestProgressIsBoundedAndStaysInItsPage(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.New(t), t.Context()
	running, claim := jobIn(t, d, newUser(), "processing")
	// Texts of every size, also such that just fit into the row.
	d.Exec(t, `update jobs set preview = (select string_agg(md5(i::text), '') from generate_series(1, 12000) i), columns = repeat('x', 1500)`)
	report := func(fraction float64, stage string) job.Job {
		t.Helper()
		lost, err := d.Report(ctx, []job.Tick{{ID: claim.ID, Fence: claim.Fence, Progress: job.Progress{Fraction: fraction, Stage: stage}}})
		if err != nil || len(lost) != 0 {
			t.Fatalf("report: lost %v, %v", lost, err)
		}
		return row(t, d, claim.ID)
	}
	// age lets a second pass for the row.
	age := func() {
		d.Exec(t, `select set_config('pgcast.verb', 'report_progress', false); update jobs set updated_at = updated_at - interval '1 second'; reset pgcast.verb`)
	}

	base := row(t, d, running.ID).Version
	if j := report(0.5, "fit"); j.Version != base {
		t.Errorf("written within a second of the last change")
	}
	age()
	if j := report(0.5, "fit"); j.Version != base+1 || j.Progress != (job.Progress{Fraction: 0.5, Stage: "fit"}) {
		t.Errorf("%+v", j)
	}
	age()
	if j := report(0.5, "fit"); j.Version != base+1 {
		t.Errorf("written although it did not move")
	}
	if j := report(math.NaN(), "fit"); j.Progress.Fraction != 0 && j.Progress.Fraction != 0.5 {
		t.Errorf("NaN became %v", j.Progress.Fraction)
	}
	age()
	if j := report(7, "end"); j.Progress.Fraction != 1 {
		t.Errorf("7 became %v", j.Progress.Fraction)
	}
	if n := hotShare(t, d, func() { age(); report(0.7, "x") }); n < 0.95 {
		t.Errorf("%.0f %% of the updates stayed in their page, want 95 %%", n*100)
	}
	if wal := walOf(t, d, claim, age); wal < 100 || wal > 1000 {
		t.Errorf("a report on a row with wide texts wrote %.0f bytes of WAL, want 1 kB at most", wal)
	}
	for _, size := range []int{0, 200, 500, 1500, 1990, 5000} {
		d.Exec(t, `update jobs set columns = null, time_candidates = null, profile = null,
			preview = (select left(string_agg(md5(i::text), ''), $1::int) from generate_series(1, 200) i)`, size)
		if wal := walOf(t, d, claim, age); wal < 100 || wal > 1000 {
			t.Errorf("a report on a row with %d bytes of text wrote %.0f bytes of WAL, want 1 kB at most", size, wal)
		}
	}
	events := 0
	if err := d.Pool().QueryRow(ctx, `select count(*) from job_events`).Scan(&events); err != nil || events != 2 {
		t.Errorf("%d events, %v; progress is none", events, err)
	}
}

// hotShare is the share of updates of jobs that were HOT while do ran 20 times.
func hotShare(t *testing.T, d *dbtest.DB, do func()) float64 {
	t.Helper()
	before := updates(t, d)
	for range 20 {
		do()
	}
	after := updates(t, d)
	return float64(after[1]-before[1]) / float64(after[0]-before[0])
}

func updates(t *testing.T, d *dbtest.DB) (n [2]int64) {
	t.Helper()
	conn, ctx := d.Connect(t), context.Background()
	// Sessions report their counts when they are idle and asked to.
	d.Exec(t, `select pg_stat_force_next_flush()`)
	d.Pool().Reset() // the counts of a closed session are in
	var last [2]int64
	dbtest.Eventually(t, "the counters to settle", func() bool {
		last = n
		if err := conn.QueryRow(ctx, `select n_tup_upd, n_tup_hot_upd from pg_stat_all_tables where relid = 'jobs'::regclass`).Scan(&n[0], &n[1]); err != nil {
			t.Fatal(err)
		}
		return n == last && n[0] > 0
	})
	return n
}

// walOf is what one progress report writes to the WAL, in bytes, by the
// account of its own session; the least of three, because the first change of a
// page after a checkpoint writes the whole page.
func walOf(t *testing.T, d *dbtest.DB, c job.Claim, age func()) float64 {
	t.Helper()
	least := math.Inf(1)
	for i := range 3 {
		age()
		var plans []struct {
			Plan struct {
				Bytes float64 `json:"WAL Bytes"`
			}
		}
		err := d.Pool().QueryRow(context.Background(), fmt.Sprintf(
			`explain (analyze, wal, format json) select pgcast.report_progress('{%s}', '{%d}', '{0.%d}', '{fit}')`, c.ID, c.Fence, i+2)).Scan(&plans)
		if err != nil || len(plans) != 1 {
			t.Fatal(plans, err)
		}
		least = min(least, plans[0].Plan.Bytes)
	}
	return least
}

func TestJobsLiveIsForReading(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.New(t), t.Context()
	jobIn(t, d, newUser(), "processing")
	d.Exec(t, `update processors set name = 'web-1'`)
	type live struct{ File, Processor, Attempt, Done string }
	rows, err := d.Pool().Query(ctx, `select file, processor, attempt, done from jobs_live`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[live])
	if err != nil || got != (live{"sales.csv", "web-1", "1 of 3", "0 %"}) {
		t.Errorf("%+v, %v", got, err)
	}
}
