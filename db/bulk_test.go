package db_test

import (
	"fmt"
	"testing"

	"github.com/pgcast/pgcast/db/dbtest"
)

// One UPDATE of 100,000 rows resets, fences and records every one of them, and
// wakes each listener once.
func TestHundredThousandRowsByOneUpdate(t *testing.T) {
	t.Parallel()
	const n = 100_000
	d, user := dbtest.New(t), newUser()
	d.Exec(t, fmt.Sprintf(`
		insert into jobs (user_id, status, params, preview, finished_at)
		select '%s'::uuid, 'failed', '{"horizon": 3}', repeat('x', 300), now() from generate_series(1, %d)`, user, n))

	s := listenIn(t, d)
	if _, err := s.conn.Exec(t.Context(), `update jobs set status = 'pending' where status = 'failed' and updated_at > now() - interval '1 day'`); err != nil {
		t.Fatal(err)
	}
	sent := s.notifications()
	if len(sent) != 1 || sent[0].Channel != "pgcast_wake" || sent[0].Payload != "" {
		t.Errorf("%d notifications, want one empty wake-up", len(sent))
	}

	var rows, runs, events int
	err := d.Pool().QueryRow(t.Context(), `
		select
			(select count(*) from jobs j join job_runs r on r.forecast_id::text = j.forecast_id where j.status = 'pending' and j.version = 2),
			(select count(*) from job_runs where status = 'pending'),
			(select count(*) from job_events where old_status = 'failed' and status = 'pending')`).Scan(&rows, &runs, &events)
	if err != nil || rows != n || runs != n || events != n {
		t.Errorf("%d rows with %d runs and %d events, %v; want %d of each", rows, runs, events, err, n)
	}

	// The plans of the triggers are kept: made for one row, they must do for many.
	for _, limit := range []int{1, 20_000} {
		_, err := s.conn.Exec(t.Context(), `update jobs set status = 'canceled' where id in (select id from jobs where status = 'pending' limit $1)`, limit)
		if err != nil {
			t.Fatal(err)
		}
	}
	if sent := s.notifications(); len(sent) != 0 {
		t.Errorf("%d notifications for stopping what waits, want none", len(sent))
	}
}
