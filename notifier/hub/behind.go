package hub

import (
	"context"
	"time"
)

// watchEvery is how long a source may take from the WAL to the sessions before
// it counts as behind, about.
const watchEvery = 50 * time.Millisecond

// watch finds out that the source is behind, until ctx ends: the WAL was written
// up to somewhere a moment ago, and it has not come there.
//
// Replication is one ordered stream. A large transaction holds it up for as long
// as it takes to decode, whatever table it is about (1.5 s for 500,000 rows), but
// nobody's commits. So while the source is behind, the trail is read at each look,
// and what it says is told at once; the source repeats it later, to no effect. To
// writers all this costs nothing.
func (h *Hub) watch(ctx context.Context) error {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	var written uint64 // the end of the WAL at the look before
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		told, follows := h.config.Told()
		follows = follows && h.Sessions() > 0
		behind := follows && told < written
		if h.tail.behind.Swap(behind) != behind {
			h.metrics.Behind(behind)
		}
		if behind {
			poke(h.tail.poke)
			poke(h.tail.hurry)
		}
		written = 0
		if follows {
			written = h.flushed(ctx)
		}
	}
}

// flushed is how far the WAL is written, 0 when that is not to be found out.
func (h *Hub) flushed(ctx context.Context) uint64 {
	ctx, cancel := context.WithTimeout(ctx, tailTimeout)
	defer cancel()
	lsn, err := h.config.Jobs.Flushed(ctx)
	if err != nil {
		return 0
	}
	return lsn
}
