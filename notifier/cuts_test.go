package notifier_test

import (
	"context"
	"slices"
	"testing"

	"github.com/pgcast/pgcast/internal/job"
	"github.com/pgcast/pgcast/notifier/feed"
)

// TestCutsLoseNothing cuts clients at random, and sends them to another notifier
// each time, while jobs change.
func TestCutsLoseNothing(t *testing.T) {
	t.Parallel()
	const cuts = 60
	b := setup(t, feed.Replication, quickly)
	houses := []*bundle{b, beside(t, b.DB, feed.Listen, quickly)}
	f := newFollower(newUser())
	first := b.listen(t, f.user, "/v1/events", "")
	f.stay(t, first, b.DB)
	first.close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	written := make(chan error, 1)
	go func() { written <- b.busy(ctx, f.user) }()
	read := 0
	for n := range cuts {
		s := houses[n%2].listen(t, f.user, "/v1/events", f.cursor)
		for range n * 37 % 150 {
			e := s.next(t)
			f.take(e.frame)
			read++
		}
		f.cursor = s.id
		s.close()
	}
	stop()
	if err := <-written; err != nil {
		t.Fatalf("write: %v", err)
	}
	f.stay(t, houses[0].listen(t, f.user, "/v1/events", f.cursor), b.DB)

	lost := 0
	for id, want := range b.history(t, f.user) {
		if !slices.Equal(f.statuses[id], want) {
			lost++
			t.Logf("of job %s the client knows %q, want %q", id, f.statuses[id], want)
		}
	}
	t.Logf("%d cuts, %d events read, %d repeated, %d resets", cuts, read, f.repeated, f.resets)
	if lost > 0 || f.resets > 0 {
		t.Errorf("the client has %d jobs wrong and was reset %d times", lost, f.resets)
	}
}

// busy changes jobs of a user, some in transactions that stay open for a while,
// until ctx ends.
func (b *bundle) busy(ctx context.Context, user job.UserID) error {
	var ids []string
	for range 4 {
		id := job.NewID().String()
		ids = append(ids, id)
		if _, err := b.Pool().Exec(context.Background(), `insert into jobs (id, user_id) values ($1, $2)`, id, user.String()); err != nil {
			return err
		}
	}
	for n := 0; ctx.Err() == nil; n++ {
		slow, err := b.Pool().Begin(context.Background())
		if err != nil {
			return err
		}
		defer func() { _ = slow.Rollback(context.Background()) }()
		status := []string{"canceled", "pending"}[n%2]
		if _, err := slow.Exec(context.Background(), `update jobs set status = $2 where id = $1`, ids[n/2%2], status); err != nil {
			return err
		}
		for i := range 4 {
			status := []string{"canceled", "pending"}[i%2]
			if _, err := b.Pool().Exec(context.Background(), `update jobs set status = $2 where id = $1`, ids[2+n%2], status); err != nil {
				return err
			}
		}
		if err := slow.Commit(context.Background()); err != nil {
			return err
		}
	}
	return nil
}

// history is what the trail says of each job.
func (b *bundle) history(t *testing.T, user job.UserID) map[job.ID][]job.Status {
	t.Helper()
	trail, err := b.Trail(t.Context(), user, job.Mark{}, 1_000_000)
	if err != nil {
		t.Fatalf("read the trail: %v", err)
	}
	statuses := map[job.ID][]job.Status{}
	for _, s := range trail.Steps {
		if had := statuses[s.JobID]; len(had) == 0 || had[len(had)-1] != s.Status {
			statuses[s.JobID] = append(had, s.Status)
		}
	}
	return statuses
}
