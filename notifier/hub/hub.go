package hub

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

// Trail is what the hub reads from the database.
type Trail interface {
	// Snapshot reads rows of a user: those of ids, or the newest 200 when ids is nil.
	Snapshot(ctx context.Context, user job.UserID, ids []job.ID) ([]job.Job, error)
	// Rows reads rows by id, whoever owns them. Those that are gone are left out.
	Rows(ctx context.Context, ids []job.ID) ([]job.Job, error)
	// Unfinished reads those of the user's newest 200 jobs that wait or run and have
	// changed since then.
	Unfinished(ctx context.Context, user job.UserID, since time.Time) ([]job.Job, error)
	// Trail reads the changes of status that became visible since a moment: of one
	// user, or of everybody when user is zero. It reads no more than limit of them.
	Trail(ctx context.Context, user job.UserID, since job.Mark, limit int) (job.Trail, error)
	// RecentTrail reads the newest changes of status: those of the time within, but
	// limit at most.
	RecentTrail(ctx context.Context, within time.Duration, limit int) (job.Trail, error)
	// Flushed is how far the WAL is written.
	Flushed(ctx context.Context) (lsn uint64, err error)
}

// Jobs is what the hub reads.
type Jobs interface {
	Trail
	// Events tells of steps what a source would have told, as far as rows are there.
	Events(ctx context.Context, steps []job.Step) ([]feed.Event, error)
}

// Metrics is what the hub counts.
type Metrics interface {
	Sessions(delta int) // sessions open
	Merged()            // a step of progress replaced a waiting one
	Resync(users int)   // users compared with the database after a gap
	Resumed(how string) // a client came back: served from "ring" or "trail", or told to "reset"
	Behind(bool)        // the source is behind the WAL, or is not any more
	MadeUp(steps int)   // changes of status were told from the trail
}

// Config limits a hub.
type Config struct {
	Jobs    Jobs
	Log     *slog.Logger
	Metrics Metrics

	// Told is how far in the WAL the source has told of changes; false while it
	// does not follow the WAL. Nil: it never does.
	Told func() (lsn uint64, follows bool)

	QueueBytes    int // changes that wait for one session, in bytes; default 1 MiB
	MaxSessions   int // default 20,000
	MaxPerUser    int // sessions of one user; default 50. The service role is one user
	Subscriptions int // of one session; default 100

	Settle time.Duration // after a gap, how long changes on their way have precedence over what was read; default 250 ms

	TailEvery time.Duration // looks at the trail of changes of status; default 1 s
}

// Why a session or a subscription is refused.
var (
	ErrFull          = errors.New("hub: too many sessions")
	ErrTooManyOfUser = errors.New("hub: too many sessions of this user")
	ErrSubscriptions = errors.New("hub: too many subscriptions")
	ErrClosed        = errors.New("hub: session is closed")
)

// Hub knows who wants to hear of whose jobs.
type Hub struct {
	config  Config
	metrics Metrics
	gap     chan struct{}
	tail    *tail
	order   order

	mu    sync.RWMutex
	users map[job.UserID]topic // user:{id}
	all   topic                // the service role
	count int
}

// New returns an empty hub.
func New(c Config) *Hub {
	for _, d := range []struct {
		field *int
		value int
	}{{&c.QueueBytes, 1 << 20}, {&c.MaxSessions, 20_000}, {&c.MaxPerUser, 50}, {&c.Subscriptions, 100}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if c.Settle == 0 {
		c.Settle = 250 * time.Millisecond
	}
	if c.TailEvery == 0 {
		c.TailEvery = time.Second
	}
	if c.Told == nil {
		c.Told = func() (uint64, bool) { return 0, false }
	}
	return &Hub{config: c, metrics: c.Metrics, gap: make(chan struct{}, 1), tail: newTail(), order: order{wake: make(chan struct{}, 1)},
		users: map[job.UserID]topic{}}
}

// topic is who hears of the same jobs.
type topic []*Session

// Open makes a session. wake is called when there is something to [Session.Take]
// and was not before, or, with slow, when the session has ended because its queue
// was full; it must not block, and may be called from several goroutines.
func (h *Hub) Open(v Viewer, wake func(slow bool)) (*Session, error) {
	return h.open(&Session{viewer: v, wake: wake})
}

// OpenRows is Open for a door that shows the rows of changes. Those of other
// sessions have none.
func (h *Hub) OpenRows(v Viewer, wake func(slow bool)) (*Session, error) {
	return h.open(&Session{viewer: v, wake: wake, rows: true})
}

func (h *Hub) open(s *Session) (*Session, error) {
	v := s.viewer
	if err := v.check(); err != nil {
		return nil, err
	}
	s.hub, s.subscriptions = h, map[int64]Interest{}
	h.mu.Lock()
	defer h.mu.Unlock()
	same := h.all
	if v.Role != ServiceRole {
		same = h.users[v.User]
	}
	switch {
	case h.count >= h.config.MaxSessions:
		return nil, ErrFull
	case len(same) >= h.config.MaxPerUser:
		return nil, ErrTooManyOfUser
	}
	h.set(v, append(same, s))
	h.count++
	h.metrics.Sessions(+1)
	return s, nil
}

func (h *Hub) remove(s *Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.count--
	h.metrics.Sessions(-1)
	same := h.all
	if s.viewer.Role != ServiceRole {
		same = h.users[s.viewer.User]
	}
	at := slices.Index(same, s)
	h.set(s.viewer, slices.Delete(same, at, at+1))
}

// set wants h.mu held.
func (h *Hub) set(v Viewer, t topic) {
	switch {
	case v.Role == ServiceRole:
		h.all = t
	case len(t) == 0:
		delete(h.users, v.User)
	default:
		h.users[v.User] = t
	}
}

// Interested reports whether anybody may see this user's jobs.
func (h *Hub) Interested(user job.UserID) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.users[user]) > 0 || len(h.all) > 0
}

// Sessions tells how many are open.
func (h *Hub) Sessions() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.count
}
