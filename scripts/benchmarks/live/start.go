package main

import (
	"context"
	"fmt"
	"time"

	"github.com/pgcast/pgcast/scripts/benchmarks/figures"
)

// start is the time from the start of a notifier to the first frame it tells a
// client that came with it, where replication is not to be had.
func start(ctx context.Context, b *bench) error {
	h, err := b.house(ctx, 1)
	if err != nil {
		return err
	}
	defer h.close()
	open, err := h.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = open.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := open.Exec(ctx, `create table unfinished ()`); err != nil {
		return err
	}
	if err := h.startAt(ctx, "an open writing transaction", h.url); err != nil {
		return err
	}
	if err := open.Rollback(ctx); err != nil {
		return err
	}
	pooled, stop, err := pooler(h.url)
	if err != nil {
		return err
	}
	defer stop()
	if err := h.startAt(ctx, "a session pooler only", pooled); err != nil {
		return err
	}

	other, err := openWith(ctx, b.settings)
	if err != nil {
		return err
	}
	defer other.close()
	there, err := other.house(ctx, 1)
	if err != nil {
		return err
	}
	defer there.close()
	return there.startAt(ctx, "wal_level=replica", there.url)
}

func openWith(ctx context.Context, s settings) (*bench, error) {
	return open(ctx, s, map[string]string{"wal_level": "replica"})
}

func (h *house) startAt(ctx context.Context, where, url string) error {
	var waits []float64
	var source string
	for range h.rounds {
		n, err := h.notifier(ctx, url)
		if err != nil {
			return err
		}
		wait, serves, err := h.firstFrame(ctx, n)
		n.kill()
		if err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		waits, source = append(waits, wait.Seconds()), serves
	}
	f := of("start_to_serving", where, "s", waits...)
	f.Value = figures.Quantile(waits, 1)
	f.atMost(3).note("the longest; by %s; then the frame of the first commit came", source).print()
	return nil
}

// firstFrame waits for a source, and then for a frame.
func (h *house) firstFrame(ctx context.Context, n *service) (time.Duration, string, error) {
	if err := n.serves(ctx, "", h.patience); err != nil {
		return 0, "", err
	}
	took := time.Since(n.began)
	source, err := n.source(ctx)
	if err != nil {
		return 0, "", err
	}
	frames := make(chan struct{}, 100)
	clients, err := come(ctx, n.port, socket, h.users, func(_ int, frame []byte) {
		if versionOf(frame) > 0 {
			frames <- struct{}{}
		}
	})
	if err != nil {
		return 0, "", err
	}
	defer clients.leave()
	if _, err := h.pool.Exec(ctx, flip, h.users[0].job); err != nil {
		return 0, "", err
	}
	select {
	case <-frames:
		return took, source, nil
	case <-time.After(h.patience):
		return 0, "", fmt.Errorf("no frame by %s", source)
	}
}
