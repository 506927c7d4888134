package cli

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/processor"
)

// The channels of the schema's triggers, and one to prove that they carry.
const (
	channelWake    = "pgcast_wake"
	channelControl = "pgcast_control"
	channelProbe   = "pgcast_probe"
)

const (
	probeEvery  = time.Minute
	probeAnswer = 2 * time.Second
)

// wakes is the LISTEN connection of a processor: it carries the wake-ups, and
// holds the advisory lock by which others know that the process lives.
type wakes struct {
	house     *house
	id        string
	key       int64
	lock      atomic.Int64 // key while the lock is held, else 0
	proven    atomic.Bool  // a probe came back
	probes    chan string
	processor *processor.Processor
}

func newWakes(h *house) *wakes {
	return &wakes{house: h, id: uuid.NewString(), key: rand.Int64N(1<<62) + 1, probes: make(chan string, 1)}
}

// run listens until ctx ends.
func (w *wakes) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	probing := make(chan struct{})
	connected := make(chan struct{}, 1)
	go func() {
		defer close(probing)
		w.probe(ctx, connected)
	}()
	defer func() { cancel(); <-probing }()
	listener := db.Listener{
		URL:      w.house.config.ListenURL,
		Channels: []string{channelWake, channelControl, channelProbe},
		Log:      w.house.log,
		OnConnect: func(ctx context.Context, conn *pgx.Conn) error {
			if err := w.hold(ctx, conn); err != nil {
				return err
			}
			select {
			case connected <- struct{}{}:
			default:
			}
			return nil
		},
		OnLost: func(error) {
			w.proven.Store(false)
			w.lock.Store(0)
			w.processor.Hello()
		},
		OnNotify: w.notified,
	}
	return listener.Run(ctx)
}

// hold takes the lock that tells others that this process lives, and looks for
// work once: what was asked for while nobody listened was not announced.
func (w *wakes) hold(ctx context.Context, conn *pgx.Conn) error {
	var held bool
	if err := conn.QueryRow(ctx, `select pg_try_advisory_lock($1)`, w.key).Scan(&held); err != nil {
		return fmt.Errorf("take the lock of life: %w", err)
	}
	if held {
		w.lock.Store(w.key)
	}
	w.processor.Hello()
	w.processor.Wake()
	w.processor.Control()
	return nil
}

func (w *wakes) notified(channel, payload string) {
	switch channel {
	case channelWake:
		w.processor.Wake()
	case channelControl:
		w.processor.Control()
	case channelProbe:
		if strings.HasPrefix(payload, w.id) { // others probe on the same channel
			select {
			case w.probes <- payload:
			default:
			}
		}
	}
}

// probe sends a nonce through the pool after each connect and every minute. A
// transaction pooler accepts LISTEN and delivers nothing; only a notification
// that comes back proves otherwise.
func (w *wakes) probe(ctx context.Context, connected <-chan struct{}) {
	told := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-connected:
		case <-time.After(probeEvery):
		}
		proven := w.roundTrip(ctx)
		if ctx.Err() != nil {
			return
		}
		if proven != w.proven.Swap(proven) || !told {
			w.tell(proven)
		}
		told = true
	}
}

func (w *wakes) tell(proven bool) {
	if proven {
		w.house.log.Info("wake-ups arrive", "mode", "listening")
		return
	}
	w.house.log.Warn("wake-ups do not arrive; polling every second instead", "mode", "polling",
		"hint", "set DATABASE_LISTEN_URL to a direct or session connection: a transaction pooler does not carry LISTEN")
}

func (w *wakes) roundTrip(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, probeAnswer)
	defer cancel()
	select {
	case <-w.probes: // of an earlier probe: it came too late, and would keep this one out
	default:
	}
	nonce := w.id + " " + uuid.NewString()
	if err := w.house.db.Notify(ctx, channelProbe, nonce); err != nil {
		return false
	}
	for {
		select {
		case got := <-w.probes:
			if got == nonce {
				return true
			}
		case <-ctx.Done():
			return false
		}
	}
}
