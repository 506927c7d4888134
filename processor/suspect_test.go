package processor_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/processor"
)

// dies lets a processor claim all there is and die under some of it.
func (b *bundle) dies(id string, under ...job.ID) {
	b.t.Helper()
	claimed, err := b.Claim(b.t.Context(), id, 100, 0)
	b.noError(err)
	var back []job.Claim
	for _, c := range claimed {
		if !slices.Contains(under, c.ID) {
			back = append(back, c)
		}
	}
	if len(claimed)-len(back) != len(under) {
		b.t.Fatalf("%s claimed %d jobs, want it to die under %d", id, len(claimed), len(under))
	}
	b.noError(b.Release(b.t.Context(), back))
	b.goes(id, len(under))
}

// goes lets a processor vanish that holds so many jobs.
func (b *bundle) goes(id string, held int) {
	b.t.Helper()
	b.noError(b.Deregister(b.t.Context(), id))
	if n, err := b.Rescue(b.t.Context()); err != nil || n != held {
		b.t.Fatalf("rescued %d jobs of %s, want %d: %v", n, id, held, err)
	}
}

// TestAJobThatKillsThreeProcessorsFails: and those that ran beside it complete.
func TestAJobThatKillsThreeProcessorsFails(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var ids []job.ID
	for range 4 {
		ids = append(ids, b.Job(t, b.user, `{}`).ID)
	}
	poison, neighbours := ids[0], ids[1:]
	b.dies("first", ids...)
	b.dies("second", poison)
	found, err := b.Promote(t.Context())
	if err != nil || !found.Suspects {
		t.Fatalf("no suspect after two deaths: %v", err)
	}
	claimed, err := b.ClaimSuspect(t.Context(), "third")
	if err != nil || len(claimed) != 1 || claimed[0].ID != poison {
		t.Fatalf("claimed %v: %v", claimed, err)
	}
	b.goes("third", 1)
	b.start(nil, func(c *processor.Config) { c.Files, c.Work = nil, nothing })
	for _, id := range neighbours {
		b.await(id, job.Completed)
	}
	if failed := b.await(poison, job.Failed); failed.ErrorCode != "processor_lost" {
		t.Errorf("the job failed with %q, want processor_lost", failed.ErrorCode)
	}
}

// TestRoomIsMadeByOneAtATime, and by another when that one has fallen silent.
func TestRoomIsMadeByOneAtATime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, id := range []string{"first", "second"} {
		b.noError(b.Heartbeat(t.Context(), job.Processor{ID: id, Slots: 1}))
	}
	asks := func(id string, want bool) {
		t.Helper()
		if granted, err := b.MakeRoom(t.Context(), id); err != nil || granted != want {
			t.Errorf("%s makes room: %t, want %t: %v", id, granted, want, err)
		}
	}
	asks("unknown", false)
	asks("first", true)
	asks("second", false)
	asks("first", true)
	b.Exec(t, `update processors set alone_until = clock_timestamp() where id = 'first'`)
	asks("second", true)
	asks("first", false)
	b.noError(b.Deregister(t.Context(), "second"))
	asks("first", true)
}

// TestASuspectRunsAlone in its process, whatever else there is to do.
func TestASuspectRunsAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	suspects := map[job.ID]bool{}
	for range 2 {
		suspects[b.Job(t, b.user, `{}`).ID] = true
	}
	ids := slices.Collect(maps.Keys(suspects))
	b.dies("first", ids...)
	b.dies("second", ids...)
	for range 10 {
		ids = append(ids, b.Job(t, b.user, `{}`).ID)
	}
	var mu sync.Mutex
	running := map[job.ID]bool{}
	var crowded atomic.Int32
	b.start(nil, func(c *processor.Config) {
		c.Slots, c.Files = 4, nil
		c.Work = func(_ context.Context, claim job.Claim) error {
			mu.Lock()
			running[claim.ID] = true
			alone := len(running) == 1
			for id := range running {
				if suspects[id] && !alone {
					crowded.Add(1)
				}
			}
			mu.Unlock()
			// Long enough for another claim, were there one.
			if _, err := b.Promote(context.Background()); err != nil {
				return err
			}
			mu.Lock()
			delete(running, claim.ID)
			mu.Unlock()
			return nil
		}
	})
	for _, id := range ids {
		b.await(id, job.Completed)
	}
	if crowded.Load() > 0 {
		t.Error("a suspect ran beside other jobs")
	}
}

// TestAStopLeavesNothingBehind: short runs are held in numbers, then all hang,
// and the processor is told to stop.
func TestAStopLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Exec(t, `insert into jobs (user_id, file_name, params) select $1::uuid, 'f.csv', '{}' from generate_series(1, 300)`, b.user.String())
	var done atomic.Int32
	hangs := make(chan struct{}, 300)
	stop := b.start(nil, func(c *processor.Config) {
		c.Files, c.Grace = nil, -1
		c.Work = func(ctx context.Context, _ job.Claim) error {
			if done.Add(1) <= 100 {
				return nil
			}
			hangs <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		}
	})
	<-hangs
	stop()
	var processing, counted int
	err := b.Pool().QueryRow(t.Context(), `
		select count(*) filter (where status = 'processing'), count(*) filter (where status = 'pending' and attempts > 0) from jobs`).Scan(&processing, &counted)
	if err != nil || processing > 0 || counted > 0 {
		t.Errorf("%d jobs are processing and %d handed back count as tried: %v", processing, counted, err)
	}
}
