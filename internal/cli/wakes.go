package cli

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/internal/webhook"
	"github.com/pgcast/pgcast/processor"
)

// The channels of the schema's triggers, and one to prove that they carry.
const (
	channelWake    = "pgcast_wake"
	channelControl = "pgcast_control"
	channelWebhook = "pgcast_webhook"
	channelProbe   = "pgcast_probe"
)

// The ways in which a processor hears of new jobs.
const (
	modeListening = "listening"
	modePolling   = "polling"
)

// wakes is the LISTEN connection of a processor: it carries the wake-ups, and
// holds the advisory lock by which others know that the process lives. The
// lock is taken on a connection that was proven to listen: what a transaction
// pooler takes for one client it keeps for the next, and a processor would
// look alive for ever. Without the lock the age of the heartbeat tells.
type wakes struct {
	house     *house
	id        string
	lock      atomic.Int64 // key of the lock of life while it is held, else 0
	proven    atomic.Bool  // a probe came back through the present connection
	told      string       // the mode the log knows of
	lost      int          // failures since a connection was made
	processor *processor.Processor
	postman   *webhook.Sender // nil: webhooks are off
	unsent    sync.Once       // says that webhooks are due and off

	quiet, proofEvery time.Duration // of the listener; 0: its own
}

func newWakes(h *house) *wakes {
	w := &wakes{house: h, id: uuid.NewString()}
	promauto.With(h.registry).NewGaugeFunc(prometheus.GaugeOpts{
		Name: "pgcast_processor_listen_healthy", Help: "1 while wake-ups are proven to arrive, 0 while the processor polls every second.",
	}, func() float64 {
		if w.proven.Load() {
			return 1
		}
		return 0
	})
	return w
}

// mode is how the processor hears of new jobs now.
func (w *wakes) mode() string {
	if w.proven.Load() {
		return modeListening
	}
	return modePolling
}

// run listens until ctx ends. No trouble ends it: until a connection is proven
// the processor polls.
func (w *wakes) run(ctx context.Context) error {
	listener := db.Listener{
		URL:      w.house.config.ListenURL,
		Channels: []string{channelWake, channelControl, channelWebhook, channelProbe},
		Log:      w.house.log,
		Prove: func(ctx context.Context, payload string) error {
			return w.house.db.Notify(ctx, channelProbe, payload)
		},
		OnConnect: w.connected, OnProof: w.proof, OnLost: w.gone, OnNotify: w.notified,
		Quiet: w.quiet, ProofEvery: w.proofEvery,
	}
	return listener.Run(ctx)
}

// connected looks for work once: what was asked for while nobody listened was
// not announced.
func (w *wakes) connected(context.Context, *pgx.Conn) error {
	w.lost = 0
	w.processor.Wake()
	w.processor.Control()
	return nil
}

// proof takes the lock of life when the connection listens, and trusts it no
// longer when it does not.
func (w *wakes) proof(ctx context.Context, conn *pgx.Conn, proven bool) error {
	if !proven {
		w.unproven()
		w.tell(modePolling, "hint", "set DATABASE_LISTEN_URL to a direct or session connection: a transaction pooler does not carry LISTEN")
		return nil
	}
	if w.lock.Load() == 0 {
		if err := w.hold(ctx, conn); err != nil {
			return err
		}
	}
	w.proven.Store(true)
	w.tell(modeListening)
	return nil
}

// hold takes the lock of life. Each connection has a key of its own: the server
// may not know yet that the one before is dead.
func (w *wakes) hold(ctx context.Context, conn *pgx.Conn) error {
	key := rand.Int64N(1<<62) + 1
	var held bool
	if err := conn.QueryRow(ctx, `select pg_try_advisory_lock($1::bigint)`, key).Scan(&held); err != nil {
		return fmt.Errorf("take the lock of life: %w", err)
	}
	if held {
		w.lock.Store(key)
		w.processor.Hello()
	}
	return nil
}

// gone registers without the lock, before others find it free: the process
// lives.
func (w *wakes) gone(err error) {
	w.unproven()
	if w.lost++; w.lost > 1 { // a connection that was cut is back in a moment
		w.tell(modePolling, "error", err)
	}
}

func (w *wakes) unproven() {
	w.proven.Store(false)
	if w.lock.Swap(0) != 0 {
		w.processor.Hello()
	}
}

// tell logs the mode when it changes.
func (w *wakes) tell(mode string, why ...any) {
	if w.told == mode {
		return
	}
	w.told = mode
	if mode == modeListening {
		w.house.log.Info("wake-ups arrive", "mode", mode)
		return
	}
	w.house.log.Warn("wake-ups do not arrive; polling every second instead", append([]any{"mode", mode}, why...)...)
}

// notified hands wake-ups on at once. To spread 20 processors over 5 ms when
// their last claims found nothing was tried, at 50 jobs a second: 3 % fewer
// claims, and a job started later (p50 22 ms instead of 17).
func (w *wakes) notified(channel, _ string) {
	switch channel {
	case channelWake:
		w.processor.Wake()
	case channelControl:
		w.processor.Control()
	case channelWebhook:
		if w.postman != nil {
			w.postman.Wake()
			return
		}
		w.unsent.Do(func() {
			w.house.log.Warn("webhooks are due, and this processor sends none", "hint", "set WEBHOOK_SECRET as it is set for ingest")
		})
	}
}
