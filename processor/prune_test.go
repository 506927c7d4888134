package processor

import (
	"context"
	"testing"
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
