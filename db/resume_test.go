package db_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

// begin is the moment before everything of this database.
func begin(t *testing.T, d *dbtest.DB) job.Mark {
	t.Helper()
	now, err := d.Trail(t.Context(), job.UserID{}, job.Mark{}, 1)
	if err != nil {
		t.Fatalf("read the trail: %v", err)
	}
	return job.Mark{Database: now.To.Database}
}

func read(t *testing.T, d *dbtest.DB, user job.UserID, since job.Mark) job.Trail {
	t.Helper()
	trail, err := d.Trail(t.Context(), user, since, 100)
	if err != nil {
		t.Fatalf("read the trail: %v", err)
	}
	if !trail.Whole || !trail.To.After(since) {
		t.Fatalf("the trail from %+v to %+v is not whole", trail.From, trail.To)
	}
	return trail
}

func TestTrailHoldsWhatAnEarlyTransactionCommitsLate(t *testing.T) {
	t.Parallel()
	d, user := dbtest.New(t), job.UserID{UUID: uuid.New()}
	first := read(t, d, job.UserID{}, begin(t, d))
	early, err := d.Connect(t).Begin(t.Context())
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	if _, err := early.Exec(t.Context(), `insert into jobs (user_id) values ($1)`, user.String()); err != nil {
		t.Fatalf("insert: %v", err)
	}
	late := d.Job(t, user, "")

	second := read(t, d, job.UserID{}, first.To)
	if len(second.Steps) != 1 || second.Steps[0].JobID != late.ID {
		t.Fatalf("while the first one is open the trail is %+v, want one step of %s", second.Steps, late.ID)
	}
	if again := read(t, d, job.UserID{}, second.To); len(again.Steps) != 0 {
		t.Errorf("the trail told %+v twice", again.Steps)
	}
	if err := early.Commit(t.Context()); err != nil {
		t.Fatalf("commit: %v", err)
	}
	third := read(t, d, job.UserID{}, second.To)
	if len(third.Steps) != 1 || third.Steps[0].ID >= second.Steps[0].ID || third.Steps[0].UserID != user {
		t.Errorf("after the commit the trail is %+v, want the step with the smaller id", third.Steps)
	}
	if first.To.After(second.To) || !third.To.After(second.To) {
		t.Error("moments are not in their order")
	}
	if other := read(t, d, job.UserID{UUID: uuid.New()}, first.To); len(other.Steps) != 0 {
		t.Errorf("somebody else's trail is %+v", other.Steps)
	}
	if own := read(t, d, user, first.To); len(own.Steps) != 2 {
		t.Errorf("the user's trail is %+v, want both", own.Steps)
	}
}

func TestTrailTellsWhereItIsNotWhole(t *testing.T) {
	t.Parallel()
	d, user := dbtest.New(t), job.UserID{UUID: uuid.New()}
	start := begin(t, d)
	for range 3 {
		d.Job(t, user, "")
	}
	if trail, err := d.Trail(t.Context(), user, start, 2); err != nil || trail.Whole {
		t.Errorf("three steps were read whole within two: %v, %v", trail, err)
	}
	elsewhere := job.Mark{Database: begin(t, dbtest.New(t)).Database, Next: start.Next}
	if trail, err := d.Trail(t.Context(), user, elsewhere, 100); err != nil || trail.Whole || elsewhere.Database == start.Database {
		t.Errorf("the trail goes on from another database: %v, %v", trail, err)
	}
	all, err := d.RecentTrail(t.Context(), time.Minute, 100)
	if err != nil || len(all.Steps) != 3 {
		t.Errorf("the recent trail is %+v, %v; want all three steps, the oldest as well", all, err)
	}
	// A restored dump tells of transactions that are yet to come.
	d.Exec(t, `update job_events set txid = '900000000' where id = (select max(id) from job_events)`)
	recent, err := d.RecentTrail(t.Context(), time.Minute, 100)
	if err != nil || !recent.Whole || len(recent.Steps) != 2 {
		t.Errorf("the recent trail is %+v, %v", recent, err)
	}
	for _, s := range recent.Steps {
		if recent.From.Shows(s.TxID) || !recent.To.Shows(s.TxID) {
			t.Errorf("step %+v is not between %+v and %+v", s, recent.From, recent.To)
		}
	}
	cut, err := d.RecentTrail(t.Context(), time.Minute, 1)
	if err != nil || len(cut.Steps) != 0 || !cut.From.After(recent.From) {
		t.Errorf("the recent trail within one step is %+v, %v; want it to begin later", cut, err)
	}
}
