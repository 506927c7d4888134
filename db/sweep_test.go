package db_test

import (
	"testing"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

// sweep takes what is due, whatever its time.
func sweep(t *testing.T, d *dbtest.DB) []job.Leftover {
	t.Helper()
	d.Exec(t, `update pgcast.leftovers set due_at = now() - interval '1 second'`)
	due, err := d.Sweep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return due
}

// TestExpiredRunsAreSweptUntilTheyAreGone: a processor may die between the mark
// and the removal.
func TestExpiredRunsAreSweptUntilTheyAreGone(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	id := d.Job(t, user, `{}`).ID
	var first job.RunID
	for i := range 4 {
		c := claimOne(t, d, "p")
		if err := completeOne(ctx, d, c); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = c.RunID
		}
		if _, err := d.Reprocess(ctx, user, id, nil); err != nil {
			t.Fatal(err)
		}
	}
	claimOne(t, d, "p")
	if _, err := d.Cancel(ctx, user, id); err != nil {
		t.Fatal(err)
	}
	d.Exec(t, `update job_runs set look_at = look_at - interval '2 minutes'`)

	for _, want := range []int{4, 0} { // the three that followed another, and the canceled one; once
		if n, err := d.Expire(ctx, 3); err != nil || n != want {
			t.Errorf("looked at %d runs, %v; want %d", n, err, want)
		}
	}
	if r, err := d.Run(ctx, user, first); err != nil || r.ExpiredAt == nil {
		t.Errorf("oldest run %+v, %v", r, err)
	}

	due := sweep(t, d)
	if len(due) != 2 || due[0].UserID != user || due[0].JobID != id || due[0].RunID == nil || due[1].RunID == nil {
		t.Fatalf("left over: %+v, want both runs", due)
	}
	if again, err := d.Sweep(ctx); err != nil || len(again) != 0 {
		t.Errorf("handed out twice within five minutes: %v, %v", again, err)
	}
	if again := sweep(t, d); len(again) != 2 {
		t.Errorf("after five minutes %v came again, want both", again)
	}
	if err := d.Swept(ctx, due[:1]); err != nil {
		t.Fatal(err)
	}
	if left := sweep(t, d); len(left) != 1 || left[0].ID != due[1].ID {
		t.Errorf("left over: %v, want the one that is not gone", left)
	}
}

// TestDeletedJobsAreLeftOver whoever deletes them, after a minute in which a
// processor may still write.
func TestDeletedJobsAreLeftOver(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	byUser, running := d.Job(t, user, `{}`).ID, d.Job(t, user, `{}`).ID
	if err := d.Delete(ctx, user, byUser); err != nil {
		t.Fatal(err)
	}
	claimOne(t, d, "p")
	if _, err := d.AsService(t).Exec(ctx, `delete from jobs`); err != nil {
		t.Fatal(err)
	}
	if early, err := d.Sweep(ctx); err != nil || len(early) != 0 {
		t.Errorf("left over at once: %v, %v", early, err)
	}
	d.Exec(t, `update pgcast.leftovers set due_at = due_at - interval '61 seconds'`)
	due, err := d.Sweep(ctx)
	if err != nil {
		t.Fatal(err)
	}
	found := map[job.ID]bool{}
	for _, l := range due {
		found[l.JobID] = l.UserID == user && l.RunID == nil
	}
	if len(due) != 2 || !found[byUser] || !found[running] {
		t.Errorf("left over: %+v, want both jobs", due)
	}
}

func TestAJobThatIsPutBackKeepsItsFiles(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	id := d.Job(t, newUser(), `{}`).ID
	d.Exec(t, `
		create table kept as select * from jobs;
		delete from jobs;
		insert into jobs select * from kept`)
	if due := sweep(t, d); len(due) != 0 {
		t.Errorf("left over: %v", due)
	}
	d.Exec(t, `delete from jobs`)
	if due := sweep(t, d); len(due) != 1 || due[0].JobID != id {
		t.Errorf("left over: %v, want the job", due)
	}
}
