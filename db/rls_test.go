package db_test

import (
	"slices"
	"testing"

	"github.com/pgcast/pgcast/db/dbtest"
)

// Somebody forgets the `where user_id` of a query: row level security is the
// where that nobody can forget.
func TestAForgottenWhereShowsNothingOfOthers(t *testing.T) {
	t.Parallel()
	d, a, b := dbtest.New(t), newUser(), newUser()
	jobIn(t, d, a, "completed")
	own := d.Job(t, b, `{}`)

	for _, relation := range []string{"public.jobs", "public.job_runs", "public.job_events"} {
		owners, err := d.QueryAs(t.Context(), b, `select distinct user_id::text from `+relation)
		if err != nil || !slices.Equal(owners, []string{b.String()}) {
			t.Errorf("without a where, user b sees rows of %s of %v, %v; want only their own", relation, owners, err)
		}
		owners, err = d.QueryAs(t.Context(), newUser(), `select user_id::text from `+relation)
		if err != nil || len(owners) != 0 {
			t.Errorf("without a where, somebody new sees rows of %s of %v, %v", relation, owners, err)
		}
	}
	// Nor does a where that names the other one help.
	ids, err := d.QueryAs(t.Context(), b, `select id::text from public.jobs where user_id = $1::uuid or true`, a.String())
	if err != nil || !slices.Equal(ids, []string{own.ID.String()}) {
		t.Errorf("user b asks for the jobs of a and gets %v, %v", ids, err)
	}
	for _, statement := range []string{
		`update public.jobs set status = 'canceled' returning id::text`,
		`delete from public.jobs returning id::text`,
	} {
		if changed, err := d.QueryAs(t.Context(), b, statement); !isDenied(err) {
			t.Errorf("%s changed %v, %v; want a refusal", statement, changed, err)
		}
	}
	// The role ends with the transaction: the connection is the service's again.
	var n int
	if err := d.Pool().QueryRow(t.Context(), `select count(*) from public.jobs`).Scan(&n); err != nil || n != 2 {
		t.Errorf("afterwards the pool sees %d jobs, %v; want both", n, err)
	}
}
