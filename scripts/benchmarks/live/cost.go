package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/pgcast/pgcast/scripts/benchmarks/figures"
)

// cost is the processor time of one delivery to its owner, from the WAL to the
// socket, beside those of two floors: one has the same number of bytes to write in
// the same pattern, the other reads changes of a database of its own and writes
// them. The patterns: one client at a time, 100 clients 50 times a second, and all
// clients again and again as fast as it goes.
func cost(ctx context.Context, b *bench) error {
	for _, door := range []string{socket, supabase} {
		if err := b.costAt(ctx, door); err != nil {
			return err
		}
	}
	return nil
}

// counted is what clients got: frames and bytes, and how many changes that
// were, because a client that is late is told several in one.
type counted struct {
	mu                     sync.Mutex
	frames, bytes, changes int64
	versions               map[int]int64 // by client
}

func (c *counted) arrived(client int, frame []byte) {
	version := versionOf(frame)
	if version == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frames++
	c.bytes += int64(len(frame))
	if had, was := c.versions[client]; was && version > had {
		c.changes += version - had
	} else {
		c.changes++
	}
	c.versions[client] = version
}

// forget has the next change of each client count once, whatever its version.
func (c *counted) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.versions)
}

func (c *counted) now() (frames, bytes, changes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.frames, c.bytes, c.changes
}

// calm is how long nothing has come when the last has: of a client that is late
// some steps of progress never come.
const calm = 500 * time.Millisecond

// reaches waits until so many changes have come, or all that will.
func (c *counted) reaches(ctx context.Context, n int64, patience time.Duration) error {
	begin, had, since := time.Now(), int64(0), time.Now()
	for {
		frames, _, changes := c.now()
		if frames != had {
			had, since = frames, time.Now()
		}
		if changes >= n || changes > n-n/100 && time.Since(since) > calm {
			return nil
		}
		if pause(ctx, 2*time.Millisecond); ctx.Err() != nil || time.Since(begin) > patience {
			return fmt.Errorf("%d of %d changes came", changes, n)
		}
	}
}

func (b *bench) costAt(ctx context.Context, door string) error {
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
	g, err := b.house(ctx, b.clients)
	if err != nil {
		return err
	}
	defer g.close()
	f, err := b.startFloor(ctx, g.url)
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
	others, err := come(ctx, f.port, bare, g.users, floors.arrived)
	if err != nil {
		return err
	}
	defer others.leave()
	pause(ctx, time.Second)
	return h.compare(ctx, door, measured{n, &ours}, g, measured{f, &floors})
}

// measured is a server and what its clients got.
type measured struct {
	*service
	*counted
}

// per is the processor time of a million deliveries of what write brings, in
// seconds, and how many bytes each had.
func (m measured) per(ctx context.Context, changes int, patience time.Duration, write func() error) (seconds float64, size int, err error) {
	frames, bytes, had := m.now()
	before := m.spent()
	if err := write(); err != nil {
		return 0, 0, err
	}
	if err := m.reaches(ctx, had+int64(changes), patience); err != nil {
		return 0, 0, err
	}
	spent := m.spent() - before
	framesNow, bytesNow, _ := m.now()
	return spent / float64(framesNow-frames) * 1e6, int((bytesNow - bytes) / (framesNow - frames)), nil
}

// compare measures a notifier, and a floor that writes and reads from its own house.
func (h *house) compare(ctx context.Context, door string, n measured, g *house, f measured) error {
	burst := min(100, h.clients)
	modes := []struct {
		name string
		goal float64
		pattern
	}{
		{"paced", 1.5, pattern{Burst: 1, Every: time.Second / time.Duration(h.rate), Times: h.rate * int(2*h.paced/time.Second)}},
		{"paced_in_bursts", 1.5, pattern{Burst: burst, Every: 20 * time.Millisecond, Times: int(h.paced / (20 * time.Millisecond))}},
		{"flat_out", 2, pattern{Burst: h.clients, Times: h.flat}},
	}
	for _, m := range modes {
		var mine, writing, reading, overWriting, overReading []float64
		var readSize int
		for range h.rounds {
			own, size, err := n.per(ctx, m.Burst*m.Times, h.patience, func() error { return h.touch(ctx, m.pattern) })
			if err != nil {
				return err
			}
			m.Size = size
			write, _, err := f.per(ctx, m.Burst*m.Times, h.patience, func() error { return f.ask(ctx, m.pattern) })
			if err != nil {
				return err
			}
			f.forget()
			read, size, err := f.per(ctx, m.Burst*m.Times, h.patience, func() error { return g.touch(ctx, m.pattern) })
			if err != nil {
				return err
			}
			readSize = size
			mine, writing, reading = append(mine, own), append(writing, write), append(reading, read)
			overWriting, overReading = append(overWriting, own/write), append(overReading, own/read)
		}
		of("cpu_per_million_"+m.name, door, "s", mine...).
			note("%d bytes a frame; floor that writes %.3g, that reads and writes %.3g with %d bytes", m.Size, figures.Median(writing), figures.Median(reading), readSize).print()
		of("cpu_per_million_"+m.name+"_over_writing_floor", door, "", overWriting...).atMost(m.goal).print()
		of("cpu_per_million_"+m.name+"_over_reading_floor", door, "", overReading...).atMost(m.goal).print()
	}
	return nil
}

// touch changes the jobs of the next users, burst by burst.
func (h *house) touch(ctx context.Context, p pattern) error {
	begin := time.Now()
	for n := range p.Times {
		pause(ctx, time.Until(begin.Add(time.Duration(n)*p.Every)))
		ids := make([]string, p.Burst)
		for i := range ids {
			ids[i] = h.users[h.next%len(h.users)].job
			h.next++
		}
		if _, err := h.pool.Exec(ctx, `update jobs set priority = priority + 1 where id = any ($1::text[]::uuid[])`, ids); err != nil {
			return err
		}
	}
	return nil
}
