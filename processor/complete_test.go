package processor

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/pgcast/pgcast/internal/job"
)

var errRefused = errors.New("the row is refused")

// TestTroubleOfOneEndsNoOther: runs that were completed together are completed
// alone when that failed.
func TestTroubleOfOneEndsNoOther(t *testing.T) {
	t.Parallel()
	bubble(t, lasting(0), func(p *Processor, q *scripted) {
		last := q.add(60)
		calls := map[int64]int{}
		q.set(func() {
			q.complete = func(ctx context.Context, c job.Completion) error {
				q.mu.Lock()
				defer q.mu.Unlock()
				calls[c.Claim.Fence]++
				if c.Claim.Fence == last {
					return errRefused
				}
				return nil
			}
		})
		p.Wake()
		rest(time.Minute)
		if n := calls[last]; n != mostCompletions {
			t.Errorf("the refused completion was tried %d times, want %d", n, mostCompletions)
		}
		if left, released := q.held(), len(q.released); left != 0 || released != 1 {
			t.Errorf("%d runs have not ended and %d failed, want 0 and the refused one", left, released)
		}
	})
}
