package db_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

// is reports whether each error is the one wanted.
func is(errs []error, want ...error) bool {
	for i, err := range errs {
		if !errors.Is(err, want[i]) {
			return false
		}
	}
	return len(errs) == len(want)
}

// TestCompletionsAreTogetherAndEachForItself: files are published at the same
// time, and what fails takes no other along.
func TestCompletionsAreTogetherAndEachForItself(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	for range 4 {
		d.Job(t, user, `{}`)
	}
	claims, err := d.Claim(ctx, "p", 4, 0)
	if err != nil || len(claims) != 4 {
		t.Fatal(claims, err)
	}
	d.Exec(t, `update jobs set status = 'canceled' where id = $1::uuid`, claims[1].ID.String())
	var cs []job.Completion
	for _, c := range claims {
		cs = append(cs, job.Completion{Claim: c, Outcome: outcome(c)})
	}
	full := errors.New("bucket is full")
	var together sync.WaitGroup
	together.Add(3)
	errs := d.Complete(ctx, cs, func(_ context.Context, c job.Claim) error {
		together.Done()
		together.Wait() // ends only when all three are under way
		if c.ID == claims[2].ID {
			return full
		}
		return nil
	})
	if !is(errs, nil, job.ErrLeaseLost, full, nil) {
		t.Fatalf("%v", errs)
	}
	for i, want := range []job.Status{job.Completed, job.Canceled, job.Processing, job.Completed} {
		if got := row(t, d, claims[i].ID); got.Status != want {
			t.Errorf("job %d is %s, want %s", i, got.Status, want)
		}
	}
	for _, i := range []int{0, 3} {
		run, err := d.LatestRun(ctx, user, claims[i].ID)
		if err != nil || run.ID != claims[i].RunID || run.Folder != outcome(claims[i]).Folder || run.Fence != claims[i].Fence {
			t.Errorf("run %+v, %v", run, err)
		}
	}
}

// TestACompletionFindsARowThatHasMoved: it waits for a row that somebody else has
// locked, and finds it where that one has put it.
func TestACompletionFindsARowThatHasMoved(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	d.Job(t, user, `{}`)
	claims, err := d.Claim(ctx, "p", 1, 0)
	if err != nil || len(claims) != 1 {
		t.Fatal(claims, err)
	}
	operator := d.Connect(t)
	for _, sql := range []string{"begin", "update jobs set priority = 1"} {
		if _, err := operator.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan []error, 1)
	go func() {
		done <- d.Complete(ctx, []job.Completion{{Claim: claims[0], Outcome: outcome(claims[0])}}, publishNothing)
	}()
	dbtest.Eventually(t, "the completion to wait for the row", func() bool {
		var waits bool
		err := d.Pool().QueryRow(ctx, `select exists (select from pg_locks where not granted and locktype = 'transactionid')`).Scan(&waits)
		return err == nil && waits
	})
	if _, err := operator.Exec(ctx, "commit"); err != nil {
		t.Fatal(err)
	}
	if errs := <-done; !is(errs, nil) {
		t.Fatal(errs)
	}
	if got := row(t, d, claims[0].ID); got.Status != job.Completed || got.Priority != 1 {
		t.Errorf("job is %s with priority %d, want completed with 1", got.Status, got.Priority)
	}
}

// TestProcessorsOfTheVersionBeforeComplete as they did.
func TestProcessorsOfTheVersionBeforeComplete(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	d.Job(t, user, `{}`)
	claims, err := d.Claim(ctx, "p", 1, 0)
	if err != nil || len(claims) != 1 {
		t.Fatal(claims, err)
	}
	ids, fences := []string{claims[0].ID.String()}, []int64{claims[0].Fence}
	var state string
	if err := d.Pool().QueryRow(ctx, `select pgcast.hold_claims($1::text[]::uuid[], $2::bigint[])`, ids, fences).Scan(&state); err != nil || state != "held" {
		t.Fatal(state, err)
	}
	var fence int64
	err = d.Pool().QueryRow(ctx, `select pgcast.complete($1::text[]::uuid[], $2::bigint[], '{f}', '{o}', '{null}', '{m}', '{null}')`, ids, fences).Scan(&fence)
	if err != nil || fence != fences[0] {
		t.Fatal(fence, err)
	}
	if got := row(t, d, claims[0].ID); got.Status != job.Completed {
		t.Errorf("job is %s, want completed", got.Status)
	}
}

// TestManyRowsAreOneStatusHint on pgcast_status, whatever is done to them.
func TestManyRowsAreOneStatusHint(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.New(t), t.Context()
	if err := d.WantStatus(ctx, "window", true); err != nil {
		t.Fatal(err)
	}
	s := listenIn(t, d)
	if _, err := s.listener.Exec(ctx, `listen pgcast_status`); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{100, 101} {
		for _, sql := range []string{
			`insert into jobs (user_id, params) select gen_random_uuid(), '{}' from generate_series(1, %d)`,
			`update jobs set status = 'canceled' where %d > 0`,
			`delete from jobs where %d > 0`,
		} {
			if _, err := s.conn.Exec(ctx, fmt.Sprintf(sql, n)); err != nil {
				t.Fatal(err)
			}
			var payloads []string
			for _, sent := range s.notifications() {
				if sent.Channel == "pgcast_status" {
					payloads = append(payloads, sent.Payload)
				}
			}
			if n == 100 && len(payloads) != 100 {
				t.Errorf("%s: %d hints for 100 rows", sql, len(payloads))
			}
			if n == 101 && (len(payloads) != 1 || strings.ReplaceAll(payloads[0], " ", "") != `{"op":"MANY","count":101}`) {
				t.Errorf("%s: %d hints for 101 rows, %v", sql, len(payloads), payloads)
			}
		}
	}
}

func TestTruncateLeavesNoFilesBehind(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	done, _ := jobIn(t, d, user, "completed")
	d.Exec(t, `truncate jobs`)
	if due := sweep(t, d); len(due) != 1 || due[0].JobID != done.ID {
		t.Errorf("left over: %v, want the job's folder", due)
	}
	events, err := d.Events(ctx, user, done.ID)
	if err != nil || events[len(events)-1].Status != "deleted" {
		t.Errorf("events %v, %v", events, err)
	}
	if _, err := d.LatestRun(ctx, user, done.ID); !errors.Is(err, job.ErrNotFound) {
		t.Errorf("the run is still there: %v", err)
	}
}

func TestOldEventsArePruned(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	first, second := d.Job(t, user, `{}`).ID, d.Job(t, user, `{}`).ID
	d.Exec(t, `update job_events set at = now() - interval '91 days' where job_id = $1::uuid`, first.String())
	for _, want := range []int{1, 0} {
		if n, err := d.PruneEvents(ctx, 90*24*time.Hour); err != nil || n != want {
			t.Errorf("pruned %d, %v; want %d", n, err, want)
		}
	}
	if events, err := d.Events(ctx, user, second); err != nil || len(events) != 1 {
		t.Errorf("events %v, %v", events, err)
	}
}
