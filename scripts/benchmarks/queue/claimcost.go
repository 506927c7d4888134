package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/scripts/benchmarks/figures"
)

// claimCost is the time of a claim of ten jobs that were just asked for, in an
// empty table, and in one with much history and with dead entries in its
// indexes that an old snapshot keeps from going: bounded by the turns claimed
// before, as a processor claims, and once without that bound.
func claimCost(ctx context.Context, b *bench) error {
	empty, err := b.house(ctx)
	if err != nil {
		return err
	}
	defer empty.close()
	full, err := b.house(ctx)
	if err != nil {
		return err
	}
	defer full.close()
	old, err := b.burden(ctx, full)
	if err != nil {
		return err
	}
	defer old.Close(ctx)

	var light, heavy, unbounded []float64
	var lightMark, heavyMark marker
	for _, first := range []func() (float64, error){
		func() (float64, error) { return claimTen(ctx, empty, &lightMark) },
		func() (float64, error) { return claimTen(ctx, full, &heavyMark) },
	} {
		if _, err := first(); err != nil {
			return err
		}
	}
	time.Sleep(slack) // until the first claims bound the next ones
	for i := range b.claims {
		took, err := claimTen(ctx, empty, &lightMark)
		if err != nil {
			return err
		}
		light = append(light, took)
		if took, err = claimTen(ctx, full, &heavyMark); err != nil {
			return err
		}
		heavy = append(heavy, took)
		if i%5 > 0 {
			continue
		}
		if took, err = claimTen(ctx, full, &marker{}); err != nil {
			return err
		}
		unbounded = append(unbounded, took)
	}
	what := fmt.Sprintf("%d completed, %d dead entries", b.history, b.dead)
	base := []float64{figures.Median(light)}
	of("claim_of_10_asked_now", "empty table", "ms", base).print()
	of("claim_of_10_asked_now", what, "ms", []float64{figures.Median(heavy)}).against("empty table", base).ratioAtMost(2).print()
	of("claim_of_10_asked_now", what+", p99", "ms", []float64{figures.Quantile(heavy, 0.99)}).against("empty table, p99", []float64{figures.Quantile(light, 0.99)}).print()
	of("claim_of_10_asked_now", what+", without the bound", "ms", []float64{figures.Median(unbounded)}).against("empty table", base).print()
	return nil
}

// burden gives h its history, and returns the connection that holds an old
// snapshot. The last jobs were claimed after it was taken, so that their dead
// entries stay.
func (b *bench) burden(ctx context.Context, h *house) (*pgx.Conn, error) {
	err := do(ctx, h.conn, "set session_replication_role = replica", fmt.Sprintf(`
		insert into jobs (user_id, status, params, forecast_id, started_at, finished_at)
		select gen_random_uuid(), 'completed', '{}', gen_random_uuid()::text, now(), now() from generate_series(1, %d)`, b.history),
		"set session_replication_role = origin")
	if err != nil {
		return nil, err
	}
	if err := pend(ctx, h.conn, b.dead, 100); err != nil {
		return nil, err
	}
	old, err := pgx.Connect(ctx, h.url)
	if err != nil {
		return nil, err
	}
	if err := do(ctx, old, "begin isolation level repeatable read", "select count(*) from processors"); err != nil {
		return old, err
	}
	for left := b.dead; left > 0; {
		claims, err := h.Claim(ctx, "bench", min(left, 1000), 0)
		if err != nil || len(claims) == 0 {
			return old, fmt.Errorf("%d jobs left to claim: %w", left, err)
		}
		left -= len(claims)
	}
	return old, do(ctx, h.conn, "set session_replication_role = replica",
		"update jobs set status = 'completed' where status = 'processing'",
		"set session_replication_role = origin", "checkpoint")
}

// claimTen asks for ten jobs and claims them.
func claimTen(ctx context.Context, h *house, m *marker) (float64, error) {
	if err := do(ctx, h.conn, `insert into jobs (user_id, params) select gen_random_uuid(), '{}' from generate_series(1, 10)`); err != nil {
		return 0, err
	}
	return m.claim(ctx, h, 10)
}
