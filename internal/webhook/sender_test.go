package webhook

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/pgcast/pgcast/db/dbtest"
	"github.com/pgcast/pgcast/internal/job"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(dbtest.Main(m)) }

var key = []byte("a key of these tests")

// call is a request that a hook got.
type call struct {
	id, timestamp, signature, body string
}

// bundle is a sender on a database, and a server that hears of it.
type bundle struct {
	*dbtest.DB
	sender *Sender
	hook   *httptest.Server
	calls  chan call
	answer atomic.Pointer[http.HandlerFunc] // nil: 204

	metrics *prometheus.Registry
}

func setup(t *testing.T, private bool) *bundle {
	t.Helper()
	b := &bundle{DB: dbtest.New(t), calls: make(chan call, 100), metrics: prometheus.NewRegistry()}
	b.hook = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.calls <- call{r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), r.Header.Get("webhook-signature"), string(body)}
		if h := b.answer.Load(); h != nil {
			(*h)(w, r)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(b.hook.Close)
	b.sender = New(Config{Deliveries: b.DB, Key: key, Private: private, Agent: "pgcast/test", Metrics: b.metrics})
	b.sender.timeout = 50 * time.Second // a slow machine is no slow receiver
	return b
}

func (b *bundle) run(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.sender.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// attempts is how many the metrics count with an outcome.
func (b *bundle) attempts(t *testing.T, outcome string) (n float64) {
	t.Helper()
	families, err := b.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "pgcast_webhook_attempts_total" && m.GetLabel()[0].GetValue() == outcome {
				n += m.GetCounter().GetValue()
			}
		}
	}
	return n
}

func (b *bundle) answers(h http.HandlerFunc) { b.answer.Store(&h) }

// complete makes a job with a webhook, and ends it.
func (b *bundle) complete(t *testing.T, url string) {
	t.Helper()
	b.Job(t, job.UserID{UUID: uuid.New()}, fmt.Sprintf(`{"webhook": {"url": %q}}`, url))
	claims, err := b.Claim(t.Context(), "p", 1, 0)
	if err != nil || len(claims) != 1 {
		t.Fatal(claims, err)
	}
	done := job.Completion{Claim: claims[0], Outcome: job.Outcome{Folder: "f", OutputPath: "o", Checksums: map[string]string{}, ModelUsed: "theta", Metrics: json.RawMessage(`{}`)}}
	if err := b.Complete(t.Context(), []job.Completion{done}, func(context.Context, job.Claim) error { return nil })[0]; err != nil {
		t.Fatal(err)
	}
	b.sender.Wake()
}

// state waits until the delivery is in a status, and returns what is said of it.
func (b *bundle) state(t *testing.T, status string) (attempts, response int, problem string) {
	t.Helper()
	dbtest.Eventually(t, "a delivery that is "+status, func() bool {
		var n int
		err := b.Pool().QueryRow(t.Context(), `select count(*) from webhook_deliveries where status = $1`, status).Scan(&n)
		return err == nil && n > 0
	})
	err := b.Pool().QueryRow(t.Context(), `select attempts, coalesce(response_status, 0), error_message from webhook_deliveries where status = $1`, status).Scan(&attempts, &response, &problem)
	if err != nil {
		t.Fatal(err)
	}
	return attempts, response, problem
}

// again makes what is pending due at once, as soon as its attempt was recorded.
func (b *bundle) again(t *testing.T) {
	t.Helper()
	dbtest.Eventually(t, "an attempt to be recorded", func() bool {
		tag, err := b.Pool().Exec(t.Context(), `update webhook_deliveries set due_at = now(), error_message = '' where status = 'pending' and error_message <> ''`)
		return err == nil && tag.RowsAffected() == 1
	})
	b.sender.Wake()
}

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
