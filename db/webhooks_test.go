package db_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

const hooked = `{"horizon": 12, "webhook": {"url": "https://example.com/hook"}}`

// deliveries counts the rows in a status.
func deliveries(t *testing.T, d *dbtest.DB, status string) (n int) {
	t.Helper()
	if err := d.Pool().QueryRow(t.Context(), `select count(*) from webhook_deliveries where status = $1`, status).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A delivery is there exactly when a run has ended that named a webhook: with
// its outcome, once, and not for an attempt that is to be repeated.
func TestARunThatEndsLeavesOneDelivery(t *testing.T) {
	t.Parallel()
	d, user, ctx := dbtest.New(t), newUser(), t.Context()
	jobIn(t, d, user, "completed") // without a webhook
	jobIn(t, d, user, "failed")
	id := d.Job(t, user, hooked).ID
	first := claimOne(t, d, "p")
	if err := d.Fail(ctx, first, job.Failure{Code: "storage_unavailable", Message: "later", Retry: true}); err != nil {
		t.Fatal(err)
	}
	if n := deliveries(t, d, "pending"); n != 0 {
		t.Fatalf("%d deliveries while the run goes on", n)
	}
	d.Exec(t, `update jobs set run_at = now()`)
	last := claimOne(t, d, "p")
	if err := d.Fail(ctx, last, job.Failure{Code: "too_short", Message: "three rows"}); err != nil {
		t.Fatal(err)
	}
	due, err := d.DueWebhooks(ctx, 10)
	if err != nil || len(due) != 1 {
		t.Fatalf("due: %+v, %v; want one", due, err)
	}
	var told struct {
		Type      string
		Timestamp time.Time
		Data      map[string]any
	}
	if err := json.Unmarshal([]byte(due[0].Payload), &told); err != nil {
		t.Fatalf("%v in %s", err, due[0].Payload)
	}
	if due[0].JobID != id || due[0].RunID != last.RunID || due[0].URL != "https://example.com/hook" || due[0].Attempt != 1 ||
		told.Type != "job.failed" || time.Since(told.Timestamp).Abs() > time.Hour ||
		told.Data["error_code"] != "too_short" || told.Data["job_id"] != id.String() || told.Data["user_id"] != user.String() {
		t.Errorf("delivery %+v", due[0])
	}

	read, err := d.Webhooks(ctx, user, id)
	if err != nil || len(read) != 1 || read[0].ID != due[0].ID || read[0].Status != "pending" || read[0].Attempts != 1 || read[0].AttemptedAt == nil || read[0].Response != nil {
		t.Errorf("the user reads %+v, %v", read, err)
	}
	if others, err := d.Webhooks(ctx, newUser(), id); err != nil || len(others) != 0 {
		t.Errorf("somebody else reads %+v, %v", others, err)
	}

	// The next run of the job is another one to tell of.
	d.Exec(t, `update jobs set status = 'pending' where id = $1::uuid`, id.String())
	if err := completeOne(ctx, d, claimOne(t, d, "p")); err != nil {
		t.Fatal(err)
	}
	again, err := d.DueWebhooks(ctx, 10)
	if err != nil || len(again) != 1 || again[0].ID == due[0].ID {
		t.Errorf("after the next run: %+v, %v", again, err)
	}
	d.Exec(t, `update jobs set status = 'pending' where id = $1::uuid`, id.String())
	d.Exec(t, `update jobs set status = 'canceled' where id = $1::uuid`, id.String())
	if n := deliveries(t, d, "pending"); n != 2 {
		t.Errorf("%d deliveries after a run was canceled, want those of the two that ended", n)
	}
}

// Whoever wrote the request, by hand or not: what stands in place of the webhook
// cannot keep a run from ending.
func TestAnyWebhookLetsItsRunEnd(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	for _, webhook := range []string{`null`, `1`, `"https://example.com"`, `[]`, `{}`, `{"url": null}`, `{"url": {"a": 1}}`, `{"url": "ftp://x"}`} {
		d.Exec(t, `delete from jobs`)
		d.Job(t, newUser(), fmt.Sprintf(`{"webhook": %s}`, webhook))
		if err := completeOne(t.Context(), d, claimOne(t, d, "p")); err != nil {
			t.Errorf("%s: %v", webhook, err)
		}
		if n := deliveries(t, d, "pending"); n != 1 {
			t.Errorf("%s: %d deliveries", webhook, n)
		}
	}
}

func TestADeliveryIsTriedUntilItsEnd(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.New(t), t.Context()
	d.Job(t, newUser(), hooked)
	if err := completeOne(ctx, d, claimOne(t, d, "p")); err != nil {
		t.Fatal(err)
	}
	take := func() []job.Delivery {
		t.Helper()
		due, err := d.DueWebhooks(ctx, 10)
		if err != nil {
			t.Fatal(err)
		}
		return due
	}
	tell := func(tried job.Tried) (givenUp bool) {
		t.Helper()
		givenUp, err := d.WebhookTried(ctx, tried)
		if err != nil {
			t.Fatal(err)
		}
		return givenUp
	}
	first := take()
	if len(first) != 1 || len(take()) != 0 {
		t.Fatalf("taken %+v, and again", first)
	}
	// Its processor died: the delivery comes again, and what is told of the attempt
	// before counts no more.
	d.Exec(t, `update webhook_deliveries set due_at = now()`)
	second := take()
	if len(second) != 1 || second[0].ID != first[0].ID || second[0].Payload != first[0].Payload || second[0].Attempt != 2 {
		t.Fatalf("taken %+v", second)
	}
	tell(job.Tried{Delivery: first[0], Response: 200})
	if n := deliveries(t, d, "pending"); n != 1 {
		t.Errorf("an attempt that was given up ended the delivery")
	}
	tell(job.Tried{Delivery: second[0], Response: 500, Problem: "it answered 500"})
	var pause float64
	if err := d.Pool().QueryRow(ctx, `select extract(epoch from due_at - clock_timestamp()) from webhook_deliveries`).Scan(&pause); err != nil || pause < 5 || pause > 24 {
		t.Errorf("after the second attempt the pause is %g s, %v; want some 20", pause, err)
	}
	for n := 3; n <= 10; n++ {
		d.Exec(t, `update webhook_deliveries set due_at = now()`)
		due := take()
		if len(due) != 1 || due[0].Attempt != n {
			t.Fatalf("attempt %d: %+v", n, due)
		}
		if last := tell(job.Tried{Delivery: due[0], Problem: "it could not be reached"}); last != (n == 10) {
			t.Errorf("attempt %d: given up: %t", n, last)
		}
	}
	if n := deliveries(t, d, "failed"); n != 1 {
		t.Errorf("after ten attempts %d have failed", n)
	}

	// By hand, once more.
	d.Exec(t, `update webhook_deliveries set status = 'pending', due_at = now(), attempts = 0`)
	due := take()
	if len(due) != 1 {
		t.Fatalf("sent again: %+v", due)
	}
	tell(job.Tried{Delivery: due[0], Response: 204})
	if n := deliveries(t, d, "delivered"); n != 1 {
		t.Error("not delivered")
	}

	// A month later it is forgotten.
	if n, err := d.ForgetWebhooks(ctx); err != nil || n != 0 {
		t.Errorf("forgot %d, %v", n, err)
	}
	d.Exec(t, `update webhook_deliveries set ended_at = now() - interval '31 days'`)
	if n, err := d.ForgetWebhooks(ctx); err != nil || n != 1 {
		t.Errorf("after a month forgot %d, %v", n, err)
	}
}

// One user's receiver hangs: the deliveries of others are handed out beside it,
// and over all processors it holds eight attempts and no more.
func TestDeliveriesAreHandedOutFairly(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.New(t), t.Context()
	greedy, modest := newUser().String(), newUser().String()
	d.Exec(t, `insert into webhook_deliveries (forecast_id, job_id, user_id, url, payload, due_at)
		select gen_random_uuid(), gen_random_uuid(), $1::uuid, 'greedy', '{}', now() - interval '1 hour' from generate_series(1, 50)`, greedy)
	d.Exec(t, `insert into webhook_deliveries (forecast_id, job_id, user_id, url, payload)
		select gen_random_uuid(), gen_random_uuid(), $1::uuid, 'modest', '{}' from generate_series(1, 3)`, modest)
	take := func(most, ofGreedy, ofModest int) (taken job.Delivery) {
		t.Helper()
		due, err := d.DueWebhooks(ctx, most)
		if err != nil {
			t.Fatal(err)
		}
		n := map[string]int{}
		for _, one := range due {
			if n[one.URL]++; one.URL == "greedy" {
				taken = one
			}
		}
		if n["greedy"] != ofGreedy || n["modest"] != ofModest {
			t.Errorf("of %d asked for %v were handed out, want %d and %d", most, n, ofGreedy, ofModest)
		}
		return taken
	}
	take(4, 2, 2)
	ended := take(32, 6, 1)
	take(32, 0, 0)
	if _, err := d.WebhookTried(ctx, job.Tried{Delivery: ended, Problem: "it did not answer in time"}); err != nil {
		t.Fatal(err)
	}
	take(32, 1, 0)
}

func TestADeletedJobTellsNobody(t *testing.T) {
	t.Parallel()
	d, user := dbtest.New(t), newUser()
	id := d.Job(t, user, hooked).ID
	if err := completeOne(t.Context(), d, claimOne(t, d, "p")); err != nil {
		t.Fatal(err)
	}
	if err := d.Delete(t.Context(), user, id); err != nil {
		t.Fatal(err)
	}
	if n := deliveries(t, d, "pending"); n != 0 {
		t.Errorf("%d deliveries of a job that is gone", n)
	}
}
