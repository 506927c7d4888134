package chaos

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/processor"
)

// Bare is the main of a processor whose jobs take a few milliseconds and leave
// no files, as [Config].Bare wants it: such jobs are claimed and completed in
// numbers, which forecasts are too slow for. It runs until ctx ends, on the
// database that the environment names.
func Bare(ctx context.Context) error {
	url, log := os.Getenv("DATABASE_URL"), slog.New(slog.NewJSONHandler(os.Stdout, nil))
	const connections = 10
	queue, err := db.Open(ctx, url, db.Options{AppName: "pgcast processor", MaxConns: connections})
	if err != nil {
		return err
	}
	defer queue.Close()
	var lock atomic.Int64
	p := processor.New(processor.Config{
		Queue: queue, Work: work, Log: log, Slots: slots, Connections: connections,
		LockKey: lock.Load, Listening: func() bool { return lock.Load() != 0 },
	})
	listener := db.Listener{
		URL: url, Channels: []string{"pgcast_wake", "pgcast_control"}, Log: log,
		OnConnect: func(ctx context.Context, conn *pgx.Conn) error {
			key := rand.Int64N(1<<62) + 1
			if _, err := conn.Exec(ctx, `select pg_advisory_lock($1::bigint)`, key); err != nil {
				return err
			}
			lock.Store(key)
			p.Hello()
			p.Wake()
			p.Control()
			return nil
		},
		OnLost: func(error) {
			lock.Store(0)
			p.Hello()
		},
		OnNotify: func(channel, _ string) {
			if channel == "pgcast_control" {
				p.Control()
			} else {
				p.Wake()
			}
		},
	}
	listening, stop := context.WithCancel(context.WithoutCancel(ctx))
	heard := make(chan error, 1)
	go func() { heard <- listener.Run(listening) }()
	err = p.Run(ctx)
	stop()
	<-heard
	return err
}

// work is over in a moment, most often.
func work(ctx context.Context, _ job.Claim) error {
	d := time.Duration(rand.ExpFloat64() * float64(4*time.Millisecond))
	if rand.IntN(200) == 0 {
		d = 2 * time.Second // and now and then one is in the way of those behind it
	}
	wait(ctx.Done(), d)
	return context.Cause(ctx)
}
