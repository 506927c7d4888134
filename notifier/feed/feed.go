package feed

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/pgcast/pgcast/internal/job"
)

// Rows is what a feed needs from the database besides its own connection.
type Rows interface {
	// Rows reads rows by id, whoever owns them. Those that are gone are left out.
	Rows(ctx context.Context, ids []job.ID) ([]job.Job, error)
	// Columns lists those of the table, in its order.
	Columns(ctx context.Context) ([]job.Column, error)
	// Texts reads rows by id as Postgres prints them. Wide values out of line are
	// read only of those that are whole.
	Texts(ctx context.Context, columns []job.Column, ids, whole []job.ID) ([]job.Texts, error)
	// WantStatus is this notifier's heartbeat: while it wants, the trigger sends
	// notices on channel pgcast_status.
	WantStatus(ctx context.Context, notifier string, want bool) error
	// Notify sends a notification, by another connection than the feed's own.
	Notify(ctx context.Context, channel, payload string) error
	// Running lists the jobs that are being processed.
	Running(ctx context.Context) ([]job.Running, error)
}

// Config says where a feed reads and whom it tells.
type Config struct {
	URL  string // direct or session connection; replication needs a direct one
	Name string // this notifier's, unique among those that run
	Rows Rows

	// Events is called with changes that came together, from one goroutine per
	// live source. It must not block, and keeps no part of the slice.
	Events func(Mode, []Event)
	// Live is called when a source begins, before its first event and before Gap:
	// what it tells comes after what nobody told. It must not block. Nil: nobody
	// cares.
	Live func()
	// Gap is called when changes may have been missed: whenever a source goes
	// live, and while LISTEN serves regularly and when many rows changed at once.
	// It must not block.
	Gap func()
	// Interested tells whether anybody wants to hear of a user's jobs. No source
	// reads other rows. Nil: of everybody's.
	Interested func(job.UserID) bool
	// Mode is called when another source serves, or none. Nil: nobody is told.
	Mode func(Mode)

	Log *slog.Logger

	NoReplication  bool          // serve from LISTEN alone
	SlotPatience   time.Duration // how long making a slot may wait for open writing transactions; default 10 s
	HeadStart      time.Duration // how long replication may take before LISTEN steps in; default 500 ms
	RetryMax       time.Duration // longest pause between two attempts of a source; default 30 s
	StatusEvery    time.Duration // standby status updates; default 10 s, a server waits 60 s
	CheckEvery     time.Duration // looks at the publication while replication serves; default 30 s
	HeartbeatEvery time.Duration // heartbeats while LISTEN serves; default 5 s
	SweepEvery     time.Duration // reported gaps while LISTEN serves; default 20 s
	CrowdEvery     time.Duration // least time between gaps because many rows changed; default 1 s
	ProgressEvery  time.Duration // looks at running jobs while LISTEN serves; default 1 s
	ProofEvery     time.Duration // proofs that notifications arrive; default 1 min, a sixth of it while they do not
	ProofPatience  time.Duration // how long one may take; default 2 s
}

func (c Config) withDefaults() Config {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&c.SlotPatience, 10 * time.Second},
		{&c.HeadStart, 500 * time.Millisecond},
		{&c.RetryMax, 30 * time.Second},
		{&c.StatusEvery, 10 * time.Second},
		{&c.CheckEvery, 30 * time.Second},
		{&c.HeartbeatEvery, 5 * time.Second},
		{&c.SweepEvery, 20 * time.Second},
		{&c.CrowdEvery, time.Second},
		{&c.ProgressEvery, time.Second},
		{&c.ProofEvery, time.Minute},
		{&c.ProofPatience, 2 * time.Second},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if c.Mode == nil {
		c.Mode = func(Mode) {}
	}
	if c.Live == nil {
		c.Live = func() {}
	}
	if c.Interested == nil {
		c.Interested = func(job.UserID) bool { return true }
	}
	return c
}

