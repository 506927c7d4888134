package db_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

// TestValuesThatWouldStopMoreThanTheirJobAreRefused, with a hint of what to write
// instead.
func TestValuesThatWouldStopMoreThanTheirJobAreRefused(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.Job(t, newUser(), `{}`)
	for _, set := range []string{
		"max_attempts = 2147483647", "max_attempts = 0", "max_attempts = null", "attempts = 2147483647", "attempts = -1", "attempts = null",
		"priority = null", "priority = 2147483647", "progress = 2", "run_at = 'infinity'", "run_at = null", "run_at = '20000-01-01'",
		"run_at = '0044-03-15 BC'", "created_at = 'infinity'", "updated_at = null", "started_at = '-infinity'", "id = gen_random_uuid()",
		"status = null",
	} {
		_, err := d.Pool().Exec(t.Context(), "update jobs set "+set)
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Hint == "" {
			t.Errorf("%s: %v, want a refusal with a hint", set, err)
		}
	}
	_, err := d.Pool().Exec(t.Context(), `insert into jobs (params) values ('{}')`)
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || refused.Hint == "" {
		t.Errorf("a job of nobody: %v, want a refusal with a hint", err)
	}
	if claims, err := d.Claim(t.Context(), "p", 1, 0); err != nil || len(claims) != 1 {
		t.Errorf("then claimed %v, %v", claims, err)
	}
}

// TestARunIsTriedAgainWithTheRequestItWasAskedWith, whatever an operator writes
// into the row while it runs.
func TestARunIsTriedAgainWithTheRequestItWasAskedWith(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.New(t), t.Context()
	for _, written := range []string{`'{"horizon": 99}'`, "null"} {
		for name, lose := range map[string]func(c job.Claim) error{
			"failed":   func(c job.Claim) error { return d.Fail(ctx, c, job.Failure{Code: "internal", Retry: true}) },
			"released": func(c job.Claim) error { return d.Release(ctx, []job.Claim{c}) },
			"rescued": func(job.Claim) error {
				d.Exec(t, `delete from processors`)
				_, err := d.Rescue(ctx)
				return err
			},
		} {
			d.Exec(t, `delete from jobs`)
			d.Job(t, newUser(), `{"horizon": 3}`)
			first := claimOne(t, d, "p")
			d.Exec(t, `update jobs set params = `+written)
			if err := lose(first); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			d.Exec(t, `update jobs set run_at = now()`)
			again := claimOne(t, d, "p")
			var request struct{ Horizon int }
			if err := json.Unmarshal(again.Params, &request); err != nil || request.Horizon != 3 || again.RunID != first.RunID {
				t.Errorf("%s with %s: run %v again with %s, %v", name, written, again.RunID == first.RunID, again.Params, err)
			}
		}
	}
}

// TestAClockWithoutItsValueIsAtTheBeginning, as after a dump of the schema alone.
func TestAClockWithoutItsValueIsAtTheBeginning(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.Exec(t, `alter sequence pgcast.turns restart`)
	d.Job(t, newUser(), `{}`)
	claimOne(t, d, "p")
	d.Exec(t, `update jobs set status = 'pending'`)
	claimOne(t, d, "p")
}

// TestAskingAnewIsRecorded also of a job that waits for another attempt.
func TestAskingAnewIsRecorded(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.New(t), t.Context()
	id := d.Job(t, newUser(), `{}`).ID
	if err := d.Fail(ctx, claimOne(t, d, "p"), job.Failure{Code: "internal", Retry: true}); err != nil {
		t.Fatal(err)
	}
	d.Exec(t, `update jobs set status = 'pending'`)
	var n int
	err := d.Pool().QueryRow(ctx, `select count(*) from job_events where job_id = $1::uuid and old_status = 'pending' and status = 'pending'`, id.String()).Scan(&n)
	if err != nil || n != 1 {
		t.Errorf("%d events of asking anew, %v", n, err)
	}
}
