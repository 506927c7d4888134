package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
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
