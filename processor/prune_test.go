package processor

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/pgcast/pgcast/internal/job"
)

// TestOldEventsAreRemovedUntilNoneAreLeft: as long as a call comes back full.
func TestOldEventsAreRemovedUntilNoneAreLeft(t *testing.T) {
	t.Parallel()
	bubble(t, lasting(0), func(p *Processor, q *scripted) {
		q.set(func() { q.prunes = []int{fullPrune, fullPrune, 7, fullPrune} })
		if err := p.prune(context.Background()); err != nil || len(q.prunes) != 1 {
			t.Errorf("%d calls are left (%v), want 1: the third was the last of them", len(q.prunes), err)
		}
		p.KeepEvents = -1
		if err := p.prune(context.Background()); err != nil || len(q.prunes) != 1 {
			t.Error("events that are to be kept for ever were removed")
		}
	})
}

// distant are files of which a removal takes a second; one fails.
type distant struct {
	waiting
	broken job.ID
}

func (d distant) RemoveJob(_ context.Context, _ job.UserID, id job.ID) error {
	time.Sleep(time.Second)
	if id == d.broken {
		return errCut
	}
	return nil
}

// TestLeftOverFoldersAreRemovedSideBySide: eight at a time, and one that stays
// keeps no other.
func TestLeftOverFoldersAreRemovedSideBySide(t *testing.T) {
	t.Parallel()
	due := make([]job.Leftover, 80)
	for i := range due {
		due[i] = job.Leftover{ID: int64(i), JobID: job.ID{UUID: uuid.New()}}
	}
	bubble(t, func(c *Config) { c.Files = distant{broken: due[3].JobID} }, func(p *Processor, _ *scripted) {
		begun := time.Now()
		gone := p.removeAll(context.Background(), due)
		if took := time.Since(begun); took != 10*time.Second {
			t.Errorf("80 removals of a second each took %v, want 10 s", took)
		}
		if len(gone) != 79 || slices.ContainsFunc(gone, func(l job.Leftover) bool { return l.ID == 3 }) {
			t.Errorf("%d of 80 have gone, want all but the fourth", len(gone))
		}
	})
}
