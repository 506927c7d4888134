package webhook

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pgcast/pgcast/db/dbtest"
)

func TestAWebhookIsSignedAndTriedAgainUnderOneID(t *testing.T) {
	t.Parallel()
	b := setup(t, true)
	var failures atomic.Int32
	b.answers(func(w http.ResponseWriter, _ *http.Request) {
		if failures.Add(1) <= 2 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	b.run(t)
	b.complete(t, b.hook.URL+"/hook")
	var seen []call
	for n := range 3 {
		c := <-b.calls
		seen = append(seen, c)
		at, err := strconv.ParseInt(c.timestamp, 10, 64)
		if err != nil || time.Since(time.Unix(at, 0)).Abs() > time.Hour {
			t.Errorf("timestamp %q", c.timestamp)
		}
		if want := Sign(key, c.id, time.Unix(at, 0), c.body); c.signature != want {
			t.Errorf("signature %s, want %s", c.signature, want)
		}
		if n < 2 {
			b.again(t)
		}
	}
	if seen[0].id == "" || seen[0].id != seen[2].id || seen[0].body != seen[2].body || !strings.Contains(seen[0].body, `"job.completed"`) {
		t.Errorf("the attempts differ: %+v", seen)
	}
	if attempts, response, problem := b.state(t, "delivered"); attempts != 3 || response != http.StatusOK || problem != "" {
		t.Errorf("after %d attempts: %d %s", attempts, response, problem)
	}
}

// What comes of answers that will not get better.
func TestAnswersThatEndADelivery(t *testing.T) {
	t.Parallel()
	var followed atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	t.Cleanup(inside.Close)
	for name, c := range map[string]struct {
		answer  http.HandlerFunc
		problem string
	}{
		"redirect": {http.RedirectHandler(inside.URL, http.StatusTemporaryRedirect).ServeHTTP, "redirects are not followed"},
		"gone":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }, "does not want"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, true)
			b.answers(c.answer)
			b.run(t)
			b.complete(t, b.hook.URL)
			if attempts, _, problem := b.state(t, "failed"); attempts != 1 || !strings.Contains(problem, c.problem) {
				t.Errorf("after %d attempts: %s", attempts, problem)
			}
			if followed.Load() > 0 {
				t.Error("the redirect was followed")
			}
		})
	}
}

// The tenth attempt is the last, and counts as such whatever was answered.
func TestTheLastAttemptCountsAsGivenUp(t *testing.T) {
	t.Parallel()
	b := setup(t, true)
	b.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	b.complete(t, b.hook.URL)
	b.Exec(t, `update webhook_deliveries set attempts = 8`)
	b.run(t)
	<-b.calls
	b.again(t)
	<-b.calls
	if attempts, response, _ := b.state(t, "failed"); attempts != 10 || response != http.StatusInternalServerError {
		t.Errorf("after %d attempts: %d", attempts, response)
	}
	dbtest.Eventually(t, "one attempt to be counted as failed, the last as given up", func() bool {
		return b.attempts(t, "failed") == 1 && b.attempts(t, "given_up") == 1
	})
}

// A name may mean a private address, and mean it only when it counts: the check
// is made when the address is dialed.
func TestPrivateAddressesAreNotCalled(t *testing.T) {
	t.Parallel()
	b := setup(t, false)
	port := b.hook.URL[strings.LastIndex(b.hook.URL, ":"):]
	b.run(t)
	for _, url := range []string{"https://localhost" + port, "https://127.0.0.1" + port, b.hook.URL, "https://[::1]" + port, "https://2130706433" + port, "https://0x7f.1" + port} {
		b.Exec(t, `delete from webhook_deliveries`)
		b.complete(t, url)
		var response *int
		var problem string
		dbtest.Eventually(t, "an attempt to be recorded", func() bool {
			err := b.Pool().QueryRow(t.Context(), `select response_status, error_message from webhook_deliveries`).Scan(&response, &problem)
			return err == nil && problem != ""
		})
		if response != nil || strings.Contains(problem, "127.0.0.1") && !strings.Contains(url, "127.0.0.1") {
			t.Errorf("%s: %v %s", url, response, problem)
		}
	}
	if len(b.calls) > 0 {
		t.Errorf("called: %+v", <-b.calls)
	}
}

// An endless answer costs no more than a little of it, a silent server no more
// than its time.
func TestSlowAndEndlessServersAreLeft(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		status string
	}{
		"endless": {func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, rand.Reader) }, "delivered"},
		"silent":  {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "pending"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, true)
			if c.status == "pending" {
				b.sender.timeout = 300 * time.Millisecond
			}
			b.answers(c.answer)
			b.run(t)
			b.complete(t, b.hook.URL)
			<-b.calls
			if c.status == "delivered" {
				b.state(t, "delivered")
				return
			}
			b.again(t) // once it is recorded
			<-b.calls
		})
	}
}

// A sender that is stopped in the middle records nothing: another one makes the
// attempt again, under the same id.
func TestWhatAStoppedSenderLeftIsSentByAnother(t *testing.T) {
	t.Parallel()
	b := setup(t, true)
	ctx, stop := context.WithCancel(t.Context())
	b.answers(func(_ http.ResponseWriter, r *http.Request) {
		stop()
		<-r.Context().Done()
	})
	b.complete(t, b.hook.URL)
	if err := b.sender.Run(ctx); err != nil {
		t.Fatal(err)
	}
	first := <-b.calls
	if attempts, _, problem := b.state(t, "pending"); attempts != 1 || problem != "" {
		t.Errorf("after %d attempts: %s", attempts, problem)
	}
	b.answer.Store(nil)
	b.Exec(t, `update webhook_deliveries set due_at = now()`) // its minute is over
	b.run(t)
	if second := <-b.calls; second.id != first.id || second.body != first.body {
		t.Errorf("sent %+v, then %+v", first, second)
	}
	b.state(t, "delivered")
}

// Of many senders each takes other deliveries.
func TestManySendersDeliverEachOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, true)
	const many = 60
	for range many {
		b.complete(t, b.hook.URL)
	}
	b.run(t)
	other := &bundle{DB: b.DB, sender: New(Config{Deliveries: b.DB, Key: key, Private: true})}
	other.sender.timeout = b.sender.timeout
	other.run(t)
	seen := map[string]bool{}
	for range many {
		seen[(<-b.calls).id] = true
	}
	dbtest.Eventually(t, "all to be recorded", func() bool {
		var n int
		err := b.Pool().QueryRow(t.Context(), `select count(*) from webhook_deliveries where status = 'delivered' and attempts = 1`).Scan(&n)
		return err == nil && n == many
	})
	if len(seen) != many || len(b.calls) > 0 {
		t.Errorf("%d of %d were told, %d more than once", len(seen), many, len(b.calls))
	}
}

func TestWhatEndedLongAgoGoes(t *testing.T) {
	t.Parallel()
	b := setup(t, true)
	b.Exec(t, `insert into webhook_deliveries (forecast_id, job_id, user_id, url, payload, status, ended_at)
		select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '', '{}', 'failed', now() - interval '31 days' + i * interval '1 day' / 1500
		from generate_series(1, 1700) i`)
	b.sender.forget(t.Context())
	var left int
	if err := b.Pool().QueryRow(t.Context(), `select count(*) from webhook_deliveries`).Scan(&left); err != nil || left != 200 {
		t.Errorf("%d deliveries are left, %v; want those of the last 30 days, 200", left, err)
	}
}
