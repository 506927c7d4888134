package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// cuts is whether clients of two notifiers, one by replication and one by
// LISTEN, lose or misorder anything: they are cut at random and come back, each
// time to any of the two, with the cursor they have, while jobs change, also in
// transactions that stay open, and now and then one of the notifiers is killed.
func cuts(ctx context.Context, b *bench) error {
	const seed, followers = 2026, 10
	h, err := b.house(ctx, followers)
	if err != nil {
		return err
	}
	defer h.close()
	t := &twins{house: h}
	for i, source := range []string{"replication", "listen"} {
		if t.services[i], err = h.serving(ctx, source); err != nil {
			return err
		}
		t.ports[i] = t.services[i].port
	}
	defer t.kill()
	writing, stop := context.WithCancel(ctx)
	defer stop()
	written := make(chan error, 1)
	go func() { written <- h.churn(writing) }()

	list := make([]*follower, followers)
	var running sync.WaitGroup
	failed := make(chan error, followers+1)
	for i := range list {
		list[i] = newFollower(h.users[i], rand.New(rand.NewPCG(seed, uint64(i))))
		running.Go(func() { failed <- list[i].wander(ctx, t.ports[:], h.cuts/followers) })
	}
	running.Go(func() { failed <- t.strike(ctx, rand.New(rand.NewPCG(seed, followers)), h.kills) })
	running.Wait()
	stop()
	if err := <-written; err != nil {
		return err
	}
	for range followers + 1 {
		if err := <-failed; err != nil {
			return err
		}
	}
	lost, events, misordered, resets, repeated := 0, 0, 0, 0, 0
	for _, f := range list {
		if err := f.catchUp(ctx, t.ports[0], h); err != nil {
			return err
		}
		n, of, err := f.lost(ctx, h)
		if err != nil {
			return err
		}
		lost, events = lost+n, events+of
		misordered, resets, repeated = misordered+f.misordered, resets+f.resets, repeated+f.repeated
	}
	of("events_lost_in_cuts", fmt.Sprintf("%d cuts, %d kills", h.cuts, h.kills), "", float64(lost)).atMost(0).
		note("of %d changes of status; %d told again and dropped by version, %d resets; seed %d", events, repeated, resets, seed).print()
	of("events_reordered_in_cuts", fmt.Sprintf("%d cuts, %d kills", h.cuts, h.kills), "", float64(misordered)).atMost(0).print()
	return nil
}

// twins are the two notifiers.
type twins struct {
	*house
	ports    [2]int
	services [2]*service
}

func (t *twins) kill() {
	for _, s := range t.services {
		if s != nil {
			s.kill()
		}
	}
}

// strike kills one of them now and then, and starts it again.
func (t *twins) strike(ctx context.Context, random *rand.Rand, kills int) error {
	for range kills {
		pause(ctx, time.Second+time.Duration(random.IntN(1000))*time.Millisecond)
		i := random.IntN(2)
		t.services[i].kill()
		url := []string{t.url, t.listening()}[i]
		pause(ctx, 300*time.Millisecond)
		s, err := t.notifierAt(ctx, url, t.ports[i])
		if err != nil {
			return err
		}
		t.services[i] = s
		if err := s.serves(ctx, "", t.patience); err != nil {
			return err
		}
	}
	return nil
}

// churn changes jobs of all users until ctx ends, every fourth in a transaction
// that stays open while others go on.
func (h *house) churn(ctx context.Context) error {
	for n := 0; ctx.Err() == nil; n++ {
		u := h.users[n%len(h.users)]
		var late interface {
			Commit(context.Context) error
		}
		if n%4 == 0 {
			tx, err := h.pool.Begin(context.WithoutCancel(ctx))
			if err != nil {
				return err
			}
			if _, err := tx.Exec(context.WithoutCancel(ctx), flip, u.job); err != nil {
				return err
			}
			late = tx
		}
		for i := range 3 {
			if _, err := h.pool.Exec(context.WithoutCancel(ctx), flip, h.users[(n+i+1)%len(h.users)].job); err != nil {
				return err
			}
		}
		if late != nil {
			if err := late.Commit(context.WithoutCancel(ctx)); err != nil {
				return err
			}
		}
		pause(ctx, time.Millisecond)
	}
	return nil
}

// lost compares what a follower was told with the trail.
func (f *follower) lost(ctx context.Context, h *house) (lost, events int, err error) {
	rows, err := h.pool.Query(ctx, `select version, status from job_events where job_id = $1::text::uuid and version > $2 order by version`, f.user.job, f.first)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var version int64
		var status string
		if err := rows.Scan(&version, &status); err != nil {
			return 0, 0, err
		}
		events++
		if !slices.Contains(f.told, step{version, status}) {
			lost++
		}
	}
	return lost, events, rows.Err()
}
