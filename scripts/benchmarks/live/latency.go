package main

import (
	"context"

	"github.com/pgcast/pgcast/scripts/benchmarks/figures"
)

// latency is the time from a commit, when the statement that changes a status has
// its answer, to the frame in the owner's hands, by each source at each door.
func latency(ctx context.Context, b *bench) error {
	for _, c := range []struct{ source, door string }{{"replication", socket}, {"listen", socket}, {"replication", supabase}, {"listen", supabase}} {
		if err := b.latencyOf(ctx, c.source, c.door); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) latencyOf(ctx context.Context, source, door string) error {
	h, err := b.house(ctx, b.clients)
	if err != nil {
		return err
	}
	defer h.close()
	n, err := h.serving(ctx, source)
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
	if err := p.write(ctx, b.rate, b.settled, nil); err != nil {
		return err
	}
	took, whole, lost := p.times(every)
	what := source + ", " + door
	of("commit_to_frame_p50", what, "ms", figures.Quantile(took, .5)).atMost(5).note("%.3g from the statement", figures.Quantile(whole, .5)).print()
	of("commit_to_frame_p99", what, "ms", figures.Quantile(took, .99)).atMost(50).
		note("%.3g from the statement; %d events, %d lost, %d twice", figures.Quantile(whole, .99), len(took), lost, p.twice.Load()).print()
	return nil
}
