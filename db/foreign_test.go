package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

// TestAReferenceToAJobHoldsUpNoOther: somebody has a table of their own that
// refers to jobs, and leaves a transaction open that has inserted there.
func TestAReferenceToAJobHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	d, user := dbtest.New(t), newUser()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // for what would wait until the transaction ends
	defer cancel()
	d.Exec(t, `create table reports (job uuid references jobs)`)
	holder := d.Connect(t)
	refer := func(id job.ID) {
		t.Helper()
		if _, err := holder.Exec(ctx, `begin; insert into reports values ('`+id.String()+`')`); err != nil {
			t.Fatal(err)
		}
	}
	end := func() {
		t.Helper()
		if _, err := holder.Exec(ctx, `commit`); err != nil {
			t.Fatal(err)
		}
	}
	claim := func() []job.Claim {
		t.Helper()
		claims, err := d.Claim(ctx, "p", 10, 0)
		if err != nil {
			t.Fatal(err)
		}
		return claims
	}

	first, second := d.Job(t, user, `{}`).ID, d.Job(t, user, `{}`).ID
	refer(first)
	claims := claim()
	if len(claims) != 1 || claims[0].ID != second {
		t.Fatalf("claimed %v, want %v alone", claims, second)
	}
	end()
	claims = append(claims, claim()...)
	if len(claims) != 2 {
		t.Fatalf("claimed %d jobs in all, want 2", len(claims))
	}

	refer(second)
	errs := d.Complete(ctx, []job.Completion{{Claim: claims[0], Outcome: outcome(claims[0])}, {Claim: claims[1], Outcome: outcome(claims[1])}}, publishNothing)
	if !errors.Is(errs[0], job.ErrBusy) || errs[1] != nil {
		t.Errorf("completing both: %v, want the first busy and the second done", errs)
	}
	if err := d.Release(ctx, claims[:1]); err != nil {
		t.Errorf("release: %v", err)
	}
	end()
	if err := d.Complete(ctx, []job.Completion{{Claim: claims[0], Outcome: outcome(claims[0])}}, publishNothing)[0]; err != nil {
		t.Errorf("completing the first afterwards: %v", err)
	}
}

// TestACompletionHeldUpHoldsUpNoOther: somebody has locked its run.
func TestACompletionHeldUpHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	d, user := dbtest.New(t), newUser()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, held := jobIn(t, d, user, "processing")
	_, free := jobIn(t, d, user, "processing")
	holder := d.Connect(t)
	if _, err := holder.Exec(ctx, `begin; select from job_runs where forecast_id = '`+held.RunID.String()+`' for update`); err != nil {
		t.Fatal(err)
	}
	complete := func(c job.Claim) error {
		return d.Complete(ctx, []job.Completion{{Claim: c, Outcome: outcome(c)}}, publishNothing)[0]
	}
	late := make(chan error, 1)
	go func() { late <- complete(held) }()
	dbtest.Eventually(t, "the first to wait for its run", func() bool {
		var waits bool
		err := d.Pool().QueryRow(ctx, `select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')`).Scan(&waits)
		return err == nil && waits
	})
	if err := complete(free); err != nil {
		t.Errorf("completing the other: %v", err)
	}
	if _, err := holder.Exec(ctx, `commit`); err != nil {
		t.Fatal(err)
	}
	if err := <-late; err != nil {
		t.Errorf("completing the first: %v", err)
	}
}
