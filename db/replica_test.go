package db_test

import (
	"testing"

	"github.com/pgcast/pgcast/db/dbtest"
)

// TestARowWrittenWithoutTriggersDoesNotStopTheQueue: no claim would succeed that
// comes to a row without a run.
func TestARowWrittenWithoutTriggersDoesNotStopTheQueue(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.New(t), t.Context()
	d.Exec(t, `do $$ begin set local session_replication_role = replica; insert into jobs (user_id, params) values ('11111111-1111-1111-1111-111111111111', '{}'); end $$`)
	d.Exec(t, `insert into jobs (user_id, params) values ('11111111-1111-1111-1111-111111111111', '{}')`)
	if _, err := d.Promote(ctx); err != nil {
		t.Fatal(err)
	}
	claims, err := d.Claim(ctx, "P", 5, 0)
	if err != nil || len(claims) != 2 {
		t.Fatalf("claimed %d jobs, want 2: %v", len(claims), err)
	}
	for _, c := range claims {
		run, err := d.Run(ctx, c.UserID, c.RunID)
		if err != nil || run.JobID != c.ID {
			t.Errorf("run %+v, %v", run, err)
		}
	}
}
