package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

func TestClaimTakesByPriorityThenAge(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	first, second, urgent, later := d.Job(t, user, `{}`), d.Job(t, user, `{}`), d.Job(t, user, `{}`), d.Job(t, user, `{}`)
	d.Job(t, user, "") // an upload nobody asked about
	d.Exec(t, `update jobs set priority = 10 where id = $1::uuid`, urgent.ID.String())
	d.Exec(t, `update jobs set run_at = now() + interval '1 hour' where id = $1::uuid`, later.ID.String())

	for _, want := range []job.ID{urgent.ID, first.ID, second.ID} {
		if got := claimOne(t, d, "p"); got.ID != want || got.UserID != user || got.Attempt != 1 || got.MaxAttempts != 3 || string(got.Params) != "{}" {
			t.Errorf("claimed %+v, want %s", got, want)
		}
	}
	if claims, err := d.Claim(ctx, "p", 5, 0); err != nil || len(claims) != 0 {
		t.Errorf("claimed %v, %v; want nothing more", claims, err)
	}
}

func TestTwoProcessorsNeverTakeTheSameJob(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	const n = 60
	for range n {
		d.Job(t, user, `{}`)
	}
	taken := make(chan []job.Claim)
	for p := range 4 {
		go func() {
			var mine []job.Claim
			for {
				claims, err := d.Claim(ctx, fmt.Sprint("p", p), 3, 0)
				if err != nil || len(claims) == 0 {
					taken <- mine
					return
				}
				mine = append(mine, claims...)
			}
		}()
	}
	seen, fences := map[job.ID]bool{}, map[int64]bool{}
	for range 4 {
		for _, c := range <-taken {
			seen[c.ID], fences[c.Fence] = true, true
		}
	}
	if len(seen) != n || len(fences) != n {
		t.Errorf("%d jobs under %d fences, want %d", len(seen), len(fences), n)
	}
}

// Everything that takes a job away from a processor fences all its writes.
func TestLateProcessorChangesNothing(t *testing.T) {
	t.Parallel()
	thieves := map[string]func(t *testing.T, d *dbtest.DB, user job.UserID, id job.ID){
		"canceled": func(t *testing.T, d *dbtest.DB, user job.UserID, id job.ID) {
			if _, err := d.Cancel(t.Context(), user, id); err != nil {
				t.Fatal(err)
			}
		},
		"reset": func(t *testing.T, d *dbtest.DB, _ job.UserID, _ job.ID) {
			d.Exec(t, `update jobs set status = 'pending'`)
		},
		"reset and claimed by another": func(t *testing.T, d *dbtest.DB, _ job.UserID, _ job.ID) {
			d.Exec(t, `update jobs set status = 'pending'`)
			claimOne(t, d, "second")
		},
		"rescued and claimed by another": func(t *testing.T, d *dbtest.DB, _ job.UserID, _ job.ID) {
			d.Exec(t, `update processors set heartbeat_at = now() - interval '31 seconds'`)
			if n, err := d.Rescue(t.Context()); err != nil || n != 1 {
				t.Fatalf("rescued %d, %v", n, err)
			}
			claimOne(t, d, "second")
		},
		"deleted": func(t *testing.T, d *dbtest.DB, user job.UserID, id job.ID) {
			if err := d.Delete(t.Context(), user, id); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, steal := range thieves {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, user, ctx := dbtest.New(t), newUser(), t.Context()
			_, late := jobIn(t, d, user, "processing")
			steal(t, d, user, late.ID)
			before := fingerprint(t, d)

			published := false
			err := d.Complete(ctx, []job.Completion{{Claim: late}}, func(context.Context, job.Claim) error { published = true; return nil })[0]
			if !errors.Is(err, job.ErrLeaseLost) || published {
				t.Errorf("complete: %v, published %v", err, published)
			}
			if err := d.Fail(ctx, late, job.Failure{Code: "internal", Retry: true}); !errors.Is(err, job.ErrLeaseLost) {
				t.Errorf("fail: %v", err)
			}
			if err := d.Release(ctx, []job.Claim{late}); err != nil {
				t.Errorf("release: %v", err)
			}
			lost, err := d.Report(ctx, []job.Tick{{ID: late.ID, Fence: late.Fence, Progress: job.Progress{Fraction: 0.5}}})
			if err != nil || len(lost) != 1 || lost[0] != late.ID {
				t.Errorf("report: lost %v, %v", lost, err)
			}
			if after := fingerprint(t, d); after != before {
				t.Errorf("rows changed:\n%s\n%s", before, after)
			}
		})
	}
}

