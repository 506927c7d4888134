package hub

import (
	"sync"

	"github.com/pgcast/pgcast/internal/job"
)

// queue holds what a session has not taken yet, in order.
type queue struct {
	items []Item
	last  map[job.ID]int // where the newest item of a job stands, once there are many
	bytes int            // of changes; what was asked for, as a snapshot, does not count
}

// push adds an item, or lets it take the place of a waiting one that it makes
// needless. merged tells which.
func (q *queue) push(i *Item) (merged bool) {
	if i.Change != nil {
		i.Change.keep()
	}
	if i.Kind == Changed {
		if at, waits := q.newest(i.JobID); waits && supersedes(&q.items[at], i) {
			old := &q.items[at]
			if !i.Replayed {
				q.bytes += i.bytes()
			}
			if !old.Replayed {
				q.bytes -= old.bytes()
			}
			old.Change.giveBack()
			old.Change, old.Replayed = i.Change, i.Replayed
			return true
		}
	}
	if i.Kind == Changed || i.Kind == Deleted {
		if q.last != nil {
			q.last[i.JobID] = len(q.items)
		}
		if !i.Replayed {
			q.bytes += i.bytes()
		}
	}
	if q.items == nil {
		q.items = room.Get().(*[roomy]Item)[:0]
	}
	q.items = append(q.items, *i)
	return false
}

// roomy is how many items wait in room that is used again: most wait alone.
const roomy = 4

var room = sync.Pool{New: func() any { return new([roomy]Item) }}

// Done takes back what was taken from a session and has been told: it is used
// again. What somebody goes on to use is not given back; that is no loss.
func Done(items []Item) {
	for n := range items {
		items[n].Done()
	}
	if cap(items) == roomy {
		room.Put((*[roomy]Item)(items[:roomy]))
	}
}

// few items are looked through.
const few = 8

// newest finds the newest item of a job.
func (q *queue) newest(id job.ID) (at int, waits bool) {
	if q.last == nil && len(q.items) > few {
		q.last = map[job.ID]int{}
		for at := range q.items {
			if i := &q.items[at]; i.Change != nil {
				q.last[i.JobID] = at
			}
		}
	}
	if q.last != nil {
		at, waits = q.last[id]
		return at, waits
	}
	for at := len(q.items) - 1; at >= 0; at-- {
		if i := &q.items[at]; i.Change != nil && i.JobID == id {
			return at, true
		}
	}
	return 0, false
}

// supersedes reports whether a client that gets only the newer image misses
// nothing but progress.
func supersedes(old, i *Item) bool {
	return old.Kind == Changed &&
		old.Change.Job.Status == i.Change.Job.Status &&
		old.Change.Job.ForecastID == i.Change.Job.ForecastID
}

// take empties the queue.
func (q *queue) take() []Item {
	items := q.items
	*q = queue{}
	return items
}
