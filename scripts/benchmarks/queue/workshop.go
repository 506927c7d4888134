package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/processor"
)

// processor runs one on h that polls for its work, and returns what stops it.
func (h *house) processor(ctx context.Context, c processor.Config) (stop func() error) {
	return runs(ctx, h.newProcessor(c))
}

func (h *house) newProcessor(c processor.Config) *processor.Processor {
	c.Queue, c.Files, c.Log, c.Grace = h.DB, nowhere{}, warnings, -1
	return processor.New(c)
}

func runs(ctx context.Context, p *processor.Processor) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	return func() error {
		cancel()
		return <-ended
	}
}

// listening runs a processor that is woken, as one of `pgcast processor` is,
// and returns once it listens.
func (h *house) listening(ctx context.Context, c processor.Config) (stop func() error) {
	var lock atomic.Int64
	var p *processor.Processor
	key := rand.Int64N(1<<62) + 1
	connected := make(chan struct{})
	once := sync.OnceFunc(func() { close(connected) })
	c.ID, c.LockKey, c.Listening = uuid.NewString(), lock.Load, func() bool { return lock.Load() != 0 }
	p = h.newProcessor(c)
	listener := db.Listener{
		URL:      h.url,
		Channels: []string{"pgcast_wake", "pgcast_control"},
		OnConnect: func(ctx context.Context, conn *pgx.Conn) error {
			if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", key); err != nil {
				return err
			}
			lock.Store(key)
			p.Hello()
			p.Wake()
			once()
			return nil
		},
		OnNotify: func(channel, _ string) {
			if channel == "pgcast_wake" {
				p.Wake()
			} else {
				p.Control()
			}
		},
	}
	hearing, deaf := context.WithCancel(ctx)
	var ears sync.WaitGroup
	ears.Go(func() { _ = listener.Run(hearing) })
	stopped := runs(ctx, p)
	<-connected
	return func() error {
		defer ears.Wait()
		defer deaf()
		return stopped()
	}
}
