package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/processor"
	"github.com/pgcast/pgcast/scripts/benchmarks/figures"
)

const rate = 50 // requests a second

// poll is how often a processor would look unasked that hears nothing. A start
// near it was not woken.
const poll = time.Second

// latency is the time from just before a job is asked for, over a connection
// of its own, to the start of its work.
func latency(ctx context.Context, b *bench) error {
	systems := []struct {
		name string
		run  func(context.Context, int) ([]float64, error)
	}{
		{"floor", b.floorLatency},
		{"pgcast", b.pgcastLatency},
		{"River, 10 workers", b.riverLatency},
	}
	if b.river == "" {
		systems = systems[:2]
	}
	rounds := make([][][]float64, len(systems))
	for range b.rounds {
		for i, s := range systems {
			waits, err := s.run(ctx, b.seconds*rate)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			rounds[i] = append(rounds[i], waits)
		}
	}
	for i, s := range systems {
		for _, q := range []struct {
			name  string
			share float64
			goal  float64
		}{{"p50", 0.5, 1.3}, {"p99", 0.99, 2}, {"max", 1, 0}} {
			f := of("start_"+q.name, s.name, "ms", quantiles(rounds[i], q.share)).against("floor", quantiles(rounds[0], q.share))
			if s.name == "pgcast" && q.goal > 0 {
				f = f.ratioAtMost(q.goal)
			}
			f.print()
		}
	}
	return b.outliers(ctx, rounds[1])
}

// outliers looks at so many starts in all, some of which are known already.
func (b *bench) outliers(ctx context.Context, known [][]float64) error {
	var all []float64
	for _, waits := range known {
		all = append(all, waits...)
	}
	if more := b.outlier - len(all); more > 0 {
		waits, err := b.pgcastLatency(ctx, more)
		if err != nil {
			return err
		}
		all = append(all, waits...)
	}
	near := float64(poll.Milliseconds()) * 0.8
	f := of(fmt.Sprintf("start_max_of_%d", len(all)), "pgcast", "ms", []float64{figures.Quantile(all, 1)})
	f.promise(fmt.Sprintf("≤ %v ms: none near a poll", near), f.Value <= near).print()
	return nil
}

func quantiles(rounds [][]float64, q float64) []float64 {
	var list []float64
	for _, waits := range rounds {
		list = append(list, figures.Quantile(waits, q))
	}
	return list
}

// starts notes when jobs were asked for, and when they began.
type starts struct {
	mu    sync.Mutex
	asked map[string]time.Time
	waits []float64
	ended chan struct{} // when all have begun
	want  int
}

func newStarts(n int) *starts {
	return &starts{asked: map[string]time.Time{}, ended: make(chan struct{}), want: n}
}

// began says that a job's work begins now. Those that were not asked for here
// are of no interest.
func (s *starts) began(id string) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	asked, ok := s.asked[id]
	if !ok {
		return
	}
	s.waits = append(s.waits, float64(now.Sub(asked).Microseconds())/1000)
	if len(s.waits) == s.want {
		close(s.ended)
	}
}

// ask sends the statement with a fresh id, at an even rate, until all began.
func (s *starts) ask(ctx context.Context, url, statement string) ([]float64, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	tick := time.NewTicker(time.Second / rate)
	defer tick.Stop()
	for range s.want {
		<-tick.C
		id := job.NewID().String()
		s.mu.Lock()
		s.asked[id] = time.Now()
		s.mu.Unlock()
		if _, err := conn.Exec(ctx, statement, id); err != nil {
			return nil, err
		}
	}
	select {
	case <-s.ended:
	case <-time.After(time.Minute):
		return nil, fmt.Errorf("%d of %d jobs began", len(s.waits), s.want)
	}
	return s.waits, nil
}

func (b *bench) pgcastLatency(ctx context.Context, n int) ([]float64, error) {
	h, err := b.house(ctx)
	if err != nil {
		return nil, err
	}
	defer h.close()
	s := newStarts(n)
	stop := h.listening(ctx, processor.Config{Slots: workers, Work: func(_ context.Context, c job.Claim) error {
		s.began(c.ID.String())
		return nil
	}})
	waits, err := s.ask(ctx, h.url, `insert into jobs (id, user_id, params) values ($1::uuid, gen_random_uuid(), '{}')`)
	if err != nil {
		return nil, err
	}
	return waits, stop()
}

// floorLatency claims at once when it hears of a job, and completes over
// another connection.
func (b *bench) floorLatency(ctx context.Context, n int) ([]float64, error) {
	url, conn, drop, err := b.floorHouse(ctx)
	if err != nil {
		return nil, err
	}
	defer drop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := newStarts(n)
	ears, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	if err := do(ctx, ears, "listen wake"); err != nil {
		return nil, err
	}
	ending, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	done := make(chan floorJob, 100)
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { _ = floorCompleter(ctx, ending, 1, done) })
	all.Go(func() {
		defer close(done)
		for {
			if _, err := ears.WaitForNotification(ctx); err != nil {
				return // the measurement has ended
			}
			rows, _ := conn.Query(ctx, floorClaim, workers)
			jobs, err := pgx.CollectRows(rows, pgx.RowToStructByPos[floorJob])
			if err != nil {
				return
			}
			for _, j := range jobs {
				go s.began(j.ID)
				done <- j
			}
		}
	})
	defer cancel()
	return s.ask(ctx, url, `
		with made as (
		  insert into jobs (id) values ($1::uuid) returning id, user_id, status, version
		), events as (
		  insert into job_events (job_id, user_id, status, version, actor, application)
		  select id, user_id, status, version, session_user, 'floor' from made
		)
		select pg_notify('wake', '') from made`)
}

func (b *bench) riverLatency(ctx context.Context, n int) ([]float64, error) {
	return askRiver[[]float64](ctx, b, "-workers", fmt.Sprint(workers), "-rate", fmt.Sprint(rate),
		"-for", (time.Duration(n) * time.Second / rate).String())
}
