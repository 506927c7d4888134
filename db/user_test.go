package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

func newUser() job.UserID { return job.UserID{UUID: uuid.New()} }

func TestUploadWaitsUntilItIsAskedFor(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()

	made := d.Job(t, user, "")
	if made.Status != job.Pending || made.Params != nil || made.ForecastID != "" || made.Version != 1 {
		t.Fatalf("a fresh upload is %+v", made.Job)
	}
	if string(made.Columns) != `[{"name": "month"}]` || made.FileBytes != 1234 {
		t.Errorf("columns %s, %d bytes", made.Columns, made.FileBytes)
	}
	if claims, err := d.Claim(ctx, "p", 10, 0); err != nil || len(claims) != 0 {
		t.Fatalf("claimed %v, %v; want nothing", claims, err)
	}

	asked, err := d.Request(ctx, user, made.ID, json.RawMessage(`{"horizon": 3}`))
	if err != nil {
		t.Fatal(err)
	}
	if asked.ForecastID == "" || asked.Version != 2 || asked.Status != job.Pending {
		t.Errorf("after the request: %+v", asked)
	}
	runID, err := job.ParseRunID(asked.ForecastID)
	if err != nil {
		t.Fatal(err)
	}
	run, err := d.Run(ctx, user, runID)
	if err != nil || run.Status != job.Pending || string(run.Params) != `{"horizon": 3}` {
		t.Errorf("run %+v, %v", run, err)
	}
	claimOne(t, d, "p")
	run, err = d.Run(ctx, user, runID)
	if err != nil || run.Status != job.Processing || run.Attempts != 1 || run.StartedAt == nil {
		t.Errorf("run that was claimed %+v, %v", run, err)
	}
}

func TestStrangersFindNothing(t *testing.T) {
	t.Parallel()
	d, user, stranger, ctx := dbtest.New(t), newUser(), newUser(), t.Context()
	made := d.Job(t, user, `{}`)
	run, _ := job.ParseRunID(made.ForecastID)

	calls := map[string]func(context.Context) error{
		"get":        func(ctx context.Context) error { _, err := d.Get(ctx, stranger, made.ID); return err },
		"request":    func(ctx context.Context) error { _, err := d.Request(ctx, stranger, made.ID, nil); return err },
		"reprocess":  func(ctx context.Context) error { _, err := d.Reprocess(ctx, stranger, made.ID, nil); return err },
		"cancel":     func(ctx context.Context) error { _, err := d.Cancel(ctx, stranger, made.ID); return err },
		"delete":     func(ctx context.Context) error { return d.Delete(ctx, stranger, made.ID) },
		"events":     func(ctx context.Context) error { _, err := d.Events(ctx, stranger, made.ID); return err },
		"run":        func(ctx context.Context) error { _, err := d.Run(ctx, stranger, run); return err },
		"latest run": func(ctx context.Context) error { _, err := d.LatestRun(ctx, stranger, made.ID); return err },
	}
	for name, call := range calls {
		if err := call(ctx); !errors.Is(err, job.ErrNotFound) {
			t.Errorf("%s: %v, want not found", name, err)
		}
	}
	if jobs, err := d.Snapshot(ctx, stranger, []job.ID{made.ID}); err != nil || len(jobs) != 0 {
		t.Errorf("snapshot shows %v, %v", jobs, err)
	}
	if page, err := d.List(ctx, stranger, job.Filter{}); err != nil || len(page.Jobs) != 0 {
		t.Errorf("list shows %v, %v", page, err)
	}
}

func TestListPagesThroughEverything(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	// Seven jobs of one instant: only the id tells them apart.
	d.Exec(t, `insert into jobs (user_id, status, created_at) select $1::uuid, 'failed', '2026-01-01' from generate_series(1, 7)`, user.String())
	d.Job(t, user, "")

	seen := map[job.ID]bool{}
	filter := job.Filter{Limit: 3}
	for pages := 0; pages < 10; pages++ {
		page, err := d.List(ctx, user, filter)
		if err != nil {
			t.Fatal(err)
		}
		for _, j := range page.Jobs {
			if seen[j.ID] {
				t.Errorf("job %s is on two pages", j.ID)
			}
			seen[j.ID] = true
		}
		if filter.Cursor = page.NextCursor; filter.Cursor == "" {
			break
		}
	}
	if len(seen) != 8 {
		t.Errorf("saw %d jobs, want 8", len(seen))
	}
	page, err := d.List(ctx, user, job.Filter{Statuses: []job.Status{job.Pending}})
	if err != nil || len(page.Jobs) != 1 {
		t.Errorf("pending: %d, %v, want one", len(page.Jobs), err)
	}
	var spec *job.SpecError
	if _, err := d.List(ctx, user, job.Filter{Cursor: "???"}); !errors.As(err, &spec) {
		t.Errorf("a foreign cursor: %v, want a SpecError", err)
	}
}

func TestTicketOpensOnce(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	ticket, expires, err := d.Ticket(ctx, user)
	if err != nil || expires.IsZero() {
		t.Fatal(expires, err)
	}
	got, role, err := d.Redeem(ctx, ticket)
	if err != nil || got != user || role != "authenticated" {
		t.Errorf("redeemed %v %q %v", got, role, err)
	}
	if _, _, err := d.Redeem(ctx, ticket); !errors.Is(err, job.ErrTicket) {
		t.Errorf("used twice: %v", err)
	}

	late, _, err := d.Ticket(ctx, user)
	if err != nil {
		t.Fatal(err)
	}
	d.Exec(t, `update pgcast.tickets set expires_at = now() - interval '1 second'`)
	if _, _, err := d.Redeem(ctx, late); !errors.Is(err, job.ErrTicket) {
		t.Errorf("used late: %v", err)
	}
}
