package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/processor"
)

const workers = 10

// throughput is how many jobs a second that do nothing go through, from the
// start of the workers until the database says that the last is completed.
func throughput(ctx context.Context, b *bench) error {
	systems := []struct {
		name string
		run  func(context.Context) (float64, error)
	}{
		{"floor", b.floorThroughput},
		{"pgcast, 10 slots", b.pgcastThroughput},
		{"River, 10 workers", func(ctx context.Context) (float64, error) { return b.riverThroughput(ctx, 10) }},
		{"River, 50 workers", func(ctx context.Context) (float64, error) { return b.riverThroughput(ctx, 50) }},
		{"River, 500 workers", func(ctx context.Context) (float64, error) { return b.riverThroughput(ctx, 500) }},
	}
	if b.river == "" {
		systems = systems[:2]
	}
	rounds := make([][]float64, len(systems))
	for range b.rounds {
		for i, s := range systems {
			rate, err := s.run(ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			rounds[i] = append(rounds[i], rate)
		}
	}
	for i, s := range systems {
		of("throughput", s.name, "jobs/s", rounds[i]).against("floor", rounds[0]).print()
	}
	of("server_time_per_1000_jobs", "floor", "ms", b.times["floor"]).print()
	of("server_time_per_1000_jobs", "pgcast", "ms", b.times["pgcast"]).against("floor", b.times["floor"]).print()
	pgcast := of("throughput", systems[1].name, "jobs/s", rounds[1])
	pgcast.against("floor", rounds[0]).ratioAtLeast(0.6).print()
	if b.river == "" {
		return nil
	}
	pgcast.against("River, 10 workers", rounds[2]).ratioAtLeast(3).print()
	best := make([]float64, b.rounds)
	for i := range best {
		best[i] = max(rounds[2][i], rounds[3][i], rounds[4][i])
	}
	pgcast.against("River's best", best).ratioAtLeast(1).print()
	return nil
}

// settled is done before the clock starts, for everybody.
func settled(ctx context.Context, conn *pgx.Conn, tables string) error {
	return do(ctx, conn, "vacuum analyze "+tables, "checkpoint")
}

// note keeps what the server spent on a round.
func (b *bench) note(system string, spent float64) {
	b.times[system] = append(b.times[system], spent*1000/float64(b.jobs))
}

func (b *bench) floorThroughput(ctx context.Context) (float64, error) {
	url, conn, drop, err := b.floorHouse(ctx)
	if err != nil {
		return 0, err
	}
	defer drop()
	if err := do(ctx, conn, fmt.Sprintf("insert into jobs (forecast_id) select gen_random_uuid()::text from generate_series(1, %d)", b.jobs)); err != nil {
		return 0, err
	}
	if err := settled(ctx, conn, "jobs, job_events"); err != nil {
		return 0, err
	}
	completing, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, err
	}
	defer completing.Close(ctx)

	const batch = 100
	begin, spent := time.Now(), b.spent()
	work, done := make(chan floorJob, batch), make(chan floorJob, batch)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return floorClaimer(ctx, conn, batch, work) })
	group.Go(func() error { return floorCompleter(ctx, completing, batch, done) })
	var working sync.WaitGroup
	for range workers {
		working.Go(func() {
			for j := range work {
				done <- j
			}
		})
	}
	working.Wait()
	close(done)
	if err := group.Wait(); err != nil {
		return 0, err
	}
	took := time.Since(begin)
	b.note("floor", b.spent()-spent)
	if n, err := query1[int](context.WithoutCancel(ctx), conn, "select count(*) from jobs where status = 'completed'"); err != nil || n != b.jobs {
		return 0, fmt.Errorf("%d of %d jobs completed: %w", n, b.jobs, err)
	}
	return float64(b.jobs) / took.Seconds(), nil
}

func (b *bench) pgcastThroughput(ctx context.Context) (float64, error) {
	h, err := b.house(ctx)
	if err != nil {
		return 0, err
	}
	defer h.close()
	err = do(ctx, h.conn, fmt.Sprintf(`insert into jobs (user_id, params) select gen_random_uuid(), '{}' from generate_series(1, %d)`, b.jobs))
	if err != nil {
		return 0, err
	}
	if err := settled(ctx, h.conn, "jobs, job_runs, job_events"); err != nil {
		return 0, err
	}
	var worked atomic.Int64
	all := make(chan struct{})
	begin, spent := time.Now(), b.spent()
	stop := h.processor(ctx, processor.Config{Slots: workers, Work: func(context.Context, job.Claim) error {
		if worked.Add(1) == int64(b.jobs) {
			close(all)
		}
		return nil
	}})
	select {
	case <-all:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if err := awaitCount(ctx, h.conn, b.jobs, "select count(*) from jobs where status = 'completed'"); err != nil {
		return 0, err
	}
	took := time.Since(begin)
	b.note("pgcast", b.spent()-spent)
	return float64(b.jobs) / took.Seconds(), stop()
}

func (b *bench) riverThroughput(ctx context.Context, workers int) (float64, error) {
	return askRiver[float64](ctx, b, "-workers", fmt.Sprint(workers), "-jobs", fmt.Sprint(b.jobs))
}

// askRiver runs scripts/benchmarks/river in an empty database.
func askRiver[T any](ctx context.Context, b *bench, args ...string) (answer T, err error) {
	url, drop, err := b.database(ctx, "template1")
	if err != nil {
		return answer, err
	}
	defer drop()
	cmd := exec.CommandContext(ctx, b.river, args...)
	cmd.Env = append(os.Environ(), "DATABASE_URL="+url)
	var trouble strings.Builder
	cmd.Stderr = &trouble
	text, err := cmd.Output()
	if err != nil {
		return answer, fmt.Errorf("%w: %s", err, trouble.String())
	}
	return answer, json.Unmarshal(text, &answer)
}
