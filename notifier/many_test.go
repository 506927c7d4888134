package notifier_test

import (
	"testing"

	"github.com/pgcast/pgcast/internal/job"
)

// An operator re-runs many jobs by one UPDATE: whoever looks at them sees each.
func TestOwnerSeesEveryOneOfManyRows(t *testing.T) {
	t.Parallel()
	for _, source := range sources {
		t.Run(string(source), func(t *testing.T) {
			t.Parallel()
			const rows = 150
			b := setup(t, source)
			user := newUser()
			b.Exec(t, `insert into jobs (user_id, params) select $1, '{}' from generate_series(1, $2)`, user.String(), rows)
			b.Exec(t, `update jobs set status = 'canceled' where user_id = $1`, user.String())
			c := b.connect(t, user)
			canceled := c.follow(t)
			if len(canceled) != rows {
				t.Fatalf("snapshot of %d jobs, want %d", len(canceled), rows)
			}
			b.Exec(t, `update jobs set status = 'pending' where user_id = $1`, user.String())
			pending := map[job.ID]bool{}
			for len(pending) < rows {
				f := c.next(t)
				if f.Type != "job" || f.Job.UserID != user {
					t.Fatalf("got %s, want one of the jobs", f.raw)
				}
				if f.Job.Status == job.Pending { // what happened before the snapshot may still be told
					pending[f.Job.ID] = true
				}
			}
			b.Exec(t, `delete from jobs where user_id = $1`, user.String())
			gone := map[job.ID]bool{}
			for len(gone) < rows {
				if f := c.next(t); f.Type == "deleted" {
					gone[f.JobID] = true
				}
			}
		})
	}
}
