package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/processor"
	"github.com/pgcast/pgcast/scripts/benchmarks/figures"
)

const runTime = 20 * time.Millisecond

// fairness is how long one user's job waits behind another user's backlog, and
// what it costs to give everybody a turn.
func fairness(ctx context.Context, b *bench) error {
	for _, slots := range []int{10, 1} {
		waits, err := b.behindBacklog(ctx, slots)
		if err != nil {
			return err
		}
		system := fmt.Sprintf("pgcast, %d slots, runs of 20 ms", slots)
		of(fmt.Sprintf("one_behind_%d_p50", b.backlog), system, "ms", waits).print()
		f := of(fmt.Sprintf("one_behind_%d_max", b.backlog), system, "ms", []float64{figures.Quantile(waits, 1)})
		f.atMost(float64((2*runTime + 50*time.Millisecond).Milliseconds())).print()
	}
	return b.priceOfTurns(ctx)
}

// behindBacklog asks for jobs, each of a user of its own, while somebody else's
// wait, and answers how long each takes to start.
func (b *bench) behindBacklog(ctx context.Context, slots int) ([]float64, error) {
	h, err := b.house(ctx)
	if err != nil {
		return nil, err
	}
	defer h.close()
	if err := pend(ctx, h.conn, b.backlog, 1); err != nil {
		return nil, err
	}
	s := newStarts(b.asks)
	stop := h.listening(ctx, processor.Config{Slots: slots, Work: func(_ context.Context, c job.Claim) error {
		s.began(c.ID.String())
		time.Sleep(runTime)
		return nil
	}})
	time.Sleep(time.Second) // let it work at the backlog
	for range b.asks {
		id := job.NewID().String()
		s.mu.Lock()
		s.asked[id] = time.Now()
		s.mu.Unlock()
		if _, err := h.conn.Exec(ctx, `insert into jobs (id, user_id, params) values ($1::uuid, gen_random_uuid(), '{}')`, id); err != nil {
			return nil, err
		}
		time.Sleep(5*runTime + time.Duration(time.Now().UnixNano()%int64(runTime))) // somewhere within a run
	}
	select {
	case <-s.ended:
	case <-time.After(time.Minute):
		return nil, fmt.Errorf("%d of %d jobs began", len(s.waits), s.want)
	}
	return s.waits, stop()
}

// pend fills h with pending jobs that so many users asked for.
func pend(ctx context.Context, conn *pgx.Conn, jobs, users int) error {
	if err := do(ctx, conn, fmt.Sprintf(`
		insert into jobs (user_id, params)
		select md5((n / (%d / %d))::text)::uuid, '{}' from generate_series(0, %[1]d - 1) n`, jobs, users)); err != nil {
		return err
	}
	return settled(ctx, conn, "jobs, job_runs, job_events")
}

// priceOfTurns is the time of a claim of ten jobs of one user's backlog, of a
// backlog of 500 users, and of the floor, which is first in, first out.
func (b *bench) priceOfTurns(ctx context.Context) error {
	_, floor, drop, err := b.floorHouse(ctx)
	if err != nil {
		return err
	}
	defer drop()
	if err := do(ctx, floor, fmt.Sprintf("insert into jobs (forecast_id) select gen_random_uuid()::text from generate_series(1, %d)", b.backlog)); err != nil {
		return err
	}
	if err := settled(ctx, floor, "jobs, job_events"); err != nil {
		return err
	}
	kinds := []struct {
		name  string
		users int
		*house
		marker
	}{{name: "1 user", users: 1}, {name: "500 users", users: 500}}
	for i := range kinds {
		if kinds[i].house, err = b.house(ctx); err != nil {
			return err
		}
		defer kinds[i].close()
		if err := pend(ctx, kinds[i].conn, b.backlog, kinds[i].users); err != nil {
			return err
		}
	}
	times := make([][]float64, len(kinds)+1)
	for range b.claims {
		took, err := timed(func() error {
			_, err := floor.Exec(ctx, floorClaim, 10)
			return err
		})
		if err != nil {
			return err
		}
		times[len(kinds)] = append(times[len(kinds)], took)
		for i := range kinds {
			took, err := kinds[i].claim(ctx, kinds[i].house, 10)
			if err != nil {
				return err
			}
			times[i] = append(times[i], took)
		}
	}
	fifo := of("claim_of_10", "floor, first in first out", "ms", []float64{figures.Median(times[len(kinds)])})
	fifo.print()
	for i, k := range kinds {
		of("claim_of_10", "pgcast, "+k.name, "ms", []float64{figures.Median(times[i])}).against("floor", fifo.Rounds).print()
	}
	return nil
}

// timed is how many milliseconds do takes.
func timed(do func() error) (float64, error) {
	begin := time.Now()
	err := do()
	return float64(time.Since(begin).Microseconds()) / 1000, err
}

// slack is how old a claim is that bounds the next ones, as in a processor.
const slack = 2 * time.Second

// marker remembers the largest turn claimed before that: claims need not look
// before it.
type marker struct {
	claims []struct {
		at   time.Time
		turn int64
	}
}

func (m *marker) above() (turn int64) {
	for _, c := range m.claims {
		if time.Since(c.at) >= slack {
			turn = max(turn, c.turn)
		}
	}
	return turn
}

// claim takes n jobs and answers how many milliseconds that took.
func (m *marker) claim(ctx context.Context, h *house, n int) (float64, error) {
	above := m.above()
	var claims []job.Claim
	took, err := timed(func() (err error) {
		claims, err = h.Claim(ctx, "bench", n, above)
		return err
	})
	if err == nil && len(claims) != n {
		err = fmt.Errorf("%d jobs claimed, not %d", len(claims), n)
	}
	if err != nil {
		return 0, err
	}
	last := slices.MaxFunc(claims, func(a, b job.Claim) int { return int(a.Turn>>20 - b.Turn>>20) })
	m.claims = append(m.claims, struct {
		at   time.Time
		turn int64
	}{time.Now(), last.Turn})
	return took, nil
}
