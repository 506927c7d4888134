package db_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

// states are all the places where an operator may find a job.
var states = []string{"upload", "pending", "retrying", "processing", "completed", "failed", "canceled", "archived"}

// jobIn brings a new job to a state the way it gets there in life. The claim is
// the one that did it, if there was one.
func jobIn(t testing.TB, d *dbtest.DB, user job.UserID, state string) (job.Job, job.Claim) {
	t.Helper()
	ctx := context.Background()
	params := `{"horizon": 12}`
	if state == "upload" {
		params = ""
	}
	id := d.Job(t, user, params).ID
	var claim job.Claim
	var err error
	switch state {
	case "retrying", "processing", "completed", "failed":
		claim = claimOne(t, d, "first")
	}
	switch state {
	case "retrying":
		err = d.Fail(ctx, claim, job.Failure{Code: "storage_unavailable", Message: "try later", Retry: true})
	case "completed":
		err = completeOne(ctx, d, claim)
	case "failed":
		err = d.Fail(ctx, claim, job.Failure{Code: "too_short", Message: "three rows"})
	case "canceled":
		_, err = d.Cancel(ctx, user, id)
	case "archived": // a word of somebody else's, older than pgcast
		d.Exec(t, `set session_replication_role = replica; update jobs set status = 'archived', forecast_id = 'f-1' where id = '`+id.String()+`'; truncate job_runs; reset session_replication_role`)
	}
	if err != nil {
		t.Fatalf("bring a job to %s: %v", state, err)
	}
	return row(t, d, id), claim
}

func publishNothing(context.Context, job.Claim) error { return nil }

func completeOne(ctx context.Context, d *dbtest.DB, c job.Claim) error {
	return d.Complete(ctx, []job.Completion{{Claim: c, Outcome: outcome(c)}}, publishNothing)[0]
}

func outcome(c job.Claim) job.Outcome {
	return job.Outcome{
		Folder: "runs/" + c.RunID.String(), OutputPath: c.UserID.String() + "/" + c.ID.String() + "/output.json",
		Checksums: map[string]string{"output.json": "abc"}, ModelUsed: "theta", Metrics: json.RawMessage(`{"mase": 0.9}`),
	}
}

func claimOne(t testing.TB, d *dbtest.DB, processor string) job.Claim {
	t.Helper()
	claims, err := d.Claim(context.Background(), processor, 1, 0)
	if err != nil || len(claims) != 1 {
		t.Fatalf("claimed %v, %v; want one job", claims, err)
	}
	return claims[0]
}

// row reads a job as it is now.
func row(t testing.TB, d *dbtest.DB, id job.ID) job.Job {
	t.Helper()
	rows, err := d.Rows(context.Background(), []job.ID{id})
	if err != nil || len(rows) != 1 {
		t.Fatalf("rows of %s: %v, %v", id, rows, err)
	}
	return rows[0]
}

// liveRuns counts the runs of a job that have not ended.
func liveRuns(t testing.TB, d *dbtest.DB, id job.ID) (n int) {
	t.Helper()
	err := d.Pool().QueryRow(context.Background(),
		`select count(*) from job_runs where job_id = $1::uuid and status in ('pending', 'processing')`, id.String()).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
