package feed_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/notifier/feed"
)

func TestManyRowsAtOnceAreAGap(t *testing.T) {
	t.Parallel()
	d, gaps := dbtest.New(t), make(chan struct{}, 100)
	f, _ := run(t, d, func(c *feed.Config) {
		c.NoReplication, c.SweepEvery, c.CrowdEvery = true, time.Hour, time.Millisecond
		c.Gap = func() { gaps <- struct{}{} }
	})
	serves(t, f, feed.Listen)
	for range 3 { // the first is that of the source going live
		select {
		case <-gaps:
		case <-time.After(time.Minute):
			t.Fatal("no gap")
		}
		d.Exec(t, `select pg_notify('pgcast_status', '{"op":"MANY","count":101}')`)
	}
}

func TestManySuchStatementsAreOneGap(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	var gaps atomic.Int64
	f, events := run(t, d, func(c *feed.Config) {
		c.NoReplication, c.SweepEvery, c.CrowdEvery = true, time.Hour, time.Hour
		c.Gap = func() { gaps.Add(1) }
	})
	serves(t, f, feed.Listen)
	dbtest.Eventually(t, "the gap of going live", func() bool { return gaps.Load() == 1 })
	d.Exec(t, `select pg_notify('pgcast_status', json_build_object('op', 'MANY', 'count', n)::text) from generate_series(101, 600) n`)
	made := d.Job(t, newUser(), "") // its notice comes after theirs
	if e := next(t, events); e.Job.ID != made.ID {
		t.Errorf("got %+v, want the insert of %s", e, made.ID)
	}
	dbtest.Eventually(t, "their gap", func() bool { return gaps.Load() == 2 })
}
