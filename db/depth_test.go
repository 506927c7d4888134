package db_test

import (
	"testing"

	"github.com/pgcast/pgcast/db/dbtest"
)

// TestDepthCountsWhatIsClaimable, and no further than it was asked to.
func TestDepthCountsWhatIsClaimable(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.Exec(t, `
		insert into jobs (user_id, params, run_at)
		select gen_random_uuid(), '{}', now() + (n % 2) * interval '1 hour' from generate_series(1, 20) as n`)
	claimOne(t, d, "p")
	for most, want := range map[int]int{1000: 9, 4: 4} {
		if n, err := d.Depth(t.Context(), most); err != nil || n != want {
			t.Errorf("depth up to %d is %d, %v; want %d", most, n, err, want)
		}
	}
}
