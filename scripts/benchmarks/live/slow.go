package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/pgcast/pgcast/scripts/benchmarks/figures"
)

// slow is one client of many that stops to read while wide rows of its own are
// written: what the others notice of it, what the notifier keeps for it, and
// when it is cut off.
func slow(ctx context.Context, b *bench) error {
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
	victim := h.users[0]
	h.users = h.users[1:]
	p := newPost(h)
	clients, err := come(ctx, n.port, supabase, h.users, p.arrived)
	if err != nil {
		return err
	}
	defer clients.leave()

	// The same rows are written twice: of somebody who reads, and of the one who
	// does not.
	var p99 [2]float64
	var memory [2]float64
	var gone time.Duration
	for round, stalled := range []bool{false, true} {
		p.all = nil
		c, err := join(ctx, n.port, supabase, 0, victim)
		if err != nil {
			return err
		}
		_ = c.Conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		if !stalled {
			go c.read(func([]byte) {})
		}
		pause(ctx, time.Second)
		before := n.resident()
		begin, written := time.Now(), make(chan error, 1)
		flood, stop := context.WithCancel(ctx)
		go func() { written <- h.flood(flood, victim) }()
		cut := make(chan time.Duration, 1)
		go func() { cut <- h.cutOff(flood, n, begin) }()
		err = p.write(ctx, h.rate, h.slow, nil)
		memory[round] = n.resident() - before
		if stalled && err == nil {
			select {
			case gone = <-cut:
			case <-time.After(30 * time.Second):
				gone = time.Since(begin)
			}
		}
		stop()
		_ = c.Close()
		if err = errors.Join(err, <-written); err != nil {
			return err
		}
		took, _, _ := p.times(every)
		p99[round] = figures.Quantile(took, .99)
	}
	of("p99_of_others_beside_a_stalled_client_over_a_reading_one", supabase, "", p99[1]/p99[0]).atMost(1.5).
		note("%.3g and %.3g ms", p99[1], p99[0]).print()
	of("resident_growth_beside_a_stalled_client", supabase, "MiB", (memory[1]-memory[0])/1024).
		note("%.3g and, beside a reading one, %.3g; its queue is bounded by 1 MiB", memory[1]/1024, memory[0]/1024).print()
	of("stalled_client_is_cut_off_after", supabase, "s", gone.Seconds()).atMost(15).print()
	return nil
}

// flood writes wide rows of a user, 1 MiB a second.
func (h *house) flood(ctx context.Context, u user) error {
	filler := strings.Repeat("x", 50<<10)
	for ctx.Err() == nil {
		_, err := h.pool.Exec(context.WithoutCancel(ctx), `insert into jobs (user_id, preview) values ($1::text::uuid, $2)`, u.id.String(), filler)
		if err != nil {
			return err
		}
		pause(ctx, 50*time.Millisecond)
	}
	return nil
}

// cutOff is how long the notifier keeps a connection beside those of the others.
func (h *house) cutOff(ctx context.Context, n *service, begin time.Time) time.Duration {
	for ctx.Err() == nil {
		if count, err := connections(n.port); err == nil && count <= len(h.users) {
			return time.Since(begin)
		}
		pause(ctx, 100*time.Millisecond)
	}
	return time.Since(begin)
}

// connections counts those that a server holds at a port.
func connections(port int) (int, error) {
	count := 0
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(table)
		if err != nil {
			return 0, err
		}
		local := fmt.Sprintf(":%04X", port)
		for _, line := range strings.Split(string(text), "\n") {
			if fields := strings.Fields(line); len(fields) > 3 && strings.HasSuffix(fields[1], local) && fields[3] == "01" {
				count++
			}
		}
	}
	return count, nil
}
