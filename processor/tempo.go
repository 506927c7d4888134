package processor

import (
	"sync/atomic"
	"time"
)

// mostHeld is how many claims wait for a slot or are at work while runs are
// short; claims whose end is being written are not among them.
const mostHeld = 100

// tempo is how long the work of a run takes lately: a moving average that is
// slow to believe that runs are short and fast to see that they are not.
type tempo struct {
	short time.Duration // what takes less is claimed and completed in numbers
	mean  atomic.Int64  // nanoseconds
}

func newTempo(short time.Duration) *tempo {
	t := &tempo{short: short}
	t.forget()
	return t
}

// observe takes the time of one more run. Two that overlap may count as one.
func (t *tempo) observe(took time.Duration) {
	mean := t.mean.Load()
	t.mean.Store(mean + (int64(took)-mean)/5)
}

// forget goes back to the beginning, where runs are taken to be long.
func (t *tempo) forget() { t.mean.Store(int64(2 * t.short)) }

// line is how many claims may wait for one of so many slots: as many as
// are done within the time of a short one.
func (t *tempo) line(slots int) int {
	mean := time.Duration(t.mean.Load())
	if mean >= t.short {
		return 0
	}
	return int(min(mostHeld, time.Duration(slots)*t.short/max(mean, 1)))
}
