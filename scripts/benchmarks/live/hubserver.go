package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/pgcast/pgcast/db"
	"github.com/pgcast/pgcast/internal/auth"
	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier"
	"github.com/pgcast/pgcast/notifier/feed"
	"github.com/pgcast/pgcast/notifier/realtime"
)

// memory is a source that brings changes of jobs nobody made: each tells of the
// row as it was read at the start, in the next version.
type memory struct {
	config feed.Config
	events []feed.Event
	next   int
}

func (m *memory) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}
func (m *memory) State() feed.State       { return feed.State{Mode: feed.Replication} }
func (m *memory) Told() (uint64, bool)    { return 0, false }
func (m *memory) Written() (uint64, bool) { return 0, false }

// write brings one change after the other, each of the next job.
func (m *memory) write(pattern) (deliver func() error, err error) {
	var one [1]feed.Event
	return func() error {
		e := &m.events[m.next%len(m.events)]
		m.next++
		e.Job.Version++
		one[0], one[0].At = *e, time.Now()
		m.config.Events(feed.Replication, one[:])
		return nil
	}, nil
}

// serveHub is a notifier, with everything but a source: POST /write stands for it.
func serveHub(ctx context.Context) error {
	database, err := db.Open(ctx, os.Getenv("DATABASE_URL"), db.Options{})
	if err != nil {
		return err
	}
	defer database.Close()
	m := &memory{}
	if m.events, err = updates(ctx, database); err != nil {
		return err
	}
	tokens, err := auth.NewVerifier(auth.Config{Secret: []byte(secret)})
	if err != nil {
		return err
	}
	defer tokens.Close()
	n := notifier.New(notifier.Config{
		Jobs: database, Tokens: tokens, Keys: realtime.Keys{Anon: anonKey}, Version: "bench",
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Registry: prometheus.NewRegistry(),
		Source: func(c feed.Config) notifier.Source { m.config = c; return m },
	})
	mux := http.NewServeMux()
	mux.Handle("/", n.Handler())
	mux.HandleFunc("POST /write", feeder(m.write))
	server := &http.Server{Addr: ":" + os.Getenv("PORT"), Handler: mux}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return n.Run(ctx) })
	group.Go(func() error {
		<-ctx.Done()
		return server.Close()
	})
	group.Go(server.ListenAndServe)
	if err := group.Wait(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// updates are changes of all jobs, as replication would tell them.
func updates(ctx context.Context, database *db.DB) ([]feed.Event, error) {
	rows, err := database.Pool().Query(ctx, `select id, user_id, status, status, version from jobs order by id`)
	if err != nil {
		return nil, err
	}
	steps, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s job.Step, err error) {
		err = row.Scan(&s.JobID.UUID, &s.UserID.UUID, &s.Status, &s.OldStatus, &s.Version)
		return s, err
	})
	if err != nil {
		return nil, err
	}
	return feed.NewSteps(database).Events(ctx, steps)
}
