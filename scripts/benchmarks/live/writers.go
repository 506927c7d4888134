package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/scripts/benchmarks/figures"
)

const (
	hands = 16   // writers at a time
	held  = 1500 // running jobs of each, so that nobody reports one twice within a second
	own   = 20   // waiting jobs of each

	flipStatus = `update jobs set status = case status when 'pending' then 'canceled' else 'pending' end where id = $1::text::uuid`
	report     = `select pgcast.report_progress(array[$1::text::uuid], array[$2::bigint], array[$3::float8], array['backtest'])`
)

// writers is what live status costs those who write: 16 of them, each on jobs of
// their own.
func writers(ctx context.Context, b *bench) error {
	h, err := b.house(ctx, own*hands)
	if err != nil {
		return err
	}
	defer h.close()
	var running []string
	for range hands * held {
		running = append(running, uuid.New().String())
	}
	if _, err := h.pool.Exec(ctx, runningJobs, running, h.users[0].id.String()); err != nil {
		return err
	}
	if _, err := h.pool.Exec(ctx, `vacuum analyze jobs`); err != nil {
		return err
	}
	kinds := []struct {
		name, prepare, restore, source string
	}{
		{"nobody listens", ``, ``, ""},
		{"no triggers", `alter table jobs disable trigger user`, `alter table jobs enable trigger user`, ""},
		{"replication", ``, ``, "replication"},
		{"listen", ``, ``, "listen"},
	}
	rates := map[string][]float64{}
	for range h.rounds {
		for _, k := range kinds {
			if k.prepare != "" {
				if _, err := h.pool.Exec(ctx, k.prepare); err != nil {
					return err
				}
			}
			if err := h.writersWith(ctx, k.name, k.source, running, rates); err != nil {
				return err
			}
			if k.restore != "" {
				if _, err := h.pool.Exec(ctx, k.restore); err != nil {
					return err
				}
			}
		}
	}
	for _, f := range []struct {
		what, source, base string
		goal               float64
	}{
		{"progress", "nobody listens", "no triggers", .9},
		{"progress", "replication", "no triggers", 0},
		{"progress", "listen", "no triggers", 0},
		{"status", "replication", "nobody listens", .9},
		{"status", "listen", "nobody listens", .33},
		{"status", "replication", "no triggers", 0},
	} {
		var ratios []float64
		for i, rate := range rates[f.what+f.source] {
			ratios = append(ratios, rate/rates[f.what+f.base][i])
		}
		line := of("writers_"+f.what+"_"+f.source, "over "+f.base, "", ratios...)
		if f.goal > 0 {
			line = line.atLeast(f.goal)
		}
		line.note("%.3g and %.3g commits a second", figures.Median(rates[f.what+f.source]), figures.Median(rates[f.what+f.base])).print()
	}
	return nil
}

// runningJobs makes jobs that run, and reset makes all due for a report. The
// triggers do not see either.
const (
	runningJobs = `
		with quiet as materialized (select set_config('session_replication_role', 'replica', true))
		insert into jobs (id, user_id, params, status, fence, claimed_by, attempts, started_at)
		select id, $2::text::uuid, '{}', 'processing', n, 'bench', 1, now()
		from quiet, unnest($1::text[]::uuid[]) with ordinality as t (id, n)`
	reset = `
		with quiet as materialized (select set_config('session_replication_role', 'replica', true))
		update jobs set updated_at = now() - interval '1 hour', progress = 0, status = case status when 'canceled' then 'pending' else status end
		from quiet`
)

// writersWith measures both kinds of changes while a source serves, or none.
func (h *house) writersWith(ctx context.Context, name, source string, running []string, rates map[string][]float64) error {
	for _, sql := range []string{reset, `vacuum jobs`, `checkpoint`} {
		if _, err := h.pool.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if source != "" {
		n, err := h.serving(ctx, source)
		if err != nil {
			return err
		}
		defer func() {
			n.kill()
			_, _ = h.pool.Exec(ctx, `delete from pgcast.notifiers`) // it asked for notices until its heartbeat is old
		}()
	}
	rate, err := h.commits(ctx, report, func(w, n int) []any {
		i := w*held + n%held
		return []any{running[i], i + 1, .5}
	})
	if err != nil {
		return fmt.Errorf("progress, %s: %w", name, err)
	}
	rates["progress"+name] = append(rates["progress"+name], rate)
	rate, err = h.commits(ctx, flipStatus, func(w, n int) []any { return []any{h.users[w*own+n%own].job} })
	if err != nil {
		return fmt.Errorf("status, %s: %w", name, err)
	}
	rates["status"+name] = append(rates["status"+name], rate)
	return nil
}

// commits is how many statements a second end, of all writers together.
func (h *house) commits(ctx context.Context, sql string, args func(writer, n int) []any) (float64, error) {
	var done atomic.Int64
	var running sync.WaitGroup
	failed := make(chan error, hands)
	until, cancel := context.WithTimeout(ctx, h.writing)
	defer cancel()
	begin := time.Now()
	for w := range hands {
		running.Go(func() {
			conn, err := pgx.Connect(ctx, h.url)
			if err != nil {
				failed <- err
				return
			}
			defer conn.Close(ctx)
			for n := 0; until.Err() == nil; n++ {
				if _, err := conn.Exec(ctx, sql, args(w, n)...); err != nil {
					failed <- err
					return
				}
				done.Add(1)
			}
		})
	}
	running.Wait()
	select {
	case err := <-failed:
		return 0, err
	default:
		return float64(done.Load()) / time.Since(begin).Seconds(), nil
	}
}
