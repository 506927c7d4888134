package db

import (
	"context"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

// Heartbeat registers a processor, and says that it lives. A lock key names a
// session advisory lock that the process holds already.
func (db *DB) Heartbeat(ctx context.Context, p job.Processor) error {
	var key *int64
	if p.LockKey != 0 {
		key = &p.LockKey
	}
	_, err := db.pool.Exec(ctx, `select pgcast.heartbeat($1::text, $2::text, $3::int, $4::int, $5::bigint)`,
		p.ID, p.Name, p.Slots, p.Running, key)
	return wrap("send heartbeat", err)
}

// Deregister takes a processor off the list. What it still holds is rescued by
// the next pass.
func (db *DB) Deregister(ctx context.Context, processor string) error {
	_, err := db.pool.Exec(ctx, `select pgcast.deregister($1::text)`, processor)
	return wrap("deregister processor", err)
}

// Rescue takes the jobs of dead processors back and returns how many. A
// processor that loses its lock has 600 ms to register again, so two passes
// are needed to find it dead; one without a lock is dead 30 s after its last
// heartbeat. Any process may call it at any time.
func (db *DB) Rescue(ctx context.Context) (int, error) {
	var rescued int
	err := db.pool.QueryRow(ctx, `select pgcast.rescue()`).Scan(&rescued)
	return rescued, wrap("rescue jobs", err)
}

// PruneEvents removes events older than that, up to 10,000 a call, and returns
// how many.
func (db *DB) PruneEvents(ctx context.Context, older time.Duration) (int, error) {
	var pruned int
	err := db.pool.QueryRow(ctx, `select pgcast.prune_events(make_interval(secs => $1::float8))`, older.Seconds()).Scan(&pruned)
	return pruned, wrap("prune events", err)
}

// Depth counts the jobs that wait to be claimed, up to most.
func (db *DB) Depth(ctx context.Context, most int) (int, error) {
	var waiting int
	err := db.pool.QueryRow(ctx, `select pgcast.queue_depth($1::int)`, most).Scan(&waiting)
	return waiting, wrap("count waiting jobs", err)
}
