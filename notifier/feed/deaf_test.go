package feed_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/notifier/feed"
)

// lost is a database whose notifications may get lost.
type lost struct {
	*dbtest.DB
	away atomic.Bool
}

func (l *lost) Notify(ctx context.Context, channel, payload string) error {
	if l.away.Load() {
		return nil
	}
	return l.DB.Notify(ctx, channel, payload)
}

func TestNotificationsThatDoNotArriveAreNoticed(t *testing.T) {
	t.Parallel()
	d := &lost{DB: dbtest.New(t)}
	d.away.Store(true)
	var gaps atomic.Int64
	f, events := run(t, d.DB, func(c *feed.Config) {
		c.Rows, c.NoReplication = d, true
		c.ProofEvery, c.ProofPatience = 60*time.Millisecond, 50*time.Millisecond
		c.Gap = func() { gaps.Add(1) }
	})
	wants := func(want bool) {
		t.Helper()
		dbtest.Eventually(t, "the trigger to know", func() bool {
			var wanted bool
			err := d.Pool().QueryRow(context.Background(), `select wants_status from pgcast.notifiers where id = $1`, t.Name()).Scan(&wanted)
			return err == nil && wanted == want
		})
	}
	serves(t, f, feed.Poll)
	wants(false) // notices cost writers, and nobody hears them
	if reason := f.State().Reason; !strings.Contains(reason, "pooler") || !strings.Contains(reason, "switched off") {
		t.Errorf("the reason is %q", reason)
	}
	d.away.Store(false)
	serves(t, f, feed.Listen)
	wants(true)
	if gaps.Load() < 2 {
		t.Errorf("%d gaps were reported, want one for each switch", gaps.Load())
	}
	made := d.Job(t, newUser(), "")
	if e := next(t, events); e.Job.ID != made.ID {
		t.Errorf("got %+v, want the insert of %s", e, made.ID)
	}
	d.away.Store(true)
	serves(t, f, feed.Poll)
}