// fingerprint is the text of all rows of jobs, runs and events.
func fingerprint(t *testing.T, d *dbtest.DB) (text string) {
	t.Helper()
	err := d.Pool().QueryRow(t.Context(), `
		select coalesce((select string_agg(j::text, ' ') from jobs j), '')
			|| coalesce((select string_agg(r::text, ' ') from job_runs r), '')
			|| (select count(*) from job_events)`).Scan(&text)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestCompleteLeavesTheResult(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	done, claim := jobIn(t, d, user, "completed")

	if done.Status != job.Completed || done.Progress.Fraction != 1 || done.ModelUsed != "theta" || done.FinishedAt == nil ||
		done.OutputPath != outcome(claim).OutputPath || string(done.Metrics) != `{"mase": 0.9}` {
		t.Errorf("row %+v", done)
	}
	run, err := d.LatestRun(ctx, user, done.ID)
	if err != nil || run.ID != claim.RunID || run.Fence != claim.Fence || run.Folder != outcome(claim).Folder ||
		run.Checksums["output.json"] != "abc" || run.Status != job.Completed || run.Attempts != 1 || run.StartedAt == nil || run.FinishedAt == nil {
		t.Errorf("run %+v, %v", run, err)
	}
	events, err := d.Events(ctx, user, done.ID)
	if err != nil || len(events) != 3 {
		t.Fatalf("events %v, %v", events, err)
	}
	for i, want := range []job.Status{job.Pending, job.Processing, job.Completed} {
		if events[i].Status != want || events[i].Version != int64(i+1) {
			t.Errorf("event %d: %+v, want %s", i, events[i], want)
		}
	}
	if e := events[0]; e.Actor != user.String() || e.Application != "dbtest" {
		t.Errorf("created by %q with %q", e.Actor, e.Application)
	}
	if e := events[2]; e.Processor != "first" || e.Actor == user.String() {
		t.Errorf("completed by %q for %q", e.Processor, e.Actor)
	}

	// A second run that fails leaves the first result where it is.
	if _, err := d.Reprocess(ctx, user, done.ID, nil); err != nil {
		t.Fatal(err)
	}
	second := claimOne(t, d, "p")
	if string(second.Params) != `{"horizon": 12}` {
		t.Errorf("ran again with %s", second.Params)
	}
	if _, err := d.Request(ctx, user, done.ID, json.RawMessage(`{}`)); !errors.Is(err, job.ErrConflict) {
		t.Errorf("request while it runs: %v", err)
	}
	if err := d.Fail(ctx, second, job.Failure{Code: "internal", Message: "bug"}); err != nil {
		t.Fatal(err)
	}
	if again, err := d.LatestRun(ctx, user, done.ID); err != nil || again.ID != run.ID {
		t.Errorf("latest run %+v, %v", again, err)
	}
	if after := row(t, d, done.ID); after.OutputPath == "" || after.ErrorCode != "internal" || after.ModelUsed != "" {
		t.Errorf("row %+v", after)
	}
	if _, err := d.Cancel(ctx, user, done.ID); !errors.Is(err, job.ErrConflict) {
		t.Errorf("cancel what failed: %v", err)
	}
}

func TestFailedPublicationCommitsNothing(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.New(t), t.Context()
	running, claim := jobIn(t, d, newUser(), "processing")
	full := errors.New("bucket is full")
	err := d.Complete(ctx, []job.Completion{{Claim: claim}}, func(context.Context, job.Claim) error { return full })[0]
	if !errors.Is(err, full) {
		t.Errorf("complete: %v", err)
	}
	if after := row(t, d, running.ID); after.Status != job.Processing || after.Version != running.Version {
		t.Errorf("row %+v", after)
	}
	if err := completeOne(ctx, d, claim); err != nil {
		t.Errorf("second try: %v", err)
	}
}

func TestRetriesWaitLongerAndEnd(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.New(t), t.Context()
	waiting, _ := jobIn(t, d, newUser(), "retrying")
	if waiting.Status != job.Pending || waiting.ErrorCode != "storage_unavailable" || waiting.Attempts != 1 {
		t.Fatalf("row %+v", waiting)
	}
	if wait := waiting.RunAt.Sub(waiting.UpdatedAt); wait < 1500*time.Millisecond || wait > 2500*time.Millisecond {
		t.Errorf("waits %v after the first attempt, want about 2 s", wait)
	}
	for attempt := 2; attempt <= 3; attempt++ {
		d.Exec(t, `update jobs set run_at = now()`)
		c := claimOne(t, d, "p")
		if c.Attempt != attempt {
			t.Errorf("attempt %d, want %d", c.Attempt, attempt)
		}
		if err := d.Fail(ctx, c, job.Failure{Code: "storage_unavailable", Message: "again", Retry: true}); err != nil {
			t.Fatal(err)
		}
	}
	ended := row(t, d, waiting.ID)
	if ended.Status != job.Failed || ended.Attempts != 3 || ended.FinishedAt == nil {
		t.Errorf("row %+v", ended)
	}
	if n := liveRuns(t, d, ended.ID); n != 0 {
		t.Errorf("%d live runs", n)
	}
}

func TestReleasedAttemptDoesNotCount(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	_, claim := jobIn(t, d, user, "processing")
	if err := d.Release(ctx, []job.Claim{claim}); err != nil {
		t.Fatal(err)
	}
	again := claimOne(t, d, "second")
	if again.Attempt != 1 || again.RunID != claim.RunID || again.Fence <= claim.Fence {
		t.Errorf("claimed %+v after %+v", again, claim)
	}
	events, err := d.Events(ctx, user, claim.ID)
	if err != nil || len(events) != 4 || events[2].Code != "released" || events[2].Processor != "first" {
		t.Errorf("events %+v, %v", events, err)
	}
	// What the processor does not know it holds goes back too.
	if n, err := d.Reconcile(ctx, "second", []job.Claim{again}); err != nil || n != 0 {
		t.Errorf("reconcile what is held: %d, %v", n, err)
	}
	if n, err := d.Reconcile(ctx, "second", nil); err != nil || n != 1 {
		t.Errorf("reconcile what is not: %d, %v", n, err)
	}
}