// Feed chooses between the two sources.
type Feed struct {
	config Config
	log    *slog.Logger

	deaf atomic.Bool   // notifications are not known to arrive
	told atomic.Uint64 // how far in the WAL replication has told, 0 while it does not serve

	written atomic.Uint64 // how far the WAL is known to be, 0: nobody has looked since it was asked

	mu     sync.Mutex
	mode   Mode
	since  time.Time
	reason string          // why replication does not serve
	said   map[Mode]string // what was logged last of each source
}

// New returns a feed that does nothing until Run.
func New(c Config) *Feed {
	return &Feed{config: c.withDefaults(), log: c.Log, mode: None, since: time.Now(), said: map[Mode]string{}}
}

// State is what serves, since when, and why it is not replication.
type State struct {
	Mode   Mode      `json:"source"`
	Since  time.Time `json:"since"`
	Reason string    `json:"reason,omitempty"` // "" while replication serves
}

// State tells what serves now.
func (f *Feed) State() State {
	f.mu.Lock()
	defer f.mu.Unlock()
	reason := f.reason
	if f.mode == Poll {
		reason = noNotifications + "; " + reason
	}
	return State{f.mode, f.since, reason}
}

// Told is how far in the WAL every change has been told. It is false while no
// source follows the WAL.
func (f *Feed) Told() (lsn uint64, follows bool) {
	lsn = f.told.Load()
	return lsn, lsn != 0
}

// Written is how far the WAL is, if that has been found out since the last call.
func (f *Feed) Written() (lsn uint64, known bool) {
	lsn = f.written.Swap(0)
	return lsn, lsn != 0
}

// Run serves until ctx ends, and then returns nil. While replication is not
// live, LISTEN serves and replication is tried again with growing pauses.
func (f *Feed) Run(ctx context.Context) error {
	defer f.rest("stopped")
	if f.config.NoReplication {
		f.rest("replication is switched off")
		f.listenForever(ctx)
		return nil
	}
	listen := &standby{run: f.listenForever}
	defer listen.stop()
	listen.startAfter(ctx, f.config.HeadStart)
	pause := newBackoff(f.config.RetryMax)
	for ctx.Err() == nil {
		err := f.runReplication(ctx, func() {
			listen.stop()
			f.live(Replication)
			pause.Reset()
		})
		if ctx.Err() != nil {
			return nil
		}
		f.lost(Replication, err)
		listen.startAfter(ctx, f.config.HeadStart)
		wait(ctx, pause.NextBackOff())
	}
	return nil
}

// listenForever serves from LISTEN until ctx ends.
func (f *Feed) listenForever(ctx context.Context) {
	pause := newBackoff(f.config.RetryMax)
	for ctx.Err() == nil {
		err := f.runListen(ctx, func(m Mode) {
			f.live(m)
			pause.Reset()
		})
		if ctx.Err() != nil {
			return
		}
		f.lost(Listen, err)
		wait(ctx, pause.NextBackOff())
	}
}

// live notes that a source serves from here on, and that what came before it
// may be unknown.
func (f *Feed) live(m Mode) {
	f.mu.Lock()
	if m == Replication {
		f.reason = ""
	}
	reason := f.reason
	f.set(m)
	delete(f.said, m)
	f.mu.Unlock()
	if m == Poll {
		f.log.Warn(noNotifications)
	}
	f.log.Info("status source is live", "source", m, "reason", reason)
	f.config.Live()
	f.config.Gap()
}

// lost notes the end of a source, or of an attempt to make it live. The same
// error is logged once.
func (f *Feed) lost(m Mode, err error) {
	f.mu.Lock()
	if f.mode == m || f.mode == Poll && m == Listen {
		f.set(None)
	}
	if m == Replication || f.mode == None {
		f.reason = err.Error()
	}
	fresh := f.said[m] != err.Error()
	f.said[m] = err.Error()
	f.mu.Unlock()
	if fresh {
		f.log.Warn("status source is away", "source", m, "error", err)
	}
}

// set notes what serves; f.mu is held.
func (f *Feed) set(m Mode) {
	f.mode, f.since = m, time.Now()
	f.config.Mode(m)
}

// rest notes that nothing serves, and why.
func (f *Feed) rest(reason string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.set(None)
	f.reason = reason
}

func newBackoff(most time.Duration) *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval = 100 * time.Millisecond
	b.MaxInterval = most
	return b
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
