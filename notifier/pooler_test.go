package notifier_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/notifier"
	"github.com/pgcast/pgcast/notifier/feed"
)

// Behind a pooler that hands out transactions LISTEN is taken and nothing comes.
func TestBehindATransactionPoolerEveryStepIsTold(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	through := d.Bouncer(t, "transaction")
	b := beside(t, d, feed.Poll, withKeys, func(c *notifier.Config) { c.URL, c.NoReplication = through, false })
	if ready := b.notifier.Ready(); !ready.Ready || !strings.Contains(ready.Reason, "pooler") || !strings.Contains(ready.Reason, "replication") {
		t.Errorf("it tells %+v", ready)
	}
	user := newUser()
	c := b.connect(t, user)
	c.follow(t)
	// Each step is heard before the next, so that progress is not merged away.
	var got []string
	id := b.Job(t, user, `{}`).ID
	got = append(got, step(c.next(t)))
	claimOne(t, b.DB, id)
	got = append(got, step(c.next(t)))
	b.Exec(t, `update jobs set progress = 0.5, stage = 'backtest' where id = $1`, id.String())
	if f := c.next(t); f.Job.Progress.Fraction != 0.5 {
		t.Errorf("got %s, want the progress", f.raw)
	}
	for _, sql := range []string{`update jobs set status = 'canceled' where id = $1`, `update jobs set status = 'pending' where id = $1`, `delete from jobs where id = $1`} {
		b.Exec(t, sql, id.String())
		got = append(got, step(c.next(t)))
	}
	want := []string{"insert→pending", "update pending→processing", "update processing→canceled", "update canceled→pending", "deleted pending"}
	if !slices.Equal(got, want) {
		t.Errorf("the owner saw\n%q, want\n%q", got, want)
	}
}

func TestBehindASessionPoolerNotificationsArrive(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	through := d.Bouncer(t, "session")
	began := time.Now()
	b := beside(t, d, feed.Listen, func(c *notifier.Config) { c.URL, c.NoReplication = through, false })
	t.Logf("served after %v", time.Since(began))
	user := newUser()
	c := b.connect(t, user)
	c.follow(t)
	made := b.Job(t, user, "").ID
	if f := c.next(t); f.Job.ID != made || f.Op != "insert" {
		t.Errorf("got %s, want the insert of %s", f.raw, made)
	}
}
