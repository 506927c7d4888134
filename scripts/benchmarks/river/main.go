// Command river runs River with no-op jobs, so that pgcast's queue can be
// measured beside it. It is a module of its own: River never enters pgcast's.
// DATABASE_URL names an empty database; the figures are one JSON line.
//
//	river -workers 10 -jobs 20000     jobs a second
//	river -rate 50 -for 20s           milliseconds from request to start, one by one
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

type setting struct {
	workers int
	jobs    int
	rate    int
	length  time.Duration
	poll    time.Duration
}

func main() {
	var s setting
	flag.IntVar(&s.workers, "workers", 10, "MaxWorkers")
	flag.IntVar(&s.jobs, "jobs", 20_000, "jobs of the measurement of throughput")
	flag.IntVar(&s.rate, "rate", 0, "jobs a second to time from request to start; 0: throughput")
	flag.DurationVar(&s.length, "for", 20*time.Second, "how long to do that")
	flag.DurationVar(&s.poll, "poll", time.Second, "FetchPollInterval")
	flag.Parse()
	figures, err := measure(context.Background(), os.Getenv("DATABASE_URL"), s)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(figures)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "river:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, url string, s setting) (any, error) {
	pool, err := open(ctx, url)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return nil, err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, err
	}
	if s.rate > 0 {
		return latencies(ctx, pool, s)
	}
	return throughput(ctx, pool, s)
}

func open(ctx context.Context, url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = 20
	return pgxpool.NewWithConfig(ctx, config)
}

// noop is a job that does nothing.
type noop struct {
	Number int `json:"number"`
}

func (noop) Kind() string { return "noop" }

// client is River as fast as it can be set: it fetches again after a millisecond.
func client(pool *pgxpool.Pool, s setting, work func(noop)) (*river.Client[pgx.Tx], error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(_ context.Context, j *river.Job[noop]) error {
		work(j.Args)
		return nil
	}))
	return river.NewClient(riverpgxv5.New(pool), &river.Config{
		Workers:           workers,
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: s.workers}},
		FetchCooldown:     time.Millisecond,
		FetchPollInterval: s.poll,
		Logger:            slog.New(slog.DiscardHandler),
	})
}

// throughput is jobs a second, from the start of the client until the database
// says that the last one is completed.
func throughput(ctx context.Context, pool *pgxpool.Pool, s setting) (float64, error) {
	var worked atomic.Int64
	all := make(chan struct{})
	c, err := client(pool, s, func(noop) {
		if worked.Add(1) == int64(s.jobs) {
			close(all)
		}
	})
	if err != nil {
		return 0, err
	}
	for first := 0; first < s.jobs; first += 1000 {
		var batch []river.InsertManyParams
		for i := first; i < min(first+1000, s.jobs); i++ {
			batch = append(batch, river.InsertManyParams{Args: noop{i}})
		}
		if _, err := c.InsertManyFast(ctx, batch); err != nil {
			return 0, err
		}
	}
	for _, settle := range []string{"vacuum analyze river_job", "checkpoint"} {
		if _, err := pool.Exec(ctx, settle); err != nil {
			return 0, err
		}
	}
	begin := time.Now()
	if err := c.Start(ctx); err != nil {
		return 0, err
	}
	<-all
	for {
		var done int
		err := pool.QueryRow(ctx, "select count(*) from river_job where state = 'completed'").Scan(&done)
		if err != nil {
			return 0, err
		}
		if done == s.jobs {
			return float64(s.jobs) / time.Since(begin).Seconds(), c.Stop(ctx)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// latencies asks for jobs at an even rate over a connection of its own, and
// answers the milliseconds from just before the request to the start of each.
func latencies(ctx context.Context, pool *pgxpool.Pool, s setting) ([]float64, error) {
	total := int(s.length.Seconds() * float64(s.rate))
	started := make([]time.Time, total)
	ended := make(chan struct{}, total)
	c, err := client(pool, s, func(n noop) {
		started[n.Number] = time.Now()
		ended <- struct{}{}
	})
	if err != nil {
		return nil, err
	}
	if err := c.Start(ctx); err != nil {
		return nil, err
	}
	producer, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL")+"&pool_max_conns=1")
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	// Who asks holds notifications back for as long as its own cooldown.
	asker, err := river.NewClient(riverpgxv5.New(producer), &river.Config{FetchCooldown: time.Millisecond})
	if err != nil {
		return nil, err
	}
	time.Sleep(time.Second) // LISTEN takes a moment, and nothing tells when
	asked := make([]time.Time, total)
	tick := time.NewTicker(time.Second / time.Duration(s.rate))
	defer tick.Stop()
	for i := range total {
		<-tick.C
		asked[i] = time.Now()
		if _, err := asker.Insert(ctx, noop{i}, nil); err != nil {
			return nil, err
		}
	}
	answer := make([]float64, total)
	for range total {
		<-ended
	}
	for i := range total {
		answer[i] = float64(started[i].Sub(asked[i]).Microseconds()) / 1000
	}
	return answer, c.Stop(ctx)
}
