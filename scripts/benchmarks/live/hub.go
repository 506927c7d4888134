package main

import (
	"context"
	"fmt"
	"time"

	"github.com/pgcast/pgcast/scripts/benchmarks/figures"
)

// hub is the processor time of one delivery where changes come from memory: the
// hub and its doors alone, without a database to read. Beside it, in the same run
// and fed by the same code, a floor looks the client up in a map and writes a
// prepared message of the same size.
func hub(ctx context.Context, b *bench) error {
	for _, door := range []string{socket, supabase} {
		if err := b.hubAt(ctx, door); err != nil {
			return fmt.Errorf("at %s: %w", door, err)
		}
	}
	return nil
}

func (b *bench) hubAt(ctx context.Context, door string) error {
	h, err := b.house(ctx, b.clients)
	if err != nil {
		return err
	}
	defer h.close()
	n, err := b.startSelf(ctx, "-hub", h.url)
	if err != nil {
		return err
	}
	defer n.kill()
	f, err := b.startFloor(ctx, "")
	if err != nil {
		return err
	}
	defer f.kill()
	ours, floors := counted{versions: map[int]int64{}}, counted{versions: map[int]int64{}}
	clients, err := come(ctx, n.port, door, h.users, ours.arrived)
	if err != nil {
		return err
	}
	defer clients.leave()
	others, err := come(ctx, f.port, bare, h.users, floors.arrived)
	if err != nil {
		return err
	}
	defer others.leave()
	pause(ctx, 2*time.Second) // for the joins to be forgotten
	return b.fed(ctx, door, measured{n, &ours}, measured{f, &floors})
}

// fedRate is how many changes a second are paced.
const fedRate = 5000

// fed measures a hub and a floor.
func (b *bench) fed(ctx context.Context, door string, n, f measured) error {
	modes := []struct {
		name string
		goal float64
		pattern
	}{
		{"paced", 1.5, pattern{Burst: 1, Every: time.Second / fedRate, Times: fedRate * int(2*b.paced/time.Second)}},
		{"flat_out", 2, pattern{Burst: b.clients, Times: 2 * b.flat}},
	}
	for _, m := range modes {
		var mine, floors, over []float64
		for range b.rounds {
			own, size, err := n.per(ctx, m.Burst*m.Times, b.patience, func() error { return n.ask(ctx, m.pattern) })
			if err != nil {
				return err
			}
			m.Size = size
			write, _, err := f.per(ctx, m.Burst*m.Times, b.patience, func() error { return f.ask(ctx, m.pattern) })
			if err != nil {
				return err
			}
			mine, floors, over = append(mine, own), append(floors, write), append(over, own/write)
		}
		of("hub_cpu_per_million_"+m.name, door, "s", mine...).note("%d bytes a frame; floor %.3g", m.Size, figures.Median(floors)).print()
		of("hub_cpu_per_million_"+m.name+"_over_floor", door, "", over...).atMost(m.goal).print()
	}
	return nil
}
