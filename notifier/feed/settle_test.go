package feed_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/internal/localpg"
	"github.com/pgcast/pgcast/notifier/feed"
)

// newStandbyless is a database whose commits, where a session asks for it, wait
// for a standby that does not come: they are in the WAL and do not show.
func newStandbyless(t *testing.T) *dbtest.DB {
	t.Helper()
	server, err := localpg.Start(t.Context(), localpg.Config{
		Dir: t.TempDir(), Ephemeral: true,
		Settings: map[string]string{"synchronous_commit": "local", "synchronous_standby_names": "nobody"},
	})
	if err != nil {
		t.Fatalf("start postgres: %v", err)
	}
	t.Cleanup(func() {
		if err := server.Stop(context.Background()); err != nil {
			t.Errorf("stop postgres: %v", err)
		}
	})
	if err := db.Shim(t.Context(), server.URL()); err != nil {
		t.Fatalf("add the shim: %v", err)
	}
	if err := db.Migrate(t.Context(), server.URL(), nil); err != nil {
		t.Fatalf("migrate: %v", err)
	}
	pool, err := db.Open(t.Context(), server.URL(), db.Options{})
	if err != nil {
		t.Fatalf("open database: %v", err)
	}
	t.Cleanup(pool.Close)
	return &dbtest.DB{DB: pool, URL: server.URL()}
}

func TestChangesAreToldWhenTheyShow(t *testing.T) {
	t.Parallel()
	d := newStandbyless(t)
	first, second := d.Job(t, newUser(), ""), d.Job(t, newUser(), "")
	shown := make(chan int64, 10) // the row's version as a reader finds it when the event is told
	events := make(chan feed.Event, 10)
	f, _ := run(t, d, func(c *feed.Config) {
		c.Events = func(_ feed.Mode, all []feed.Event) {
			for _, e := range all {
				rows, err := d.Rows(context.Background(), []job.ID{e.Job.ID})
				if err != nil || len(rows) != 1 {
					t.Errorf("read job %s: %d rows, %v", e.Job.ID, len(rows), err)
					return
				}
				events <- e
				shown <- rows[0].Version
			}
		}
	})
	serves(t, f, feed.Replication)

	slow := d.Connect(t)
	committed := make(chan error, 1)
	go func() {
		_, err := slow.Exec(context.Background(), `set synchronous_commit = on; update jobs set priority = 1 where id = '`+first.ID.String()+`'`)
		committed <- err
	}()
	dbtest.Eventually(t, "a commit that waits for the standby", func() bool {
		return ask[bool](t, d, `select exists (select from pg_stat_activity where wait_event = 'SyncRep')`)
	})
	// A later commit shows at once. When the feed has been sent it, it has been
	// sent the earlier one.
	d.Exec(t, `update jobs set priority = 1 where id = $1`, second.ID.String())
	end := ask[string](t, d, `select pg_current_wal_insert_lsn()::text`)
	dbtest.Eventually(t, "the feed has been sent both", func() bool {
		return ask[bool](t, d, `select coalesce(max(sent_lsn) >= '`+end+`'::pg_lsn, false) from pg_stat_replication`)
	})
	if ask[bool](t, d, `select not pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'`) {
		t.Fatal("the waiting commit cannot be let go")
	}
	if err := <-committed; err != nil { // canceled or not, it is committed: a warning says so
		t.Fatal(err)
	}
	for _, want := range []job.ID{first.ID, second.ID} {
		e := next(t, events)
		if version := <-shown; e.Job.ID != want || version != e.Job.Version {
			t.Errorf("told version %d of job %s while readers found version %d; want job %s", e.Job.Version, e.Job.ID, version, want)
		}
	}
}

// ask is the one value a query answers with.
func ask[T any](t *testing.T, d *dbtest.DB, sql string) T {
	t.Helper()
	rows, err := d.Pool().Query(t.Context(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	got, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return got
}
