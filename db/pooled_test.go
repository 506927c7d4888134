package db_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

// Every call works in the modes that a transaction pooler needs.
func TestEveryCallInEveryQueryMode(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			made := dbtest.New(t)
			u, err := url.Parse(made.URL)
			if err != nil {
				t.Fatal(err)
			}
			q := u.Query()
			q.Set("default_query_exec_mode", mode)
			u.RawQuery = q.Encode()
			pool, err := db.Open(t.Context(), u.String(), db.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			everyCall(t, &dbtest.DB{DB: pool, URL: u.String()})
		})
	}
}

// Behind a real pooler nobody has to say so.
func TestEveryCallThroughPgBouncer(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"transaction", "session"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			through := dbtest.New(t).Bouncer(t, mode)
			pool, err := db.Open(t.Context(), through, db.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			everyCall(t, &dbtest.DB{DB: pool, URL: through})
			if mode := pool.Pool().Config().ConnConfig.DefaultQueryExecMode; mode != pgx.QueryExecModeExec {
				t.Errorf("behind a pooler the mode is %s", mode)
			}
		})
	}
}

// Statements stay prepared where they can, and where the URL says so.
func TestTheModeOfCalls(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	if mode := d.Pool().Config().ConnConfig.DefaultQueryExecMode; mode != pgx.QueryExecModeCacheStatement {
		t.Errorf("on a direct connection the mode is %s", mode)
	}
	through := d.Bouncer(t, "session")
	pool, err := db.Open(t.Context(), through+"&default_query_exec_mode=cache_describe", db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if mode := pool.Pool().Config().ConnConfig.DefaultQueryExecMode; mode != pgx.QueryExecModeCacheDescribe {
		t.Errorf("the mode is %s, and the URL says cache_describe", mode)
	}
}

func TestKindsOfPgBouncer(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	for mode, want := range map[string]db.Kind{"transaction": db.TransactionPooler, "session": db.SessionPooler} {
		if kind, err := db.KindOf(t.Context(), d.Bouncer(t, mode)); err != nil || kind != want {
			t.Errorf("pool_mode %s: %s, %v; want %s", mode, kind, err, want)
		}
	}
}

// A pooler's connection may listen for somebody else.
func TestCallsKeepNoNotifications(t *testing.T) {
	t.Parallel()
	conn, err := dbtest.New(t).Pool().Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Exec(t.Context(), `listen pgcast_wake; notify pgcast_wake`); err != nil {
		t.Fatal(err)
	}
	now, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := conn.Conn().WaitForNotification(now); err == nil {
		t.Errorf("%s was kept", n.Channel)
	}
}

func everyCall(t *testing.T, d *dbtest.DB) {
	user, ctx := newUser(), t.Context()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(d.Ping(ctx))
	ok(d.Current(ctx))
	ok(d.Heartbeat(ctx, job.Processor{ID: "first", Name: "n", Slots: 2, Running: 1, LockKey: -5}))
	ok(d.Heartbeat(ctx, job.Processor{ID: "first", Name: "n", Slots: 2}))
	ok(d.WantStatus(ctx, "n", true))

	done, claim := jobIn(t, d, user, "completed")
	_, err := d.Get(ctx, user, done.ID)
	ok(err)
	page, err := d.List(ctx, user, job.Filter{Statuses: []job.Status{job.Completed}, Limit: 1})
	ok(err)
	if len(page.Jobs) != 1 {
		t.Errorf("page %+v", page)
	}
	run, err := d.Run(ctx, user, claim.RunID)
	ok(err)
	if run.Checksums["output.json"] != "abc" {
		t.Errorf("run %+v", run)
	}
	_, err = d.LatestRun(ctx, user, done.ID)
	ok(err)
	for _, ids := range [][]job.ID{nil, {done.ID}} {
		jobs, err := d.Snapshot(ctx, user, ids)
		ok(err)
		if len(jobs) != 1 || jobs[0].ID != done.ID {
			t.Errorf("snapshot %+v", jobs)
		}
	}
	_, err = d.Events(ctx, user, done.ID)
	ok(err)
	_, err = d.Reprocess(ctx, user, done.ID, nil)
	ok(err)
	again := claimOne(t, d, "first")
	lost, err := d.Report(ctx, []job.Tick{{ID: again.ID, Fence: again.Fence}, {ID: again.ID, Fence: again.Fence - 1}})
	ok(err)
	if len(lost) != 1 || lost[0] != again.ID {
		t.Errorf("lost %v", lost)
	}
	_, err = d.Reconcile(ctx, "first", []job.Claim{again})
	ok(err)
	ok(d.Release(ctx, []job.Claim{again}))
	_, err = d.Cancel(ctx, user, again.ID)
	ok(err)
	_, err = d.Expire(ctx, 10)
	ok(err)
	ok(d.Doubt(ctx, again.ID))
	due, err := d.Doubts(ctx, 10)
	ok(err)
	ok(d.Assured(ctx, due))
	ok(d.WithRuns(ctx, again.ID, func(context.Context, job.Standing) error { return nil }))
	_, err = d.Rescue(ctx)
	ok(err)
	ticket, _, err := d.Ticket(ctx, user)
	ok(err)
	_, _, err = d.Redeem(ctx, ticket)
	ok(err)
	ok(d.Delete(ctx, user, again.ID))
	ok(d.Deregister(ctx, "first"))
}
