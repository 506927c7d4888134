package webhook

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pgcast/pgcast/internal/job"
)

// Deliveries is what a sender needs from the database.
type Deliveries interface {
	// DueWebhooks takes at most so many for one attempt each. One whose outcome
	// is not told within a minute is handed out again.
	DueWebhooks(ctx context.Context, most int) ([]job.Delivery, error)
	// WebhookTried tells the outcome of an attempt, and hears whether the delivery
	// is given up.
	WebhookTried(ctx context.Context, t job.Tried) (givenUp bool, err error)
	// ForgetWebhooks removes a part of what ended long ago, and returns how many; 0:
	// nothing is left, or it is an error.
	ForgetWebhooks(ctx context.Context) (int, error)
}

// Config sets up a [Sender].
type Config struct {
	Deliveries Deliveries
	Key        []byte // see ParseSecret
	Private    bool   // private addresses and http may be called: for tests, and where users are trusted
	Agent      string // User-Agent
	Log        *slog.Logger
	Metrics    prometheus.Registerer
}

const (
	inFlight  = 32               // attempts at once
	timeout   = 15 * time.Second // of one attempt, shorter than the minute for which it is ours
	lookEvery = 5 * time.Second  // without a wake-up
	parting   = 2 * time.Second  // for attempts under way when the sender stops
	forget    = time.Hour        // between removals of old rows
)

// Sender delivers webhooks.
type Sender struct {
	config  Config
	client  *http.Client
	wake    chan struct{}
	metrics metrics
	timeout time.Duration
}

// New returns a sender. It does nothing before Run.
func New(c Config) *Sender {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Metrics == nil {
		c.Metrics = prometheus.NewRegistry()
	}
	return &Sender{config: c, client: newClient(c.Private), wake: make(chan struct{}, 1), metrics: newMetrics(c.Metrics), timeout: timeout}
}

// Wake says that deliveries may be due. It does not block.
func (s *Sender) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends, then gives attempts under way a moment. Those
// that it leaves undone are due again within a minute.
func (s *Sender) Run(ctx context.Context) error {
	sending, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	slots := make(chan struct{}, inFlight)
	var attempts sync.WaitGroup
	tick, old := time.NewTicker(lookEvery), time.NewTicker(forget)
	defer tick.Stop()
	defer old.Stop()
	for ctx.Err() == nil {
		taken := s.take(ctx, inFlight-len(slots))
		for _, d := range taken {
			slots <- struct{}{}
			attempts.Go(func() {
				s.attempt(sending, d)
				<-slots
				s.Wake() // more may be due than there were slots
			})
		}
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-tick.C:
		case <-old.C:
			s.forget(ctx)
		}
	}
	defer time.AfterFunc(parting, stop).Stop()
	attempts.Wait()
	return nil
}

// take asks for deliveries, at most so many.
func (s *Sender) take(ctx context.Context, most int) []job.Delivery {
	if most < 1 {
		return nil
	}
	due, err := s.config.Deliveries.DueWebhooks(ctx, most)
	if err != nil && ctx.Err() == nil {
		s.config.Log.Warn("webhooks are not taken", "error", err)
	}
	return due
}

// attempt makes one attempt and records it. When the sender stops meanwhile
// nothing is recorded: the attempt is made again.
func (s *Sender) attempt(ctx context.Context, d job.Delivery) {
	began := time.Now()
	tried := s.post(ctx, d)
	if ctx.Err() != nil {
		return
	}
	s.metrics.seconds.Observe(time.Since(began).Seconds())
	recording, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	givenUp, err := s.config.Deliveries.WebhookTried(recording, tried)
	s.metrics.attempts.WithLabelValues(outcome(tried, givenUp)).Inc()
	log := s.config.Log.With("webhook_id", d.ID, "job_id", d.JobID, "forecast_id", d.RunID, "attempt", d.Attempt, "response", tried.Response)
	if tried.Problem == "" {
		log.Info("webhook delivered")
	} else {
		log.Warn("webhook not delivered", "problem", tried.Problem, "final", givenUp)
	}
	if err != nil {
		log.Warn("the outcome of a webhook is not recorded, it is sent again", "error", err)
	}
}

// outcome names what came of an attempt; the database knows which is the last.
func outcome(t job.Tried, givenUp bool) string {
	switch {
	case t.Problem == "":
		return "delivered"
	case givenUp:
		return "given_up"
	}
	return "failed"
}

// forget removes what ended long ago, a part at a time.
func (s *Sender) forget(ctx context.Context) {
	for n := 1; n > 0 && ctx.Err() == nil; {
		var err error
		if n, err = s.config.Deliveries.ForgetWebhooks(ctx); err != nil && ctx.Err() == nil {
			s.config.Log.Warn("old webhooks are not removed", "error", err)
		}
	}
}
