package processor

import (
	"sync/atomic"
	"time"
)

const (
	short    = 20 * time.Millisecond // work that takes less is claimed and completed in numbers
	mostHeld = 100                   // claims held at once while runs are short
)

// tempo is how long the work of a run takes lately: a moving average that is
// slow to believe that runs are short and fast to see that they are not.
type tempo struct{ mean atomic.Int64 } // nanoseconds

func newTempo() *tempo {
	t := &tempo{}
	t.mean.Store(int64(2 * short))
	return t
}

// observe takes the time of one more run. Two that overlap may count as one.
func (t *tempo) observe(took time.Duration) {
	mean := t.mean.Load()
	t.mean.Store(mean + (int64(took)-mean)/5)
}

// forget goes back to the beginning, where runs are taken to be long.
func (t *tempo) forget() { t.mean.Store(int64(2 * short)) }

// line is how many claims may wait for one of so many slots: as many as are at
// work within 20 ms, none when one run takes longer.
func (t *tempo) line(slots int) int {
	mean := time.Duration(t.mean.Load())
	if mean >= short {
		return 0
	}
	return int(min(mostHeld, time.Duration(slots)*short/max(mean, 1)))
}
