package db_test

import (
	"context"
	"errors"
	"testing"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

// doubts are the jobs whose files are due to be looked at, had 15 seconds passed.
func doubts(t *testing.T, d *dbtest.DB) []job.ID {
	t.Helper()
	d.Exec(t, `update pgcast.doubts set due_at = now()`)
	ids, err := d.Doubts(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// TestALostClaimPutsTheFilesInDoubt: whoever held it may still be writing. A run
// that completes under its first claim leaves no doubt.
func TestALostClaimPutsTheFilesInDoubt(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	for name, lose := range map[string]func(c job.Claim) error{
		"failed":   func(c job.Claim) error { return d.Fail(ctx, c, job.Failure{Code: "internal", Retry: true}) },
		"released": func(c job.Claim) error { return d.Release(ctx, []job.Claim{c}) },
		"canceled": func(c job.Claim) error { _, err := d.Cancel(ctx, user, c.ID); return err },
		"reset":    func(c job.Claim) error { d.Exec(t, `update jobs set status = 'pending'`); return nil },
		"rescued": func(c job.Claim) error {
			d.Exec(t, `delete from processors`)
			_, err := d.Rescue(ctx)
			return err
		},
	} {
		d.Exec(t, `delete from jobs`)
		d.Exec(t, `delete from pgcast.doubts`)
		id := d.Job(t, user, `{}`).ID
		if err := lose(claimOne(t, d, "p")); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if due := doubts(t, d); len(due) != 1 || due[0] != id {
			t.Errorf("%s: in doubt are %v, want the job", name, due)
		}
	}

	d.Exec(t, `delete from jobs`)
	d.Exec(t, `delete from pgcast.doubts`)
	d.Job(t, user, `{}`)
	if err := completeOne(ctx, d, claimOne(t, d, "p")); err != nil {
		t.Fatal(err)
	}
	if due := doubts(t, d); len(due) != 0 {
		t.Errorf("after a smooth completion %v are in doubt", due)
	}
}

// TestADoubtComesBackUntilItsTimeIsOver, and not before 15 seconds have passed.
func TestADoubtComesBackUntilItsTimeIsOver(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.New(t), t.Context()
	id := d.Job(t, newUser(), `{}`).ID
	if err := d.Doubt(ctx, id); err != nil {
		t.Fatal(err)
	}
	if first := doubts(t, d); len(first) != 1 {
		t.Fatalf("due are %v, want the job", first)
	}
	if early, err := d.Doubts(ctx, 100); err != nil || len(early) != 0 {
		t.Errorf("at once again: %v, %v", early, err)
	}
	if again := doubts(t, d); len(again) != 1 {
		t.Errorf("after a while %v come again, want the job", again)
	}
	assure := func() {
		if err := d.Assured(ctx, []job.ID{id}); err != nil {
			t.Fatal(err)
		}
	}
	assure()
	d.Exec(t, `update pgcast.doubts set until = now()`)
	if last := doubts(t, d); len(last) != 1 {
		t.Errorf("at the end %v come, want the job", last)
	}
	if failed := doubts(t, d); len(failed) != 1 {
		t.Errorf("when nobody could look %v come, want the job", failed)
	}
	assure()
	if over := doubts(t, d); len(over) != 0 {
		t.Errorf("after the end %v come", over)
	}
}

// TestWithRunsHoldsTheRow, and tells of the newest result.
func TestWithRunsHoldsTheRow(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	id := d.Job(t, user, `{}`).ID
	c := claimOne(t, d, "p")
	if err := completeOne(ctx, d, c); err != nil {
		t.Fatal(err)
	}
	d.Exec(t, `update jobs set status = 'pending'`)
	err := d.WithRuns(ctx, id, func(ctx context.Context, s job.Standing) error {
		if r, ok := s.Result(); !ok || r.ID != c.RunID || len(s.Runs) != 2 || s.Owner != user || !s.Published {
			t.Errorf("standing %+v", s)
		}
		if claims, err := d.Claim(ctx, "q", 1, 0); err != nil || len(claims) != 0 {
			t.Errorf("claimed while held: %v, %v", claims, err)
		}
		if err := d.WithRuns(ctx, id, nil); !errors.Is(err, job.ErrBusy) {
			t.Errorf("held twice: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := d.WithRuns(ctx, job.NewID(), nil); !errors.Is(err, job.ErrNotFound) {
		t.Errorf("no such job: %v", err)
	}
}
