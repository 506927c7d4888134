package main

import (
	"context"
	"fmt"
	"time"

	"github.com/pgcast/pgcast/scripts/benchmarks/figures"
)

// stall is the same latency, of the events committed while a large transaction
// of a table that is nobody's business keeps replication busy: from its commit to
// the moment when the stream has come to where the WAL was then.
func stall(ctx context.Context, b *bench) error {
	for _, door := range []string{socket, supabase} {
		if err := b.stallAt(ctx, door); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) stallAt(ctx context.Context, door string) error {
	h, err := b.house(ctx, b.clients)
	if err != nil {
		return err
	}
	defer h.close()
	n, err := h.serving(ctx, "replication")
	if err != nil {
		return err
	}
	defer n.kill()
	p := newPost(h)
	clients, err := come(ctx, n.port, door, h.users, p.arrived)
	if err != nil {
		return err
	}
	defer clients.leave()
	done, failed := make(chan struct{}), make(chan error, 1)
	var windows [][2]time.Time
	go func() {
		defer close(done)
		var err error
		pause(ctx, time.Second)
		for range b.stalls {
			var window [2]time.Time
			if window, err = h.large(ctx); err != nil {
				break
			}
			windows = append(windows, window)
			pause(ctx, 2*time.Second)
		}
		failed <- err
	}()
	if err := p.write(ctx, b.rate, 0, done); err != nil {
		return err
	}
	if err := <-failed; err != nil {
		return err
	}
	stalled := 0.0
	for _, w := range windows {
		stalled += w[1].Sub(w[0]).Seconds()
	}
	took, whole, lost := p.times(func(t *told) bool {
		for _, w := range windows {
			if at := t.sent.Add(t.commit); at.After(w[0]) && at.Before(w[1]) {
				return true
			}
		}
		return false
	})
	_, _, lostAll := p.times(every)
	if len(took) == 0 {
		return fmt.Errorf("no event was committed while replication stalled, for %.2f s", stalled)
	}
	of("commit_to_frame_stalled_p50", door, "ms", figures.Quantile(took, .5)).atMost(100).
		note("%.3g from the statement; %d events in %d stalls of %.3g s together", figures.Quantile(whole, .5), len(took)+lost, len(windows), stalled).print()
	of("commit_to_frame_stalled_max", door, "ms", figures.Quantile(took, 1)).promise("≤ 500 ms, none lost", figures.Quantile(took, 1) <= 500 && lostAll == 0).
		note("%.3g from the statement; p99 %.3g, %d lost, %d twice", figures.Quantile(whole, 1), figures.Quantile(took, .99), lostAll, p.twice.Load()).print()
	return nil
}

// large commits a large transaction, and returns when it was committed and when
// replication had passed it.
func (h *house) large(ctx context.Context) (window [2]time.Time, err error) {
	if _, err = h.pool.Exec(ctx, `drop table if exists elsewhere`); err != nil {
		return window, err
	}
	if _, err = h.pool.Exec(ctx, `create table elsewhere (n integer, filler text)`); err != nil {
		return window, err
	}
	if _, err = h.pool.Exec(ctx, fmt.Sprintf(`insert into elsewhere select n, repeat('x', 50) from generate_series(1, %d) n`, h.rows)); err != nil {
		return window, err
	}
	window[0] = time.Now()
	var end string
	if err = h.pool.QueryRow(ctx, `select pg_current_wal_flush_lsn()::text`).Scan(&end); err != nil {
		return window, err
	}
	for passed := false; !passed && err == nil; {
		pause(ctx, 5*time.Millisecond)
		err = h.pool.QueryRow(ctx, `select coalesce(min(sent_lsn), '0/0') >= $1::text::pg_lsn from pg_stat_replication`, end).Scan(&passed)
	}
	window[1] = time.Now()
	return window, err
}
