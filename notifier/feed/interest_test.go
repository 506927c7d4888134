package feed_test

import (
	"testing"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

func TestRowsOfNobodyAreNotTold(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	here, away := newUser(), newUser()
	f, events := run(t, d, func(c *feed.Config) {
		c.Interested = func(user job.UserID) bool { return user == here }
	})
	serves(t, f, feed.Replication)
	gone := d.Job(t, here, "")
	d.Job(t, away, "")
	d.Exec(t, `update jobs set user_id = $2 where id = $1`, gone.ID.String(), away.String()) // which the old owner hears of
	d.Exec(t, `update jobs set priority = 1 where id = $1`, gone.ID.String())
	last := d.Job(t, here, "")
	for _, want := range []struct {
		op feed.Op
		id job.ID
	}{{feed.Insert, gone.ID}, {feed.Update, gone.ID}, {feed.Insert, last.ID}} {
		if e := next(t, events); e.Op != want.op || e.Job.ID != want.id {
			t.Errorf("told %s of job %s, want %s of %s", e.Op, e.Job.ID, want.op, want.id)
		}
	}
}
