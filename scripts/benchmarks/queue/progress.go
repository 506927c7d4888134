package main

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcast/pgcast/db"
)

const (
	// report is what db.DB sends; every row moved.
	report = `
		select count(*)
		from (
		  select array_agg(id) as ids, array_agg(fence) as fences, array_agg($1::float8) as fractions, array_agg('backtest'::text) as stages
		  from jobs where status = 'processing'
		) held, pgcast.report_progress(ids, fences, fractions, stages)`

	// longAgo makes every row due for a report. It is no part of what is
	// measured, but leaves dead rows, so that the pages are fuller than they
	// would be.
	longAgo = `update jobs set updated_at = updated_at - interval '2 seconds' where status = 'processing'`
)

// written is what a transaction did to a table.
type written struct {
	Rows, Hot, WAL float64
}

// progress is what progress reports and heartbeats write: the share of updates
// in place (HOT), the bytes of WAL a row, and how many notifications.
func progress(ctx context.Context, b *bench) error {
	for _, width := range []int{0, 300, 1500, 20_000} {
		if err := b.reportsOf(ctx, width); err != nil {
			return fmt.Errorf("rows with texts of %d bytes: %w", width, err)
		}
	}
	return b.heartbeats(ctx)
}

func (b *bench) reportsOf(ctx context.Context, width int) error {
	h, err := b.house(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	if err := do(ctx, h.conn, fmt.Sprintf(`
		insert into jobs (user_id, params, columns, time_candidates, preview)
		select gen_random_uuid(), '{"horizon": 12}', t, t, t
		from generate_series(1, %d) n,
		  lateral (select left(coalesce(string_agg(md5(n * 1000 + i || ''), ''), ''), %d) as t from generate_series(1, %[2]d / 32 + 1) i) texts`,
		b.running, width)); err != nil {
		return err
	}
	if _, err := h.Claim(ctx, "bench", b.running, 0); err != nil {
		return err
	}
	if err := settled(ctx, h.conn, "jobs"); err != nil {
		return err
	}
	if err := h.WantStatus(ctx, "bench", true); err != nil {
		return err
	}
	heard, deaf, err := h.count(ctx)
	if err != nil {
		return err
	}
	defer deaf()
	var sum written
	for i := range b.reports {
		if err := do(ctx, h.conn, "set session_replication_role = replica", longAgo, "set session_replication_role = origin"); err != nil {
			return err
		}
		w, err := wrote(ctx, h.conn, "jobs", report, float64(i+1)/float64(b.reports+1))
		if err != nil {
			return err
		}
		sum.Rows, sum.Hot, sum.WAL = sum.Rows+w.Rows, sum.Hot+w.Hot, sum.WAL+w.WAL
	}
	if want := float64(b.running * b.reports); sum.Rows != want {
		return fmt.Errorf("%v rows written, not %v", sum.Rows, want)
	}
	again, err := wrote(ctx, h.conn, "jobs", report, 1.0)
	if err != nil {
		return err
	}
	who := fmt.Sprintf("three texts of %d bytes", width)
	of("progress_hot", who, "%", []float64{100 * sum.Hot / sum.Rows}).atLeast(95).print()
	of("progress_wal_per_write", who, "bytes", []float64{sum.WAL / sum.Rows}).atMost(1000).print()
	of("progress_written_within_a_second", who, "rows", []float64{again.Rows}).atMost(0).print()
	of("progress_notifications", who, "", []float64{float64(heard.Load())}).atMost(0).print()
	return nil
}

func (b *bench) heartbeats(ctx context.Context) error {
	h, err := b.house(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	heard, deaf, err := h.count(ctx)
	if err != nil {
		return err
	}
	defer deaf()
	const heartbeat = `select pgcast.heartbeat('bench', 'bench', 10, $1::int, 1)`
	if _, err := h.conn.Exec(ctx, heartbeat, 0); err != nil {
		return err
	}
	var sum written
	for i := range b.reports * 10 {
		w, err := wrote(ctx, h.conn, "processors", heartbeat, i)
		if err != nil {
			return err
		}
		sum.Rows, sum.Hot = sum.Rows+w.Rows, sum.Hot+w.Hot
	}
	of("heartbeat_hot", "", "%", []float64{100 * sum.Hot / sum.Rows}).atLeast(95).print()
	of("heartbeat_notifications", "", "", []float64{float64(heard.Load())}).atMost(0).print()
	return nil
}

// wrote is what a statement, alone in its transaction, writes to a table.
func wrote(ctx context.Context, conn *pgx.Conn, table, statement string, argument any) (w written, err error) {
	const position = `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8`
	before, err := query1[float64](ctx, conn, position)
	if err != nil {
		return w, err
	}
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		// What earlier transactions did may be in the counts as well.
		earlier, err := updates(ctx, tx, table)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, statement, argument); err != nil {
			return err
		}
		w, err = updates(ctx, tx, table)
		w.Rows, w.Hot = w.Rows-earlier.Rows, w.Hot-earlier.Hot
		return err
	})
	if err != nil {
		return w, err
	}
	after, err := query1[float64](ctx, conn, position)
	w.WAL = after - before
	return w, err
}

func updates(ctx context.Context, tx pgx.Tx, table string) (w written, err error) {
	err = tx.QueryRow(ctx, `select pg_stat_get_xact_tuples_updated($1::text::regclass), pg_stat_get_xact_tuples_hot_updated($1::text::regclass)`, table).
		Scan(&w.Rows, &w.Hot)
	return w, err
}

// count counts the notifications of all channels from now on, until deaf is
// called.
func (h *house) count(ctx context.Context) (heard *atomic.Int64, deaf func(), err error) {
	heard = new(atomic.Int64)
	connected, ended := make(chan struct{}), make(chan struct{})
	listener := db.Listener{
		URL:       h.url,
		Channels:  strings.Fields("pgcast_wake pgcast_control pgcast_status"),
		OnConnect: func(context.Context, *pgx.Conn) error { close(connected); return nil },
		OnNotify:  func(string, string) { heard.Add(1) },
	}
	hearing, cancel := context.WithCancel(ctx)
	go func() {
		defer close(ended)
		_ = listener.Run(hearing)
	}()
	deaf = func() {
		cancel()
		<-ended
	}
	select {
	case <-connected:
		return heard, deaf, nil
	case <-time.After(time.Minute):
		deaf()
		return nil, nil, fmt.Errorf("nobody listens")
	}
}
