package main

import (
	"context"
	"fmt"
	"time"
)

// idle is what many clients cost that hear nothing: memory, the processor time of
// coming in, and how long it takes until all are back after the notifier was
// killed.
func idle(ctx context.Context, b *bench) error {
	h, err := b.house(ctx, b.crowd)
	if err != nil {
		return err
	}
	defer h.close()
	for _, door := range []string{supabase, socket, stream} {
		if err := h.idleAt(ctx, door); err != nil {
			return err
		}
	}
	return h.idleFloor(ctx)
}

// warm is how many clients come first, so that what is made once is there.
const warm = 50

func (h *house) idleAt(ctx context.Context, door string) error {
	n, err := h.serving(ctx, "replication")
	if err != nil {
		return err
	}
	defer func() { n.kill() }()
	kib, join, _, err := h.fill(ctx, n, door)
	if err != nil {
		return err
	}
	memory := of("resident_per_idle_connection", door, "KiB", kib)
	joins := of("cpu_of_a_join", door, "µs", join)
	if door == supabase {
		memory, joins = memory.atMost(16), joins.atMost(400)
	}
	memory.note("%d clients", h.crowd).print()
	joins.print()

	n.kill()
	if n, err = h.serving(ctx, "replication"); err != nil {
		return err
	}
	begin := time.Now()
	clients, err := come(ctx, n.port, door, h.users, func(int, []byte) {})
	if err != nil {
		return err
	}
	defer clients.leave()
	of("all_clients_back", door, "s", time.Since(begin).Seconds()).atMost(10).note("%d clients, after kill -9 and a new start", h.crowd).print()
	return nil
}

// fill lets all clients in, and measures memory and processor time of each.
func (h *house) fill(ctx context.Context, s *service, door string) (kib, join, seconds float64, err error) {
	nothing := func(int, []byte) {}
	first, err := come(ctx, s.port, door, h.users[:warm], nothing)
	if err != nil {
		return 0, 0, 0, err
	}
	defer first.leave()
	pause(ctx, time.Second)
	memory, spent, begin := s.resident(), s.spent(), time.Now()
	rest := h.users[warm:]
	clients, err := come(ctx, s.port, door, rest, nothing)
	if err != nil {
		return 0, 0, 0, err
	}
	defer clients.leave()
	seconds = time.Since(begin).Seconds()
	join = (s.spent() - spent) / float64(len(rest)) * 1e6
	pause(ctx, 5*time.Second)
	return (s.resident() - memory) / float64(len(rest)), join, seconds, ctx.Err()
}

func (h *house) idleFloor(ctx context.Context) error {
	f, err := h.startFloor(ctx, "")
	if err != nil {
		return err
	}
	defer f.kill()
	kib, join, seconds, err := h.fill(ctx, f, bare)
	if err != nil {
		return err
	}
	note := fmt.Sprintf("%d clients in %.3g s", h.crowd, seconds)
	of("resident_per_idle_connection", bare, "KiB", kib).note("%s", note).print()
	of("cpu_of_a_join", bare, "µs", join).note("no token, nothing to subscribe to").print()
	return nil
}
