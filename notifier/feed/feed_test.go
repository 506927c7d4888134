package feed_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(dbtest.Main(m)) }

// run starts a feed on a database of its own and returns the events it brings.
func run(t *testing.T, d *dbtest.DB, change func(*feed.Config)) (*feed.Feed, <-chan feed.Event) {
	t.Helper()
	events := make(chan feed.Event, 1000)
	config := feed.Config{
		URL: d.URL, Name: t.Name(), Rows: d, Log: slog.New(slog.DiscardHandler),
		Events: func(_ feed.Mode, all []feed.Event) {
			for _, e := range all {
				events <- e
			}
		},
		Gap: func() {},
	}
	change(&config)
	f := feed.New(config)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = f.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return f, events
}

func serves(t *testing.T, f *feed.Feed, m feed.Mode) {
	t.Helper()
	dbtest.Eventually(t, string(m)+" to serve", func() bool { return f.State().Mode == m })
}

func next(t *testing.T, events <-chan feed.Event) feed.Event {
	t.Helper()
	select {
	case e := <-events:
		return e
	case <-time.After(time.Minute):
		t.Fatal("no event")
		return feed.Event{}
	}
}

func newUser() job.UserID { return job.UserID{UUID: uuid.New()} }

func TestIdleTableKeepsNoWAL(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	f, _ := run(t, d, func(c *feed.Config) { c.StatusEvery = 50 * time.Millisecond })
	serves(t, f, feed.Replication)
	d.Exec(t, `create table elsewhere as select n, repeat('x', 100) as text from generate_series(1, 10000) n`)
	var end string
	if err := d.Pool().QueryRow(t.Context(), `select pg_current_wal_lsn()::text`).Scan(&end); err != nil {
		t.Fatalf("read the end of the WAL: %v", err)
	}
	dbtest.Eventually(t, "the slot to let go of another table's WAL", func() bool {
		var confirmed bool
		err := d.Pool().QueryRow(context.Background(), `
			select bool_and(confirmed_flush_lsn >= $1::pg_lsn) from pg_replication_slots where database = current_database()`, end).Scan(&confirmed)
		return err == nil && confirmed
	})
}

func TestEventsOfOneTransactionKeepTheirOrder(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	f, events := run(t, d, func(*feed.Config) {})
	serves(t, f, feed.Replication)
	user := newUser()
	for range 3 {
		d.Job(t, user, "")
	}
	inserts := []feed.Event{next(t, events), next(t, events), next(t, events)}
	d.Exec(t, `update jobs set status = 'pending' where user_id = $1`, user.String())
	for i := range inserts {
		e := next(t, events)
		if e.Index != i || e.LSN == 0 || e.LSN <= inserts[2].LSN || e.OldStatus != job.Pending || e.At.IsZero() {
			t.Errorf("event %d of one UPDATE is %+v", i, e)
		}
	}
}

func TestReasonsAgainstReplicationAreTold(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	role := "plain_" + strings.ReplaceAll(newUser().String(), "-", "")
	d.Exec(t, `create role `+role+` login`)
	t.Cleanup(func() { d.Exec(t, `drop role `+role) })
	f, events := run(t, d, func(c *feed.Config) {
		c.URL = strings.Replace(d.URL, "//postgres@", "//"+role+"@", 1)
		c.HeadStart = time.Millisecond
	})
	serves(t, f, feed.Listen)
	dbtest.Eventually(t, "a reason that names the right", func() bool { return strings.Contains(f.State().Reason, "replication role") })
	made := d.Job(t, newUser(), "")
	if e := next(t, events); e.Job.ID != made.ID || e.LSN != 0 {
		t.Errorf("got %+v, want the insert of %s by notice", e, made.ID)
	}
}

func TestSlotThatWaitsTooLongIsGivenUp(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	open, err := d.Connect(t).Begin(t.Context())
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	if _, err := open.Exec(t.Context(), `create table unfinished ()`); err != nil {
		t.Fatalf("write without committing: %v", err)
	}
	f, _ := run(t, d, func(c *feed.Config) {
		c.HeadStart, c.SlotPatience, c.RetryMax = time.Millisecond, 50*time.Millisecond, 50*time.Millisecond
	})
	serves(t, f, feed.Listen)
	dbtest.Eventually(t, "a reason that names the transaction", func() bool { return strings.Contains(f.State().Reason, "open writing transaction") })
	var waiting int
	err = d.Pool().QueryRow(t.Context(), `select count(*) from pg_stat_activity where backend_type = 'walsender' and datname = current_database()`).Scan(&waiting)
	if err != nil || waiting > 1 {
		t.Errorf("%d walsenders wait (%v), want at most the one of this attempt", waiting, err)
	}
	if err := open.Commit(t.Context()); err != nil {
		t.Fatalf("commit: %v", err)
	}
	serves(t, f, feed.Replication)
}
